"""What the loop owes its contributors: followers, releases, credit by consent, their way in, doubts about votes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Json, UtcDateTime


class Follow(Base):
    """Somebody wants to hear of a proposal."""

    __tablename__ = "follows"

    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    follower: Mapped[str] = mapped_column(ForeignKey("authors.id"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Credit(Base):
    """A contributor agreed to be thanked by this name. No row: by pseudonym. Withdrawing deletes the row."""

    __tablename__ = "credits"

    author_id: Mapped[str] = mapped_column(ForeignKey("authors.id"), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(60))
    provenance: Mapped[str] = mapped_column(Text, default="")  # where they said so, when recorded on their behalf
    recorded_by: Mapped[str] = mapped_column(String(60))  # the principal
    agreed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContributorKey(Base):
    """What lets one contributor act on the public pages: a link that works once, or the session it opened."""

    __tablename__ = "contributor_keys"
    __table_args__ = (CheckConstraint("kind IN ('link', 'session')", name="kind_known"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    author_id: Mapped[str] = mapped_column(ForeignKey("authors.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[str] = mapped_column(String(60))  # the principal that vouched for the person
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class VoteFlag(Base):
    """A reason to look at a vote. It discounts nothing: only a person sets a vote aside."""

    __tablename__ = "vote_flags"
    __table_args__ = (CheckConstraint("signal IN ('burst', 'fresh_account', 'shared_text')", name="signal_known"),)

    vote_id: Mapped[str] = mapped_column(ForeignKey("votes.id"), primary_key=True)
    signal: Mapped[str] = mapped_column(String(20), primary_key=True)
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # the figures behind it
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Release(Base):
    """What shipped together, told to contributors: a date, a title, notes, and whose need it answers."""

    __tablename__ = "releases"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'published')", name="status_known"),
        CheckConstraint("(status = 'published') = (published_at IS NOT NULL)", name="published_has_time"),
        Index("ix_releases_status_released_id", "status", "released_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str] = mapped_column(Text, default="")
    product: Mapped[str] = mapped_column(String(100), default="")  # empty: of all products
    status: Mapped[str] = mapped_column(String(20), default="draft")
    released_at: Mapped[datetime] = mapped_column(UtcDateTime)  # the date people read
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the entry came out
    created_by: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReleasedProposal(Base):
    """A proposal of a release; a proposal ships once."""

    __tablename__ = "released_proposals"

    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"), index=True)
