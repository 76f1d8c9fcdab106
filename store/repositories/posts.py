"""Posts as they are shown, and their authors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.aliases import alias_of
from store.paging import Keyset, Page, fetch_page
from store.repositories.post_filters import PostFilter
from store.tables import Channel, Mention, Post, Theme


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post with the name of its channel."""

    post: Post
    channel_name: str

    @property
    def author_alias(self) -> str:
        return alias_of(self.post.author_id)


def get(session: Session, post_id: str) -> Post | None:
    return session.get(Post, post_id)


def details(session: Session, post_id: str) -> PostRow | None:
    statement = select(Post, Channel.name).join(Channel, Channel.id == Post.channel_id).where(Post.id == post_id)
    row = session.execute(statement).one_or_none()
    return PostRow(row[0], row[1]) if row else None


def by_ids(session: Session, post_ids: Iterable[str]) -> dict[str, Post]:
    """The posts by id; unknown ids are left out."""
    wanted = sorted(set(post_ids))
    return {post.id: post for post in session.scalars(select(Post).where(Post.id.in_(wanted)))} if wanted else {}


def latest_at(session: Session) -> datetime | None:
    """When the latest post was written: the "now" of trends, since a file may be months old."""
    return session.scalar(select(func.max(Post.posted_at)))


def listed(session: Session, wanted: PostFilter, *, cursor: str | None = None, limit: int = 50) -> Page[PostRow]:
    """Newest first, posts without a time last."""
    statement = select(Post, Channel.name).join(Channel, Channel.id == Post.channel_id).where(*wanted.conditions())
    keyset = Keyset("posts", Post.posted_at, datetime, Post.id, nullable=True)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: PostRow(row[0], row[1]))


def count(session: Session, wanted: PostFilter, *, most: int) -> int:
    """How many posts are wanted, counted up to `most`."""
    some = select(Post.id).where(*wanted.conditions()).limit(most).subquery()
    return session.scalars(select(func.count()).select_from(some)).one()


def mentions_of(session: Session, post_ids: Iterable[str]) -> dict[str, tuple[tuple[Mention, str | None], ...]]:
    """Post id -> its mentions in order, each with the name of its theme."""
    wanted = sorted(set(post_ids))
    if not wanted:
        return {}
    statement = (
        select(Mention, Theme.name)
        .outerjoin(Theme, Theme.id == Mention.theme_id)
        .where(Mention.post_id.in_(wanted))
        .order_by(Mention.post_id, Mention.ordinal)
    )
    found: dict[str, list[tuple[Mention, str | None]]] = defaultdict(list)
    for mention, name in session.execute(statement):
        found[mention.post_id].append((mention, name))
    return {post_id: tuple(rows) for post_id, rows in found.items()}


def of_author(session: Session, author_id: str) -> tuple[Post, ...]:
    return tuple(session.scalars(select(Post).where(Post.author_id == author_id).order_by(Post.id)))
