"""Why a row was rejected, in the reader's language: readers say it in English, with the value that was wrong."""

from __future__ import annotations

import re
from typing import Final

from api.pages.language import Translator

_KINDS: Final = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        (r"no text|text is empty|neither subject nor message", "rejected.no_text"),
        (r"\btime\b.*(cannot be|not)", "rejected.time"),
        (r"JSON", "rejected.json"),
        (r"more than [\d,]+ (characters|lines)", "rejected.too_long"),
        (r"only \d+ cells|header has no column", "rejected.cells"),
        (r"decod|bytes", "rejected.encoding"),
        (r"before the first message", "rejected.before_first"),
        (r"is no number", "rejected.number"),
    )
)


def reason_words(t: Translator, reason: str) -> str:
    """The reason in words; as the reader gave it where the language is English or the kind is not known."""
    if t.language == "en":
        return reason
    return next((t(key) for pattern, key in _KINDS if pattern.search(reason)), reason)
