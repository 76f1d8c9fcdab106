"""Posts as they are shown, and their authors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.aliases import alias_of
from store.expressions import substring
from store.paging import Keyset, Page, fetch_page
from store.tables import Channel, Mention, Post


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


def listed(
    session: Session,
    *,
    channel: str | None = None,
    source: str | None = None,
    author: str | None = None,
    theme: str | None = None,
    product: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[PostRow]:
    """Newest first, posts without a time last. `since` is inclusive, `until` exclusive; q searches masked text."""
    statement = select(Post, Channel.name).join(Channel, Channel.id == Post.channel_id)
    equal = {
        Post.channel_id: channel, Post.source_id: source, Post.author_id: author,
        Post.product: product, Post.region: region,
    }  # fmt: skip
    statement = statement.where(*(column == value for column, value in equal.items() if value))
    if theme:
        held = select(Mention.id).where(Mention.post_id == Post.id, Mention.theme_id == theme)
        statement = statement.where(held.exists())
    if since:
        statement = statement.where(Post.posted_at >= since)
    if until:
        statement = statement.where(Post.posted_at < until)
    if q:
        statement = statement.where(substring(q, Post.text))
    keyset = Keyset("posts", Post.posted_at, datetime, Post.id, nullable=True)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: PostRow(row[0], row[1]))


def of_author(session: Session, author_id: str) -> tuple[Post, ...]:
    return tuple(session.scalars(select(Post).where(Post.author_id == author_id).order_by(Post.id)))
