"""What stands behind a proposal now: mentions, people, channels and products of its theme."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.repositories.authors import PERSON
from store.tables import Mention, Post


@dataclass(frozen=True, slots=True)
class EvidenceCounts:
    """Plain counts, recounted now."""

    mentions: int
    people: int  # a post of unknown author is a person of its own, as everywhere
    channels: int
    products: int  # named in mentions, or by the platform as what a post is about


def of_theme(session: Session, theme_id: str) -> EvidenceCounts:
    """The counts of a theme; all 0 for one without mentions."""
    statement = (
        select(
            func.count(Mention.id),
            func.count(PERSON.distinct()),
            func.count(Post.channel_id.distinct()),
        )
        .join(Post, Post.id == Mention.post_id)
        .where(Mention.theme_id == theme_id)
    )
    mentions, people, channels = session.execute(statement).one()
    return EvidenceCounts(mentions, people, channels, len(_products(session, theme_id)))


def _products(session: Session, theme_id: str) -> set[str]:
    statement = (
        select(Post.product, Mention.products)
        .join(Post, Post.id == Mention.post_id)
        .where(Mention.theme_id == theme_id)
    )
    return {name for of_post, named in session.execute(statement) for name in (of_post, *named) if name}
