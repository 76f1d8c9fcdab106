"""A platform takes messages back: what they said goes from the store, and from every theme that told it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from review import theme_counts
from review.themes import typical_quotes
from store.repositories import intake, themes


def withdraw(session: Session, channel_id: str, keys: Collection[str]) -> int:
    """Empty the posts of these keys; the themes that held or quoted them are counted and quoted anew. How many posts.

    Posts that were recalled before, and keys that the channel does not know, change nothing.
    """
    post_ids = {post.id for post in intake.stored(session, channel_id, keys).values()}
    # Themes before mentions, as everybody locks who changes both.
    telling = themes.locked(session, intake.themes_telling(session, post_ids))
    gone = intake.withdraw(session, post_ids)
    session.flush()
    for theme in telling.values():
        kept = [quote for quote in theme.quotes if quote["post_id"] not in post_ids]
        theme.quotes = kept or typical_quotes(session, theme.id)
        theme.updated_at = datetime.now(UTC)
        theme_counts.recount(session, theme)
    return gone
