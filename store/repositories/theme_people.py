"""People across themes: how many two have in common, and how many they have together. A post of unknown author is a
person of its own."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from store.repositories.answer_figures import WAITING
from store.repositories.authors import PERSON
from store.tables import Draft, Mention, Post


def together(session: Session, theme_ids: Collection[str]) -> int:
    """Distinct people of all these themes."""
    statement = (
        select(func.count(PERSON.distinct()))
        .join(Mention, Mention.post_id == Post.id)
        .where(Mention.theme_id.in_(sorted(theme_ids)))
    )
    return session.scalar(statement) or 0


def shared_with(session: Session, theme_id: str, *, others: Collection[str] | None = None) -> dict[str, int]:
    """Other theme id -> people who speak of both; only those with any. others: only these (None: all)."""
    theirs, here = aliased(Post), aliased(Mention)
    own = (
        select(theirs.author_id)
        .join(here, here.post_id == theirs.id)
        .where(here.theme_id == theme_id, theirs.author_id.is_not(None))
        .distinct()
    )
    statement = (
        select(Mention.theme_id, func.count(Post.author_id.distinct()))
        .join(Post, Post.id == Mention.post_id)
        .where(Post.author_id.in_(own), Mention.theme_id.is_not(None), Mention.theme_id != theme_id)
        .group_by(Mention.theme_id)
    )
    if others is not None:
        statement = statement.where(Mention.theme_id.in_(sorted(others)))
    return {theme or "": people for theme, people in session.execute(statement)}


def waiting_drafts(
    session: Session, *, theme_ids: Collection[str] | None = None, post_ids: Collection[str] | None = None
) -> int:
    """Replies that wait for a moderator, to posts of these themes or to these posts."""
    statement = select(func.count(Draft.id)).where(Draft.status.in_(WAITING))
    if theme_ids is not None:
        statement = statement.where(Draft.theme_id.in_(sorted(theme_ids)))
    if post_ids is not None:
        statement = statement.where(Draft.post_id.in_(sorted(post_ids)))
    return session.scalar(statement) or 0
