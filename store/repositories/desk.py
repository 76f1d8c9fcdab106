"""What the draft desk shows beside one draft: its neighbours in the queue, and what was decided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from store.expressions import substring
from store.paging import Keyset, Page, fetch_page
from store.repositories.answer_figures import ANSWERED, WAITING
from store.repositories.draft_order import QueueOrder, waiting_since
from store.repositories.drafts import free
from store.tables import AdoptedAnswer, Channel, Draft, Post, Proposal

_DECIDED = (*ANSWERED, "rejected")


@dataclass(frozen=True, slots=True)
class Decision:
    """A decided draft with the post it answers, and the knowledge its reply became, if it did."""

    draft: Draft
    post: Post
    channel_name: str
    knowledge_id: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a draft stands in the queue."""

    waiting_since: datetime
    place: float
    ahead: int  # waiting drafts that come before it


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """How much waits, and how much of it longer than was promised."""

    waiting: int
    overdue: int


def decided(session: Session, *, by: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Decision]:
    """Decided drafts, latest decision first; of one person, or of everybody."""
    statement = (
        select(Draft, Post, Channel.name, AdoptedAnswer.knowledge_id)
        .join(Post, Post.id == Draft.post_id)
        .join(Channel, Channel.id == Post.channel_id)
        .outerjoin(AdoptedAnswer, AdoptedAnswer.draft_id == Draft.id)
        .where(Draft.status.in_(_DECIDED))
    )
    if by is not None:
        statement = statement.where(Draft.decided_by == by)
    keyset = Keyset("decided", Draft.decided_at, datetime, Draft.id)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: Decision(*row[:4]))


def place_of(session: Session, draft_id: str, order: QueueOrder) -> Place | None:
    """Where the draft stands in this order; None where there is no such draft."""
    statement = order.joined(select(waiting_since(), order.place)).where(Draft.id == draft_id)
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    before = order.joined(select(func.count())).where(Draft.status.in_(WAITING), _sooner(order, row[1], draft_id))
    return Place(row[0], row[1], session.scalar(before) or 0)


def beside(
    session: Session,
    draft_id: str,
    order: QueueOrder,
    *,
    step: Literal["next", "previous"],
    now: datetime,
    exclude: Collection[str] = (),
) -> str | None:
    """The id of the nearest draft behind or before this one in the order that its person may open: free, or theirs."""
    here = session.scalar(order.joined(select(order.place)).where(Draft.id == draft_id))
    if here is None:
        return None
    mine = and_(Draft.status == "claimed", Draft.claimed_by == order.user_id)
    statement = order.joined(select(Draft.id)).where(Draft.id.not_in([draft_id, *exclude]), or_(free(now), mine))
    if step == "next":
        statement = statement.where(_later(order, here, draft_id)).order_by(order.place.desc(), Draft.id.desc())
    else:
        statement = statement.where(_sooner(order, here, draft_id)).order_by(order.place.asc(), Draft.id.asc())
    return session.scalar(statement.limit(1))


def _sooner(order: QueueOrder, place: float, draft_id: str) -> ColumnElement[bool]:
    return or_(order.place > place, and_(order.place == place, Draft.id > draft_id))


def _later(order: QueueOrder, place: float, draft_id: str) -> ColumnElement[bool]:
    return or_(order.place < place, and_(order.place == place, Draft.id < draft_id))


def open_counts(session: Session, order: QueueOrder) -> OpenCounts:
    """What waits now; overdue against the order's promise."""
    late = func.count().filter(waiting_since() <= order.as_of - order.promise)
    statement = select(func.count(), late).select_from(Draft).join(Post, Post.id == Draft.post_id)
    return OpenCounts(*session.execute(statement.where(Draft.status.in_(WAITING))).one())


def answered_candidates(
    session: Session, *, theme_id: str | None = None, words: str = "", exclude: str = "", limit: int
) -> tuple[Decision, ...]:
    """Answered drafts, the latest first, those of the theme before all others; only with `words` in the post or the
    reply, where some are given."""
    same = case((Draft.theme_id == theme_id, 1), else_=0) if theme_id is not None else literal(0)
    statement = (
        select(Draft, Post, Channel.name, AdoptedAnswer.knowledge_id)
        .join(Post, Post.id == Draft.post_id)
        .join(Channel, Channel.id == Post.channel_id)
        .outerjoin(AdoptedAnswer, AdoptedAnswer.draft_id == Draft.id)
        .where(Draft.status.in_(ANSWERED), Draft.id != exclude)
    )
    if words:
        statement = statement.where(substring(words, Post.text, Draft.final_text))
    latest = statement.order_by(same.desc(), Draft.decided_at.desc(), Draft.id.desc()).limit(limit)
    return tuple(Decision(*row) for row in session.execute(latest))


def waiting_drafts(
    session: Session, order: QueueOrder, *, now: datetime, needs_person: bool | None = None, limit: int = 2_000
) -> tuple[tuple[Draft, Post], ...]:
    """What this person could decide now, in their order, with the posts."""
    mine = and_(Draft.status == "claimed", Draft.claimed_by == order.user_id)
    statement = order.joined(select(Draft, Post)).where(or_(free(now), mine))
    if needs_person is not None:
        statement = statement.where(Draft.needs_person == needs_person)
    statement = statement.order_by(order.place.desc(), Draft.id.desc()).limit(limit)
    return tuple((draft, post) for draft, post in session.execute(statement))


def twins(session: Session, draft: Draft, order: QueueOrder) -> int:
    """How many other waiting drafts that this person could decide offer the very same sentences."""
    if draft.needs_person:
        return 0
    mine = and_(Draft.status == "claimed", Draft.claimed_by == order.user_id)
    same = and_(Draft.id != draft.id, Draft.sentences == draft.sentences, or_(free(order.as_of), mine))
    return session.scalar(select(func.count()).select_from(Draft).where(same)) or 0


def proposal_of_theme(session: Session, theme_id: str) -> Proposal | None:
    """The proposal of a theme, or that it was merged into in the end."""
    found = session.scalar(select(Proposal).where(Proposal.theme_id == theme_id))
    while found is not None and found.merged_into is not None:
        found = session.get(Proposal, found.merged_into)
    return found
