"""What people mean by how they write: net speech, dialect words and typing slips, into plain written Chinese."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_SECTIONS = ("net", "dialect", "typos")
_LAUGHTER = re.compile(r"(?<![a-zA-Z0-9.])233+(?![a-zA-Z0-9.%])")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a way of writing means, and the characters that must or must not stand beside it; "" where any may."""

    means: str
    before: str = ""
    after: str = ""
    not_before: str = ""
    not_after: str = ""

    def holds(self, text: str, start: int, end: int) -> bool:
        left, right = text[start - 1 : start] if start else "", text[end : end + 1]
        if (self.before and (not left or left not in self.before)) or (left and left in self.not_before):
            return False
        return not (self.after and (not right or right not in self.after)) and not (right and right in self.not_after)


@dataclass(frozen=True, slots=True)
class _Spellings:
    latin: re.Pattern[str]  # whole words, in any case
    chinese: re.Pattern[str]
    meanings: Mapping[str, _Meaning]


def plainly(text: str) -> str:
    """`text` (simplified, half-width) with abbreviations, dialect words and known slips as plain words.

    "u1s1 手机冇信号" becomes "有一说一 手机没有信号". Only ways of writing in lexicons/spellings.toml are touched.
    """
    known = _spellings()

    def meant(match: re.Match[str]) -> str:
        meaning = known.meanings[match.group().lower()]
        return meaning.means if meaning.holds(text, *match.span()) else match.group()

    text = known.chinese.sub(meant, text)
    return _LAUGHTER.sub("哈哈", known.latin.sub(meant, text)) if _HAS_LATIN.search(text) else text


_HAS_LATIN = re.compile(r"[a-zA-Z2]")


@cache
def _spellings() -> _Spellings:
    content = resources.files("nlp").joinpath("lexicons").joinpath("spellings.toml").read_text(encoding="utf-8")
    sections = tomllib.loads(content)
    meanings = {said.lower(): _Meaning(means) for name in _SECTIONS for said, means in sections[name].items()}
    meanings |= {row.pop("said"): _Meaning(**row) for row in sections["in_context"]}
    longest_first = sorted(meanings, key=lambda said: (-len(said), said))
    latin = "|".join(said for said in longest_first if said.isascii())
    return _Spellings(
        latin=re.compile(rf"(?<![a-z0-9])(?:{latin})(?![a-z0-9])", re.IGNORECASE),
        chinese=re.compile("|".join(said for said in longest_first if not said.isascii())),
        meanings=meanings,
    )
