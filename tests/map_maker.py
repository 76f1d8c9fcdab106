"""A drawn theme map for tests of what stands on it: islands in a row or rows, mentions in rings on them."""

from __future__ import annotations

from math import cos, pi, sin

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.repositories import map_points
from store.repositories.map_points import Place
from store.tables import Mention

RADIUS = 0.1
_COLUMNS = 5


def draw_map(session: Session) -> dict[str, tuple[float, float]]:
    """Put every mention on the map, by its theme; those without lie along the lower edge. Places by mention key."""
    held: dict[str | None, list[str]] = {}
    for theme_id, key in session.execute(select(Mention.theme_id, Mention.key).order_by(Mention.key)):
        held.setdefault(theme_id, []).append(key)
    islands = {
        theme: Place(-0.8 + 0.4 * (number % _COLUMNS), 0.7 - 0.4 * (number // _COLUMNS), RADIUS, number % 12)
        for number, theme in enumerate(sorted(theme for theme in held if theme))
    }
    points = {}
    for theme, keys in held.items():
        for number, key in enumerate(keys):
            if theme is None:
                points[key] = (-0.9 + 1.8 * number / len(keys), -0.9)
                continue
            turn = 2 * pi * (number + 0.25) / len(keys)
            at = islands[theme]
            points[key] = (at.x + 0.7 * RADIUS * cos(turn), at.y + 0.7 * RADIUS * sin(turn))
    map_points.keep(session, points, islands)
    session.flush()
    return points
