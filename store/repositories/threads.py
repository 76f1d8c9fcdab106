"""The talk around a post: its thread where the channel has threads, else what was said there just before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from store.repositories import posts
from store.repositories.posts import PostRow
from store.tables import Post

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
    row = posts.details(session, post_id)
    if row is None:
        return None
    earlier, later = neighbours(session, row.post, before=before, after=after)
    replies = _replies(session, row.post, {post.id for post in later}, after)
    answers = _answered(session, row.post)
    if answers in earlier:
        answers = None
    talk: Kind = "thread" if row.post.thread else "talk"
    kind = talk if earlier or later or replies or answers else "alone"

    def rows(found: Iterable[Post]) -> tuple[PostRow, ...]:
        return tuple(PostRow(post, row.channel_name) for post in found)  # a thread stays in its channel

    return Thread(kind, next(iter(rows([answers] if answers else [])), None), rows(earlier), row, rows(later + replies))


def neighbours(session: Session, post: Post, *, before: int, after: int) -> tuple[tuple[Post, ...], tuple[Post, ...]]:
    """The posts of this post's thread that were written nearest before and after it, in the order of time; in a chat,
    which has no threads, what was said in its channel within the time of a conversation."""
    if post.posted_at is None:
        return (), ()
    same = select(Post).where(
        Post.channel_id == post.channel_id, Post.thread == post.thread, Post.id != post.id, Post.text != ""
    )
    if not post.thread:
        same = same.where(Post.posted_at.between(post.posted_at - TALK, post.posted_at + TALK))
    at = Post.posted_at
    sooner = or_(at < post.posted_at, and_(at == post.posted_at, Post.id < post.id))
    later = or_(at > post.posted_at, and_(at == post.posted_at, Post.id > post.id))
    ahead = session.scalars(same.where(sooner).order_by(at.desc(), Post.id.desc()).limit(before)).all()
    behind = session.scalars(same.where(later).order_by(at, Post.id).limit(after)).all()
    return tuple(reversed(ahead)), tuple(behind)


def _answered(session: Session, post: Post) -> Post | None:
    if not post.reply_to:
        return None
    named = select(Post).where(Post.channel_id == post.channel_id, Post.key == post.reply_to, Post.text != "")
    return session.scalars(named.limit(1)).first()


def _replies(session: Session, post: Post, known: set[str], most: int) -> tuple[Post, ...]:
    """Direct replies that came too late to be among the neighbours."""
    replies = select(Post).where(
        Post.channel_id == post.channel_id, Post.reply_to == post.key, Post.reply_to != "", Post.text != ""
    )
    ordered = replies.order_by(Post.posted_at.asc().nulls_last(), Post.id).limit(most + len(known))
    return tuple(reply for reply in session.scalars(ordered) if reply.id not in known)[:most]
