"""What the store knows that may speak against a vote: its neighbours in time, its account's age, shared texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from store.expressions import insert_new
from store.repositories.merge_tree import merge_tree
from store.tables import Post, Vote, VoteFlag

SHORTEST_SHARED = 16  # characters; what is shorter, many people say in the same words


@dataclass(frozen=True, slots=True)
class Company:
    """Votes that one vote is seen together with."""

    count: int
    unmarked: tuple[str, ...]  # ids of those that do not carry the signal yet; they stay until the transaction ends


def cast_between(session: Session, proposal_id: str, signal: str, *, since: datetime, until: datetime) -> Company:
    """The contributors' votes for this very proposal from `since` to `until`, both included.

    Votes that somebody of the house entered are left out: they tell when they were entered, not when they were cast.
    """
    statement = select(Vote.id).where(
        Vote.proposal_id == proposal_id,
        Vote.voter.startswith("aut\\_", autoescape=False, escape="\\"),
        Vote.cast_by.not_like("usr\\_%", escape="\\"),
        Vote.created_at >= since,
        Vote.created_at <= until,
    )
    return _company(session, statement, signal)


def first_post_at(session: Session, author_id: str) -> datetime | None:
    return session.scalar(select(func.min(Post.posted_at)).where(Post.author_id == author_id))


def sharing_texts(session: Session, proposal_id: str, signal: str, *, author_id: str) -> Company:
    """Other people's votes for the proposal whose posts are near-copies of this author's, or the reverse."""
    group = func.coalesce(Post.duplicate_of, Post.id)
    long = func.length(Post.text) >= SHORTEST_SHARED
    own = select(group).where(Post.author_id == author_id, long).distinct().scalar_subquery()
    others = (
        select(Post.author_id)
        .where(or_(Post.id.in_(own), Post.duplicate_of.in_(own)), Post.author_id != author_id, long)
        .distinct()
    )
    tree = merge_tree([proposal_id])
    statement = select(Vote.id).join(tree, tree.c.id == Vote.proposal_id).where(Vote.voter.in_(others))
    return _company(session, statement, signal)


def _company(session: Session, votes: Select[str], signal: str) -> Company:
    count = session.scalar(select(func.count()).select_from(votes.subquery())) or 0
    marked = select(VoteFlag.vote_id).where(VoteFlag.vote_id == Vote.id, VoteFlag.signal == signal).exists()
    # A vote that is being taken back this moment is waited for, and is then not among them.
    unmarked = votes.where(~marked).order_by(Vote.id).with_for_update(read=True, key_share=True, of=Vote)
    return Company(count, tuple(session.scalars(unmarked)))


def flag(
    session: Session, vote_ids: Iterable[str], signal: str, *, detail: Mapping[str, Any], now: datetime
) -> tuple[str, ...]:
    """Raise the signal about these votes; those that did not carry it yet."""
    wanted = sorted(set(vote_ids))
    known = select(VoteFlag.vote_id).where(VoteFlag.signal == signal, VoteFlag.vote_id.in_(wanted))
    before = set(session.scalars(known))
    new = [vote_id for vote_id in wanted if vote_id not in before]
    rows = [{"vote_id": vote_id, "signal": signal, "detail": dict(detail), "created_at": now} for vote_id in new]
    insert_new(session, VoteFlag, rows, unique=["vote_id", "signal"])
    return tuple(new)


def flagged(session: Session, proposal_ids: Iterable[str]) -> dict[str, int]:
    """Proposal id -> votes that carry a flag and still count, merged ones included; absent where there are none."""
    tree = merge_tree(proposal_ids)
    statement = (
        select(tree.c.top, func.count(Vote.id.distinct()))
        .join(Vote, Vote.proposal_id == tree.c.id)
        .join(VoteFlag, VoteFlag.vote_id == Vote.id)
        .where(Vote.excluded_at.is_(None))
        .group_by(tree.c.top)
    )
    return dict(session.execute(statement).all())
