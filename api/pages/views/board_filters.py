"""The choices that the board and the map offer for their filters."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from api.board_filters import FOLDED, INTENTS, MINE, NOBODY, PERIODS, STATUSES, Filters
from api.pages.language import Translator
from store.repositories.board import Owner
from store.repositories.themes import Facets

_MOST_OPTIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose from a list."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter."""

    name: str
    chosen: str
    options: tuple[Option, ...]
    folded: bool = False  # among the less common ones


def choices(t: Translator, filters: Filters, facets: Facets, owners: tuple[Owner, ...]) -> tuple[Choice, ...]:
    """What can be chosen; a filter with one value sorts nothing out and is left away."""
    people = [Option(MINE, t("filter.owner.me")), Option(NOBODY, t("filter.owner.none"))]
    lists = {
        "channel": [Option(facet.value, facet.label) for facet in facets.channels[:_MOST_OPTIONS]],
        "product": [Option(facet.value, facet.label) for facet in facets.products[:_MOST_OPTIONS]],
        "period": [Option(name, t(f"period.{name}")) for name in PERIODS],
        "intent": [Option(name, t(f"intent.{name}")) for name in INTENTS],
        "region": [Option(facet.value, facet.label) for facet in facets.regions[:_MOST_OPTIONS]],
        "owner": [*people, *(Option(owner.id, owner.name) for owner in owners)],
        "status": [Option(name, t(f"mark.{name}")) for name in STATUSES],
    }
    values = asdict(filters)
    return tuple(
        Choice(name, values[name], with_chosen(options, values[name]), name in FOLDED)
        for name, options in lists.items()
        if len(options) > 1 or values[name]
    )


def with_chosen(options: list[Option], chosen: str) -> tuple[Option, ...]:
    """A value that the address names stays chosen, even where nothing has it any more."""
    if chosen and all(option.value != chosen for option in options):
        return (*options, Option(chosen, chosen))
    return tuple(options)
