"""What was heard in a span of time: posts, people, channels, and the themes they spoke of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.repositories.authors import PERSON
from store.repositories.theme_filters import NEED_INTENTS
from store.tables import Mention, Post, Theme


@dataclass(frozen=True, slots=True)
class Heard:
    """Plain counts over the posts written in the span."""

    posts: int
    people: int
    channels: int
    mentions: int  # that carry a need


@dataclass(frozen=True, slots=True)
class ThemeHeard:
    """A theme and how many people voiced it in the span and in the span before."""

    theme_id: str
    name: str
    people: int
    before: int
    new: bool  # nobody had spoken of it before the span


def heard(session: Session, since: datetime, until: datetime) -> Heard:
    """The counts of the span."""
    within = (Post.posted_at >= since, Post.posted_at < until)
    posts = select(func.count(Post.id), func.count(PERSON.distinct()), func.count(Post.channel_id.distinct())).where(
        *within
    )
    needs = (
        select(func.count(Mention.id))
        .join(Post, Post.id == Mention.post_id)
        .where(*within, Mention.intent.in_(NEED_INTENTS))
    )
    count, people, channels = session.execute(posts).one()
    return Heard(count, people, channels, session.scalar(needs) or 0)


def themes_heard(session: Session, since: datetime, until: datetime, *, limit: int = 500) -> tuple[ThemeHeard, ...]:
    """Active themes that people voiced in the span, most people first; the span before is as long."""
    before = _people_by_theme(session, since - (until - since), since)
    now = _people_by_theme(session, since, until)
    leading = sorted(now, key=lambda theme_id: (-now[theme_id], theme_id))[:limit]
    rows = session.execute(
        select(Theme.id, Theme.name, Theme.first_seen).where(Theme.id.in_(leading), Theme.status == "active")
    )
    found = [
        ThemeHeard(
            theme_id, name, now[theme_id], before.get(theme_id, 0), new=first_seen is not None and first_seen >= since
        )
        for theme_id, name, first_seen in rows
    ]
    return tuple(sorted(found, key=lambda theme: (-theme.people, theme.theme_id)))


def months(session: Session) -> tuple[datetime | None, datetime | None]:
    """When the first and the last post was written."""
    first, last = session.execute(select(func.min(Post.posted_at), func.max(Post.posted_at))).one()
    return first, last


def _people_by_theme(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    statement = (
        select(Mention.theme_id, func.count(PERSON.distinct()))
        .join(Post, Post.id == Mention.post_id)
        .where(
            Post.posted_at >= since,
            Post.posted_at < until,
            Mention.theme_id.is_not(None),
            Mention.intent.in_(NEED_INTENTS),
        )
        .group_by(Mention.theme_id)
    )
    return {theme_id or "": people for theme_id, people in session.execute(statement)}
