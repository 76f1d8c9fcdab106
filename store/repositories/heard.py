"""What was heard in a span of time: posts, people, channels, and the themes they spoke of."""

from __future__ import annotations

from collections.abc import Mapping
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
class Voiced:
    """Mentions that carry a need in a span, and the people of each theme that was voiced."""

    mentions: int
    people: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ThemeHeard:
    """A theme and how many people voiced it in the span and in the span before."""

    theme_id: str
    name: str
    people: int
    before: int
    new: bool  # nobody had spoken of it before the span


def voiced(session: Session, since: datetime, until: datetime) -> Voiced:
    """What people asked for in the span, in one pass over its posts."""
    statement = (
        select(Mention.theme_id, func.count(), func.count(PERSON.distinct()))
        .select_from(Post)
        .join(Mention, Mention.post_id == Post.id)
        .where(Post.posted_at >= since, Post.posted_at < until, Mention.intent.in_(NEED_INTENTS))
        .group_by(Mention.theme_id)
    )
    rows = session.execute(statement).all()
    return Voiced(
        mentions=sum(mentions for _, mentions, _ in rows),
        people={theme_id: people for theme_id, _, people in rows if theme_id is not None},
    )


def heard(session: Session, since: datetime, until: datetime, said: Voiced) -> Heard:
    """The counts of the span, in which this was voiced."""
    posts = select(func.count(Post.id), func.count(PERSON.distinct()), func.count(Post.channel_id.distinct()))
    count, people, channels = session.execute(posts.where(Post.posted_at >= since, Post.posted_at < until)).one()
    return Heard(count, people, channels, said.mentions)


def themes_heard(
    session: Session, since: datetime, said: Voiced, before: Voiced, *, limit: int = 500
) -> tuple[ThemeHeard, ...]:
    """Active themes that people voiced in the span that began at `since`, most people first."""
    leading = sorted(said.people, key=lambda theme_id: (-said.people[theme_id], theme_id))[:limit]
    rows = session.execute(
        select(Theme.id, Theme.name, Theme.first_seen).where(Theme.id.in_(leading), Theme.status == "active")
    )
    found = [
        ThemeHeard(
            theme_id,
            name,
            said.people[theme_id],
            before.people.get(theme_id, 0),
            new=first_seen is not None and first_seen >= since,
        )
        for theme_id, name, first_seen in rows
    ]
    return tuple(sorted(found, key=lambda theme: (-theme.people, theme.theme_id)))
