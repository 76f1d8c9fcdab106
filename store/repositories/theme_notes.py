"""Notes that colleagues leave at a theme."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.tables import ThemeNote


def get(session: Session, note_id: str) -> ThemeNote | None:
    return session.get(ThemeNote, note_id)


def locked(session: Session, note_id: str) -> ThemeNote | None:
    """The note, fresh, its row locked until the transaction ends."""
    return session.get(ThemeNote, note_id, with_for_update=True, populate_existing=True)


def of_theme(session: Session, theme_id: str) -> tuple[ThemeNote, ...]:
    """Latest first."""
    statement = select(ThemeNote).where(ThemeNote.theme_id == theme_id).order_by(ThemeNote.id.desc())
    return tuple(session.scalars(statement))


def count(session: Session, theme_id: str) -> int:
    """How many notes a theme has."""
    return session.scalar(select(func.count(ThemeNote.id)).where(ThemeNote.theme_id == theme_id)) or 0
