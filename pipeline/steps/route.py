"""Put the leading themes before contributors."""

from __future__ import annotations

from pipeline.work import Result, Task
from review import themes as themes_service
from review.principals import SYSTEM
from store.repositories import mining_results, themes
from store.tables import Theme


def route_leading(task: Task) -> Result:
    """Route those of the `ballot_top` best needs to the ballot that are not there yet and that enough people voice.

    One transaction a theme, so that a theme somebody edits meanwhile holds up no other. Returns the themes routed.
    """
    settings = task.shop.settings
    report = task.reporter()
    with task.shop.database.session(readonly=True) as session:
        leading = themes.ranked(session, limit=settings.ballot_top).items if settings.ballot_top else ()
        there = mining_results.proposals_of_themes(session, [theme.id for theme in leading])
        new = [theme.id for theme in leading if theme.id not in there and theme.authors >= settings.ballot_people]
    report("routing", 0, len(new))
    routed = 0
    for number, theme_id in enumerate(new, start=1):
        routed += _route(task, theme_id)
        report("routing", number, len(new))
    return {"routed": routed}


def _route(task: Task, theme_id: str) -> bool:
    with task.shop.database.session() as session:
        theme: Theme | None = themes.locked(session, [theme_id]).get(theme_id)
        if theme is None or theme.status != "active":
            return False
        if mining_results.proposals_of_themes(session, [theme_id]):
            return False
        themes_service.route_to_ballot(session, SYSTEM, theme_id, version=theme.version)
        return True
