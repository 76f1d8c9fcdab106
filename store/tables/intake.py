"""What came in: channels, sources, rejected rows, authors, posts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Json, UtcDateTime


class Channel(Base):
    """Where text comes from: a forum board, a group chat, a review feed."""

    __tablename__ = "channels"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    timezone: Mapped[str] = mapped_column(String(64), default="Asia/Shanghai")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Source(Base):
    """One file or push that was read into a channel, and what became of its rows."""

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"), index=True)
    name: Mapped[str] = mapped_column(String(500))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    format: Mapped[str] = mapped_column(String(40))
    received: Mapped[int] = mapped_column(default=0)
    written: Mapped[int] = mapped_column(default=0)
    duplicate: Mapped[int] = mapped_column(default=0)  # already stored before
    rejected: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)  # system lines, bare stickers
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RejectedRow(Base):
    """A row that could not become a post, kept with its reason."""

    __tablename__ = "rejected_rows"
    __table_args__ = (UniqueConstraint("source_id", "line"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"), index=True)
    line: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    raw: Mapped[str] = mapped_column(Text)


class Author(Base):
    """A person, known only by pseudonym."""

    __tablename__ = "authors"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)  # "aut_…", HMAC of platform and platform id
    platform: Mapped[str] = mapped_column(String(40))
    tier: Mapped[str] = mapped_column(String(20), default="regular")
    first_seen: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Post(Base):
    """One message by one author at one time. `raw` is readable by a role that needs it; `text` is shown."""

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("channel_id", "key"),
        CheckConstraint("likes >= 0 AND replies >= 0 AND views >= 0", name="counts_not_negative"),
        Index("ix_posts_time_person", "posted_at", "id", "author_id", "channel_id"),  # counts over time read it alone
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"), index=True)
    source_id: Mapped[str | None] = mapped_column(ForeignKey("sources.id"), index=True)
    key: Mapped[str] = mapped_column(String(200))  # platform message id, else content hash
    author_id: Mapped[str | None] = mapped_column(ForeignKey("authors.id"), index=True)
    posted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    raw: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)  # cleaned and masked
    masks: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    thread: Mapped[str] = mapped_column(String(200), default="", index=True)
    reply_to: Mapped[str] = mapped_column(String(200), default="")
    likes: Mapped[int] = mapped_column(default=0)
    replies: Mapped[int] = mapped_column(default=0)
    views: Mapped[int] = mapped_column(default=0)
    product: Mapped[str] = mapped_column(String(100), default="")
    region: Mapped[str] = mapped_column(String(100), default="")
    tier: Mapped[str] = mapped_column(String(20), default="regular")
    duplicate_of: Mapped[str | None] = mapped_column(ForeignKey("posts.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class IdempotencyKey(Base):
    """The stored answer to a write that carried an Idempotency-Key, replayed when the write is repeated."""

    __tablename__ = "idempotency_keys"

    principal: Mapped[str] = mapped_column(String(60), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[Any] = mapped_column(Json)
    headers: Mapped[dict[str, str] | None] = mapped_column(Json)  # NULL: none beside the usual ones
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
