"""What people keep on the theme board (views, visits, notes, owners), and what is counted ahead so that it is quick."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, UtcDateTime


class SavedView(Base):
    """Filters and an order of the board under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(60), index=True)  # a user id, or a token's
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)  # the board's own address parameters, without "?"
    shared: Mapped[bool] = mapped_column(default=False, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BoardHabit(Base):
    """When somebody last looked at the board, and the view it opens with for them."""

    __tablename__ = "board_habits"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    previous_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the end of the visit before this one
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # NULL: never looked
    default_view_id: Mapped[str | None] = mapped_column(ForeignKey("saved_views.id"))


class ThemeNote(Base):
    """A remark among colleagues; contributors never see it."""

    __tablename__ = "theme_notes"
    __table_args__ = (Index("ix_theme_notes_theme_id_id", "theme_id", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    theme_id: Mapped[str] = mapped_column(ForeignKey("themes.id"))
    author_id: Mapped[str] = mapped_column(String(60))  # a user id, or a token's
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ThemeOwner(Base):
    """Who sees to a theme; no row where nobody does."""

    __tablename__ = "theme_owners"

    theme_id: Mapped[str] = mapped_column(ForeignKey("themes.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class ThemeFacet(Base):
    """How much of a theme speaks in a channel, of a product, from a region, with an intent. Derived from mentions."""

    __tablename__ = "theme_facets"
    __table_args__ = (
        CheckConstraint("kind IN ('channel', 'product', 'region', 'intent')", name="kind_known"),
        Index("ix_theme_facets_kind_value_theme_id", "kind", "value", "theme_id"),
    )

    theme_id: Mapped[str] = mapped_column(ForeignKey("themes.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)  # of a channel its id
    mentions: Mapped[int]
    first_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ThemeText(Base):
    """What is searched literally: folded (nlp.normalisation.fold), a line for each name, keyphrase and mention."""

    __tablename__ = "theme_texts"

    theme_id: Mapped[str] = mapped_column(ForeignKey("themes.id"), primary_key=True)
    head: Mapped[str] = mapped_column(Text)  # name and keyphrases
    said: Mapped[str] = mapped_column(Text)  # quotes and mentions, each wording once


class ThemePoint(Base):
    """How a theme stood at a moment: after a run, and by the hour where mentions came or went in between."""

    __tablename__ = "theme_points"
    __table_args__ = (Index("ix_theme_points_at", "at"),)

    theme_id: Mapped[str] = mapped_column(ForeignKey("themes.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"))  # NULL: between two runs
    rank: Mapped[int | None]  # among active needs, by demand; only runs rank
    score: Mapped[float]
    authors: Mapped[int]
    size: Mapped[int]
