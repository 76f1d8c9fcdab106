"""Proposals with all that was merged into them: what their votes, followers and reporters are counted over."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import CTE, select

from store.tables import Proposal


def merge_tree(proposal_ids: Iterable[str] | None, *, name: str = "merge_tree") -> CTE:
    """Pairs (top, id): every proposal of the given ones (None: all) with itself and all that was merged into it."""
    start = select(Proposal.id.label("top"), Proposal.id.label("id"))
    if proposal_ids is not None:
        start = start.where(Proposal.id.in_(sorted(set(proposal_ids))))
    tree = start.cte(name, recursive=True)
    merged = select(tree.c.top, Proposal.id).join(tree, Proposal.merged_into == tree.c.id)
    return tree.union(merged)
