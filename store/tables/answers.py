"""What moderators passed over, and which of their replies became knowledge."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, UtcDateTime


class DraftSkip(Base):
    """A person passed a draft over: it comes last in their queue, and stays where it was in everyone else's."""

    __tablename__ = "draft_skips"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True, index=True)
    skipped_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AdoptedAnswer(Base):
    """A reply that a second look made knowledge for the next drafts."""

    __tablename__ = "adopted_answers"

    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    knowledge_id: Mapped[str] = mapped_column(ForeignKey("knowledge.id"), unique=True)
    adopted_by: Mapped[str] = mapped_column(String(40))  # a user; another person's look counts as the second one
    adopted_at: Mapped[datetime] = mapped_column(UtcDateTime)
