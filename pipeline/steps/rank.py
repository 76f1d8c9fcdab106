"""Rank the board by the votes cast since the themes were mined."""

from __future__ import annotations

from nlp.demand_weights import DemandWeights
from pipeline.steps.mine import votes_by_theme
from pipeline.work import Result, Task
from store.repositories import mining_results
from store.tables import Theme


def rank_themes(task: Task) -> Result:
    """Bring the votes part of every active theme up to date. Returns how many scores changed."""
    weights = task.shop.settings.demand
    changed = 0
    with task.shop.database.session() as session:
        board = mining_results.active_themes(session)
        counted = votes_by_theme(session, [theme.id for theme in board])
        for theme in board:
            changed += _count_votes(theme, counted.get(theme.id, 0), weights)
    return {"rescored": changed}


def _count_votes(theme: Theme, votes: int, weights: DemandWeights) -> bool:
    """Replace the votes part and move the score by exactly what that part weighs (see nlp.demand.demand)."""
    before = theme.parts.get("votes", 0.0)
    after = round(votes / (votes + weights.votes_half), 4)
    if after == before:
        return False
    of_part = weights.of_part()
    need_share = theme.evidence.get("need_share", 1.0)
    moved = 100 * need_share * of_part["votes"] * (after - before) / sum(of_part.values())
    theme.score = round(min(max(theme.score + moved, 0.0), 100.0), 2)
    theme.parts = theme.parts | {"votes": after}
    theme.evidence = theme.evidence | {"votes": float(votes)}
    return True
