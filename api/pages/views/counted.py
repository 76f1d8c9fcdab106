"""The proposals behind a figure of adoption: their address, and what it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from api.pages.language import Translator
from api.pages.views.posts import midnight
from review.insights import Span
from store.repositories.adoption import FIGURES, Counted, Figure

_BY_NAME: Final[dict[str, Figure]] = {figure: figure for figure in FIGURES}


@dataclass(frozen=True, slots=True)
class CountedQuery:
    """A figure and its days as they stand in the address; days include the last one."""

    figure: str = ""
    first: str = ""
    last: str = ""

    @property
    def pairs(self) -> dict[str, str]:
        """The parameters of the address."""
        return {"counted": self.figure, "from": self.first, "to": self.last}

    def wanted(self, t: Translator) -> Counted | None:
        """As the store takes it; None where the address names no figure or not its days."""
        figure, since, until = _BY_NAME.get(self.figure), midnight(t, self.first), midnight(t, self.last, after=1)
        return Counted(figure, since, until) if figure and since and until else None


def counted_of(t: Translator, span: Span, figure: Figure) -> str:
    """The address of exactly the proposals that a figure of a span counts."""
    return "/ballot?" + urlencode(CountedQuery(figure, t.day(span.since), t.day(span.last_moment)).pairs)
