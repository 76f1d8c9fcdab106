"""The talk around a post: its thread where the channel has threads, else what was said there just before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from store.paging import AnySelect
from store.repositories.posts import PostRow
from store.tables import Channel, Post

TALK: Final = timedelta(minutes=20)  # messages farther apart are no conversation

Kind = Literal["thread", "talk", "alone"]


@dataclass(frozen=True, slots=True)
class Thread:
    """A post among its neighbours, in the order they were written."""

    kind: Kind
    answers: PostRow | None  # the post it replies to, where that is known and not among `before`
    before: tuple[PostRow, ...]
    post: PostRow
    after: tuple[PostRow, ...]


def around(session: Session, post_id: str, *, before: int = 4, after: int = 4) -> Thread | None:
    """The post with what was said around it; None where there is no such post."""
    found = _rows(session, _with_channel().where(Post.id == post_id))
    if not found:
        return None
    row = found[0]
    earlier, later = _neighbours(session, row.post, before, after) if row.post.posted_at else ((), ())
    replies = _replies(session, row.post, {one.post.id for one in later}, after)
    answers = _answered(session, row.post)
    if answers and any(one.post.id == answers.post.id for one in earlier):
        answers = None
    talk: Kind = "thread" if row.post.thread else "talk"
    kind = talk if earlier or later or replies or answers else "alone"
    return Thread(kind, answers, earlier, row, (*later, *replies))


def _with_channel() -> AnySelect:
    return select(Post, Channel.name).join(Channel, Channel.id == Post.channel_id)


def _rows(session: Session, statement: AnySelect) -> tuple[PostRow, ...]:
    return tuple(PostRow(row[0], row[1]) for row in session.execute(statement))


def _neighbours(
    session: Session, post: Post, before: int, after: int
) -> tuple[tuple[PostRow, ...], tuple[PostRow, ...]]:
    assert post.posted_at is not None
    talk = _with_channel().where(
        Post.channel_id == post.channel_id, Post.thread == post.thread, Post.id != post.id, Post.text != ""
    )
    if not post.thread:
        talk = talk.where(Post.posted_at.between(post.posted_at - TALK, post.posted_at + TALK))
    at = Post.posted_at
    sooner = or_(at < post.posted_at, and_(at == post.posted_at, Post.id < post.id))
    later = or_(at > post.posted_at, and_(at == post.posted_at, Post.id > post.id))
    ahead = _rows(session, talk.where(sooner).order_by(at.desc(), Post.id.desc()).limit(before))
    behind = _rows(session, talk.where(later).order_by(at, Post.id).limit(after))
    return tuple(reversed(ahead)), behind


def _answered(session: Session, post: Post) -> PostRow | None:
    if not post.reply_to:
        return None
    named = _with_channel().where(Post.channel_id == post.channel_id, Post.key == post.reply_to, Post.text != "")
    return next(iter(_rows(session, named.limit(1))), None)


def _replies(session: Session, post: Post, known: set[str], most: int) -> tuple[PostRow, ...]:
    """Direct replies that came too late to be among the neighbours."""
    replies = _with_channel().where(
        Post.channel_id == post.channel_id, Post.reply_to == post.key, Post.reply_to != "", Post.text != ""
    )
    ordered = replies.order_by(Post.posted_at.asc().nulls_last(), Post.id).limit(most + len(known))
    return tuple(row for row in _rows(session, ordered) if row.post.id not in known)[:most]
