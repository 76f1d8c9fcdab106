"""Votes: one per person per proposal; totals are counted when asked for, through merges, each person once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import CTE, Subquery, delete, func, select
from sqlalchemy.orm import Session

from store.expressions import changed, insert_new
from store.ids import new_id
from store.paging import Keyset, Page, fetch_page
from store.tables import Proposal, Vote


def _tree(proposal_ids: list[str] | None) -> CTE:
    """Pairs (top, id): every proposal of the given ones (None: all) with itself and all that was merged into it."""
    start = select(Proposal.id.label("top"), Proposal.id.label("id"))
    if proposal_ids is not None:
        start = start.where(Proposal.id.in_(proposal_ids))
    tree = start.cte("vote_tree", recursive=True)
    merged = select(tree.c.top, Proposal.id).join(tree, Proposal.merged_into == tree.c.id)
    return tree.union(merged)


def totals() -> Subquery:
    """proposal_id, votes: the totals of all proposals that have votes, for joining."""
    tree = _tree(None)
    return (
        select(tree.c.top.label("proposal_id"), func.count(Vote.voter.distinct()).label("votes"))
        .join(Vote, Vote.proposal_id == tree.c.id)
        .group_by(tree.c.top)
        .subquery()
    )


def counts(session: Session, proposal_ids: Iterable[str]) -> dict[str, int]:
    """Proposal id -> distinct voters, those of proposals merged into it included; 0 where there are none."""
    wanted = sorted(set(proposal_ids))
    found = dict.fromkeys(wanted, 0)
    if wanted:
        tree = _tree(wanted)
        statement = (
            select(tree.c.top, func.count(Vote.voter.distinct()))
            .join(Vote, Vote.proposal_id == tree.c.id)
            .group_by(tree.c.top)
        )
        found.update(session.execute(statement).all())
    return found


def of_voter(session: Session, proposal_id: str, voter: str) -> tuple[Vote, ...]:
    """This person's votes for the proposal, those for proposals merged into it included."""
    tree = _tree([proposal_id])
    statement = select(Vote).join(tree, tree.c.id == Vote.proposal_id).where(Vote.voter == voter).order_by(Vote.id)
    return tuple(session.scalars(statement))


def voted(session: Session, proposal_ids: Iterable[str], voter: str) -> frozenset[str]:
    """Those of the proposals this person has voted for, also through a merged one."""
    tree = _tree(sorted(set(proposal_ids)))
    statement = select(tree.c.top).join(Vote, Vote.proposal_id == tree.c.id).where(Vote.voter == voter)
    return frozenset(session.scalars(statement))


def add(session: Session, *, proposal_id: str, voter: str, cast_by: str, provenance: str, now: datetime) -> Vote | None:
    """The new vote, or None where this person has voted for the proposal already (also a moment ago)."""
    row = {
        "id": new_id("vote"), "proposal_id": proposal_id, "voter": voter, "cast_by": cast_by,
        "provenance": provenance, "created_at": now,
    }  # fmt: skip
    if not insert_new(session, Vote, [row], unique=["proposal_id", "voter"]):
        return None
    return session.get_one(Vote, row["id"])


def remove(session: Session, vote_ids: Iterable[str]) -> int:
    """How many votes were there to remove."""
    return changed(session, delete(Vote).where(Vote.id.in_(sorted(set(vote_ids)))))


def listed(session: Session, proposal_id: str, *, cursor: str | None = None, limit: int = 50) -> Page[Vote]:
    """The votes for the proposal, those for proposals merged into it included, latest first."""
    tree = _tree([proposal_id])
    statement = select(Vote).join(tree, tree.c.id == Vote.proposal_id)
    keyset = Keyset("votes", Vote.created_at, datetime, Vote.id)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])
