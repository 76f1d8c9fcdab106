"""The few numbers the first page opens with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from store.repositories.theme_filters import NEED_INTENTS
from store.tables import Author, Draft, Job, Mention, Post, Proposal, RejectedRow, Theme, Vote


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is, and how much waits for a person."""

    posts: int
    authors: int
    mentions: int
    rejected_rows: int
    themes: int  # active themes that carry demand
    drafts_waiting: int  # proposed
    drafts_claimed: int
    proposals_open: int  # neither shipped, declined nor merged
    proposals_voting: int
    votes: int
    jobs_active: int
    last_post_at: datetime | None


def counts(session: Session) -> Counts:
    """All in one query."""

    def number(statement: Select[int]) -> ScalarSelect[int]:
        return statement.scalar_subquery()

    closed = ("shipped", "declined", "merged")
    needs = select(func.count(Theme.id)).where(Theme.status == "active", Theme.intent.in_(NEED_INTENTS))
    row = session.execute(
        select(
            number(select(func.count(Post.id))),
            number(select(func.count(Author.id))),
            number(select(func.count(Mention.id))),
            number(select(func.count(RejectedRow.id))),
            number(needs),
            number(select(func.count(Draft.id)).where(Draft.status == "proposed")),
            number(select(func.count(Draft.id)).where(Draft.status == "claimed")),
            number(select(func.count(Proposal.id)).where(Proposal.status.not_in(closed))),
            number(select(func.count(Proposal.id)).where(Proposal.status == "voting")),
            number(select(func.count(Vote.id))),
            number(select(func.count(Job.id)).where(Job.status.in_(("queued", "running")))),
        )
    ).one()
    return Counts(*row, last_post_at=session.scalar(select(func.max(Post.posted_at))))
