"""What stands behind a proposal now: mentions, people, channels and products of its theme."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.tables import Mention, Post


@dataclass(frozen=True, slots=True)
class EvidenceCounts:
    """Plain counts, recounted now."""

    mentions: int
    people: int  # posts of unknown author are not counted here
    channels: int
    products: int  # the products that the posts were written about


def of_theme(session: Session, theme_id: str) -> EvidenceCounts:
    """The counts of a theme; all 0 for one without mentions."""
    statement = (
        select(
            func.count(Mention.id),
            func.count(Post.author_id.distinct()),
            func.count(Post.channel_id.distinct()),
            func.count(func.nullif(Post.product, "").distinct()),
        )
        .join(Post, Post.id == Mention.post_id)
        .where(Mention.theme_id == theme_id)
    )
    return EvidenceCounts(*session.execute(statement).one())
