"""Who follows which proposal; whoever follows a merged one follows what it went into."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from store.expressions import changed, insert_new
from store.repositories.merge_tree import merge_tree
from store.tables import Follow


def add(session: Session, *, proposal_id: str, follower: str, now: datetime) -> bool:
    """Whether this person did not follow the proposal itself before."""
    row = {"proposal_id": proposal_id, "follower": follower, "created_at": now}
    return bool(insert_new(session, Follow, [row], unique=["proposal_id", "follower"]))


def remove(session: Session, *, proposal_id: str, follower: str) -> int:
    """How many follows of the proposal, and of those merged into it, this person had."""
    tree = merge_tree([proposal_id])
    within = select(tree.c.id)
    statement = delete(Follow).where(Follow.follower == follower, Follow.proposal_id.in_(within))
    return changed(session, statement.execution_options(synchronize_session=False))


def counts(session: Session, proposal_ids: Iterable[str]) -> dict[str, int]:
    """Proposal id -> people who follow it, each once; 0 where there are none."""
    wanted = sorted(set(proposal_ids))
    found = dict.fromkeys(wanted, 0)
    if wanted:
        tree = merge_tree(wanted)
        statement = (
            select(tree.c.top, func.count(Follow.follower.distinct()))
            .join(Follow, Follow.proposal_id == tree.c.id)
            .group_by(tree.c.top)
        )
        found.update(session.execute(statement).all())
    return found


def followed(session: Session, proposal_ids: Iterable[str], follower: str) -> frozenset[str]:
    """Those of the proposals that this person follows."""
    tree = merge_tree(proposal_ids)
    statement = select(tree.c.top).join(Follow, Follow.proposal_id == tree.c.id).where(Follow.follower == follower)
    return frozenset(session.scalars(statement))
