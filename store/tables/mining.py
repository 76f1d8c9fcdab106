"""What mining found: runs, themes, mentions, lineage."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Json, UtcDateTime


class Run(Base):
    """One mining run: with which encoder, over how much, how long it took."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), unique=True)  # one run a job, also after a crash
    encoder: Mapped[dict[str, Any]] = mapped_column(Json)
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)
    timings: Mapped[dict[str, float]] = mapped_column(Json)
    posts: Mapped[int]
    mentions: Mapped[int]
    themes: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Theme(Base):
    """A recurring need with a stable id. Never deleted: it retires, merges, or is marked as not a theme."""

    __tablename__ = "themes"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'retired', 'merged', 'not_a_theme')", name="status_known"),
        CheckConstraint("(status = 'merged') = (merged_into IS NOT NULL)", name="merged_has_target"),
        Index("ix_themes_status_score_id", "status", "score", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    mined_name: Mapped[str] = mapped_column(String(200), default="")
    named_by_person: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(20), default="active")
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("themes.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("themes.id"))
    intent: Mapped[str] = mapped_column(String(20))
    keyphrases: Mapped[list[str]] = mapped_column(Json, default=list)
    quotes: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)  # [{"post_id", "text"}]
    score: Mapped[float] = mapped_column(default=0.0)  # demand 0..100
    parts: Mapped[dict[str, float]] = mapped_column(Json, default=dict)
    evidence: Mapped[dict[str, float]] = mapped_column(Json, default=dict)
    size: Mapped[int] = mapped_column(default=0)
    posts: Mapped[int] = mapped_column(default=0)
    authors: Mapped[int] = mapped_column(default=0)
    severity: Mapped[float] = mapped_column(default=0.0)
    growth: Mapped[float] = mapped_column(default=0.0)
    weekly: Mapped[list[Any]] = mapped_column(Json, default=list)  # [["2026-08-03", people], …]
    first_seen: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seen: Mapped[datetime | None] = mapped_column(UtcDateTime)
    prototype: Mapped[bytes | None] = mapped_column(LargeBinary)  # float32, little-endian
    threshold: Mapped[float] = mapped_column(default=1.0)
    settled_size: Mapped[int | None]  # mentions when its structure was settled; NULL: as many as it holds
    changed: Mapped[int] = mapped_column(default=0)  # mentions that have come or gone since
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"))
    version: Mapped[int] = mapped_column(default=1)  # counts people's edits; a stale one is refused
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Mention(Base):
    """One clause or sentence of a post that says one thing, and the theme it belongs to."""

    __tablename__ = "mentions"
    __table_args__ = (
        UniqueConstraint("post_id", "ordinal"),
        Index("ix_mentions_key_theme", "key", "theme_id"),  # answers the theme map without touching the rows
        # counts over time come here by post and find what they count
        Index("ix_mentions_post_facts", "post_id", "theme_id", "intent", "strength", "placed_by"),
        Index("ix_mentions_theme_strength", "theme_id", "strength"),
        Index("ix_mentions_placed_by", "placed_by"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    ordinal: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))  # hash of post id and text: the same in every run
    text: Mapped[str] = mapped_column(Text)
    intent: Mapped[str] = mapped_column(String(20))  # no index: most mentions are needs, and it misled the planner
    intent_confidence: Mapped[float]
    severity: Mapped[float]
    products: Mapped[list[str]] = mapped_column(Json, default=list)
    theme_id: Mapped[str | None] = mapped_column(ForeignKey("themes.id"))
    strength: Mapped[float] = mapped_column(default=0.0)
    placed_by: Mapped[str] = mapped_column(String(20), default="run")  # or "assignment": between two runs
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"))


class MentionPin(Base):
    """A person said where a mention belongs; every later run obeys. `theme_id` NULL: to no theme."""

    __tablename__ = "mention_pins"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # Mention.key
    theme_id: Mapped[str | None] = mapped_column(ForeignKey("themes.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DecidedMention(Base):
    """What a theme held when a person merged or dismissed it: later runs recognise it by this, and undo restores it."""

    __tablename__ = "decided_mentions"

    theme_id: Mapped[str] = mapped_column(ForeignKey("themes.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # Mention.key
    strength: Mapped[float] = mapped_column(default=0.0)


class LineageEdge(Base):
    """How the themes of one run came from those before it: survive, mint, retire, split, merge."""

    __tablename__ = "lineage_edges"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"), index=True)  # NULL: a person's act
    kind: Mapped[str] = mapped_column(String(20))
    from_theme: Mapped[str | None] = mapped_column(String(40), index=True)
    to_theme: Mapped[str | None] = mapped_column(String(40), index=True)
    overlap: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
