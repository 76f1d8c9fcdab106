"""Literal search over what people said: where words stand in the folded text of each theme."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from store.expressions import holds
from store.tables import ThemeText


@dataclass(frozen=True, slots=True)
class WordsFound:
    """Which of some words a theme holds."""

    theme_id: str
    head: tuple[bool, ...]  # in its name or a keyphrase, word by word
    said: tuple[bool, ...]  # in what people said


def holding(session: Session, words: Sequence[str]) -> tuple[WordsFound, ...]:
    """The themes, of whatever status, that hold any of the folded words (at least one, none with NUL)."""
    heads = [holds(ThemeText.head, word) for word in words]
    saids = [holds(ThemeText.said, word) for word in words]
    statement = select(ThemeText.theme_id, *heads, *saids).where(or_(*heads, *saids))
    count = len(words)
    return tuple(
        WordsFound(row[0], tuple(map(bool, row[1 : count + 1])), tuple(map(bool, row[count + 1 :])))
        for row in session.execute(statement)
    )


def how_many(session: Session) -> int:
    """Themes with text to search."""
    return len(session.scalars(select(ThemeText.theme_id)).all())


def said_of(session: Session, theme_ids: Collection[str]) -> dict[str, str]:
    """Theme id -> folded lines of what people said."""
    statement = select(ThemeText.theme_id, ThemeText.said).where(ThemeText.theme_id.in_(sorted(theme_ids)))
    return dict(session.execute(statement).all()) if theme_ids else {}
