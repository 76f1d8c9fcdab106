"""Thanks as pages say them: by the name people agreed to, else by pseudonym; how many more there were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.pages.language import Translator
from api.pages.views.people import alias
from review.credit import Thanks

_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Thanked:
    """One person who is thanked."""

    name: str
    named: bool  # by the name they agreed to, not by pseudonym


@dataclass(frozen=True, slots=True)
class ThanksView:
    """Those who said it first, and how many more there were."""

    people: tuple[Thanked, ...]
    others: int


def thanks_view(t: Translator, thanks: Thanks) -> ThanksView:
    """The thanks, first reporters in order; the rest as a number."""
    shown = thanks.first[:_SHOWN]
    people = tuple(
        Thanked(thanks.names.get(author) or alias(t, author), named=author in thanks.names) for author in shown
    )
    return ThanksView(people, thanks.others + len(thanks.first) - len(shown))
