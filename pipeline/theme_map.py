"""The theme map between store and layout: what a run begins with, what it keeps, and where arrivals go."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from nlp.map_islands import Island
from nlp.map_layout import MapLayout, PreviousMap, beside
from store.repositories import map_points
from store.repositories.map_points import Place
from store.repositories.mining_results import FoundMention


def remembered_map(session: Session) -> PreviousMap:
    """The map as the last run left it, with what has come since; empty before a first run."""
    return PreviousMap(points=map_points.points(session), islands=_islands(session))


def keep_map(session: Session, layout: MapLayout) -> None:
    """Make this the map. What assignment placed while the run was mining, and the run does not know, stays on it."""
    known = set(layout.keys)
    points = {key: (float(x), float(y)) for key, (x, y) in zip(layout.keys, layout.points, strict=True)}
    arrived = map_points.of_assignment(session)
    points |= {key: place for key, place in arrived.items() if key not in known}
    islands = {theme: Place(at.x, at.y, at.radius, at.colour) for theme, at in layout.islands.items()}
    map_points.keep(session, points, islands)


def map_arrivals(session: Session, found: Iterable[FoundMention]) -> int:
    """Put mentions that came between runs on the islands of their themes; without theme they wait for a run."""
    islands = _islands(session)
    return map_points.add(
        session,
        [
            (entry.key, *beside(islands[entry.theme_id], entry.key))
            for entry in found
            if entry.theme_id is not None and entry.theme_id in islands
        ],
    )


def _islands(session: Session) -> dict[str, Island]:
    return {theme: Island(at.x, at.y, at.radius, at.colour) for theme, at in map_points.islands(session).items()}
