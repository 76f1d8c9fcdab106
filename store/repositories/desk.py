"""What the draft desk shows beside one draft: its neighbours in the queue, its thread, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from store.paging import Keyset, Page, fetch_page
from store.tables import Draft, Post


@dataclass(frozen=True, slots=True)
class Decision:
    """A decided draft with the post it answers."""

    draft: Draft
    post: Post


def decided(session: Session, *, cursor: str | None = None, limit: int = 50) -> Page[Decision]:
    """Decided drafts, latest decision first."""
    statement = (
        select(Draft, Post)
        .join(Post, Post.id == Draft.post_id)
        .where(Draft.status.in_(("approved", "edited", "rejected", "published")))
    )
    keyset = Keyset("decided", Draft.decided_at, datetime, Draft.id)
    return fetch_page(
        session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: Decision(row[0], row[1])
    )


def beside(
    session: Session, draft: Draft, *, step: Literal["next", "previous"], user_id: str, now: datetime
) -> str | None:
    """The id of the next or previous draft of the queue that this user may open: free, or already theirs."""
    free = or_(
        Draft.status == "proposed",
        and_(Draft.status == "claimed", or_(Draft.claim_expires_at <= now, Draft.claimed_by == user_id)),
    )
    if step == "next":
        further = or_(Draft.priority < draft.priority, and_(Draft.priority == draft.priority, Draft.id < draft.id))
        order = (Draft.priority.desc(), Draft.id.desc())
    else:
        further = or_(Draft.priority > draft.priority, and_(Draft.priority == draft.priority, Draft.id > draft.id))
        order = (Draft.priority.asc(), Draft.id.asc())
    return session.scalar(select(Draft.id).where(free, further).order_by(*order).limit(1))


def around(session: Session, post: Post, *, limit: int) -> tuple[Post, ...]:
    """The other posts of this post's thread that came latest before it, in the order they were written."""
    if not post.thread or post.posted_at is None:
        return ()
    statement = (
        select(Post)
        .where(
            Post.channel_id == post.channel_id,
            Post.thread == post.thread,
            Post.id != post.id,
            Post.posted_at <= post.posted_at,
            func.length(Post.text) > 0,
        )
        .order_by(Post.posted_at.desc(), Post.id.desc())
        .limit(limit)
    )
    return tuple(reversed(session.scalars(statement).all()))
