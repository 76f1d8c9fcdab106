"""Themes that are like another: near it in meaning, or spoken of by the same people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from review.theme_search import Prototypes
from store.repositories import theme_people, themes
from store.tables import Theme

_NEAREST: Final = 40  # by meaning, that are looked at for shared people
_LEAST_COSINE: Final = 0.3
_LEAST_SHARE: Final = 0.1  # of this theme's people, where meaning says nothing
_PEOPLE_WEIGHT: Final = 0.5  # a theme that all its people share counts as half as alike in meaning


@dataclass(frozen=True, slots=True)
class Alike:
    """Another active theme. `cosine` is None where one of the two has no prototype."""

    theme: Theme
    cosine: float | None
    shared_people: int


def similar(session: Session, theme: Theme, among: Prototypes | None, *, limit: int = 6) -> tuple[Alike, ...]:
    """The active themes most like this one, the likest first."""
    cosines = _cosines(theme.id, among) if among is not None else {}
    nearest = sorted(cosines, key=lambda one: (-cosines[one], one))[:_NEAREST]
    shared = theme_people.shared_with(session, theme.id, others=nearest or None)
    found = themes.by_ids(session, {*nearest, *shared})
    people = max(theme.authors, 1)
    alike = [
        Alike(one, cosines.get(one.id), shared.get(one.id, 0))
        for one in found.values()
        if one.status == "active" and _enough(cosines.get(one.id), shared.get(one.id, 0) / people)
    ]
    return tuple(sorted(alike, key=lambda one: (-_likeness(one, people), one.theme.id))[:limit])


def _enough(cosine: float | None, share: float) -> bool:
    return (cosine is not None and cosine >= _LEAST_COSINE) or share >= _LEAST_SHARE


def _likeness(one: Alike, people: int) -> float:
    return (one.cosine or 0.0) + _PEOPLE_WEIGHT * min(one.shared_people / people, 1.0)


def _cosines(theme_id: str, among: Prototypes) -> dict[str, float]:
    """Other theme id -> cosine of its nearest prototype to any of this theme's own."""
    own = [i for i, one in enumerate(among.ids) if one == theme_id]
    if not own:
        return {}
    nearness = (among.vectors @ among.vectors[own].T).max(axis=1)
    found: dict[str, float] = {}
    for i in np.argsort(-nearness):
        found.setdefault(among.ids[i], round(float(nearness[i]), 4))
    found.pop(theme_id, None)
    return found
