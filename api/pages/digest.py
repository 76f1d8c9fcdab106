"""The weekly digest as a file: which week, and its HTML. For the page and the command line alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from api.insights_memory import Asked
from api.pages.language import Translator
from api.pages.rendering import environment
from api.pages.views.digest import DigestTop, DigestView
from review.insights import week_of

# The file brings its styles along, as mail clients want; nothing else may load or run.
DIGEST_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'none'; "
    "base-uri 'none'"
)


def asked_week(day: date | None, t: Translator) -> Asked:
    """The week a day lies in; the last whole one where none is named."""
    if day is None:
        return Asked(1)
    span = week_of(day, t.zone)
    return Asked(0, span.since.date(), (span.until - timedelta(days=1)).date())


def digest_parts(t: Translator, top: DigestTop, tell: Callable[[], DigestView]) -> Iterator[str]:
    """The file in two parts: its head, which is seen at once, and what takes a moment to count."""
    yield environment().get_template("parts/digest_top.html").render(t=t, top=top)
    yield environment().get_template("parts/digest_rest.html").render(t=t, view=tell())
