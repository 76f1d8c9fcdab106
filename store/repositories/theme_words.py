"""What is searched literally: the folded names, keyphrases and words of each theme."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.tables import ThemeText


@dataclass(frozen=True, slots=True)
class ThemeWords:
    """What of a theme can be searched, folded."""

    theme_id: str
    head: str  # its name and keyphrases
    said: str  # what people said, line by line


def every(session: Session) -> tuple[ThemeWords, ...]:
    """Of all themes, of whatever status."""
    statement = select(ThemeText.theme_id, ThemeText.head, ThemeText.said)
    return tuple(ThemeWords(*row) for row in session.execute(statement))


def said_of(session: Session, theme_ids: Collection[str]) -> dict[str, str]:
    """Theme id -> folded lines of what people said."""
    statement = select(ThemeText.theme_id, ThemeText.said).where(ThemeText.theme_id.in_(sorted(theme_ids)))
    return dict(session.execute(statement).all()) if theme_ids else {}
