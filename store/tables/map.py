"""The theme map: where mentions and themes lie, and the moves of mentions that people made there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Json, UtcDateTime

SCALE = 32_000  # steps of a coordinate from 0 to 1: a step is less than a pixel at any zoom the page offers


class MapPoint(Base):
    """Where a mention lies. By its key, which outlives its row; `number` names it in four bytes."""

    __tablename__ = "map_points"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # Mention.key
    x: Mapped[int] = mapped_column(SmallInteger)  # -SCALE..SCALE
    y: Mapped[int] = mapped_column(SmallInteger)


class MapIsland(Base):
    """Where a theme lies: a disc, and the number of its hue."""

    __tablename__ = "map_islands"

    theme_id: Mapped[str] = mapped_column(ForeignKey("themes.id"), primary_key=True)
    x: Mapped[float]
    y: Mapped[float]
    radius: Mapped[float]
    colour: Mapped[int] = mapped_column(SmallInteger)


class MentionMove(Base):
    """A person moved mentions: to a theme of their own, to another theme, or to none. Undone once at most."""

    __tablename__ = "mention_moves"
    __table_args__ = (CheckConstraint("kind IN ('split', 'move', 'dismiss')", name="kind_known"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    target: Mapped[str | None] = mapped_column(ForeignKey("themes.id"), index=True)  # NULL: to no theme
    mentions: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MovedMention(Base):
    """What a move changed about one mention, so that undo brings exactly that back."""

    __tablename__ = "moved_mentions"
    __table_args__ = (Index("ix_moved_mentions_key", "key"),)

    move_id: Mapped[str] = mapped_column(ForeignKey("mention_moves.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # Mention.key
    from_theme: Mapped[str | None] = mapped_column(ForeignKey("themes.id"))
    strength: Mapped[float]
    was_pinned: Mapped[bool]
    pin_theme: Mapped[str | None] = mapped_column(String(40))  # where an earlier pin had put it
    remembered: Mapped[list[Any]] = mapped_column(Json, default=list)  # [[theme id, strength], …] it was remembered by
