"""Counts over time for the page of insights: posts, people, needs, channels, intents, and how well themes fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select
from sqlalchemy.orm import Session

from store.expressions import epoch_seconds
from store.repositories.authors import PERSON
from store.repositories.posts import latest_at
from store.repositories.theme_filters import NEED_INTENTS
from store.tables import Channel, Draft, Event, Job, Mention, Post, Run, Theme

WEEK_SECONDS = 7 * 86_400

_NEEDS = Mention.intent.in_(NEED_INTENTS)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the posts reach in time; None where no post has one."""

    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class PostCount:
    """Posts of one stretch of time and the distinct people behind them."""

    posts: int
    people: int


@dataclass(frozen=True, slots=True)
class IntentCount:
    """Mentions of one intent in one stretch, how many stand in a theme, and how alike those are to it (0..1)."""

    stretch: int
    intent: str
    mentions: int
    placed: int
    strength: float | None


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """What came by one channel in one stretch. `posts_with_needs`: those with a pain, a request or a question."""

    channel_id: str
    name: str
    stretch: int
    posts: int
    people: int
    posts_with_needs: int


@dataclass(frozen=True, slots=True)
class Fit:
    """How mentions of needs found their themes: by the last run, or one by one since."""

    placed_by: str
    mentions: int
    placed: int
    strength: float | None


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One run, and how well its themes fitted as it noted itself (None where it did not)."""

    id: str
    created_at: datetime
    encoder: dict[str, Any]
    posts: int
    mentions: int
    themes: int
    placed_share: float | None
    strength: float | None


def reach(session: Session) -> Reach:
    """The first and the last moment at which a post was written."""
    return Reach(session.scalar(select(func.min(Post.posted_at))), latest_at(session))


def _within(since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(Post.posted_at >= since, Post.posted_at < until)


def _stretches(since: datetime, until: datetime, seconds: int) -> Iterator[tuple[int, ColumnElement[bool]]]:
    """The number of every stretch of `seconds` from `since` on, and what holds of its posts; the last may end early.

    Asked one by one, each is answered from a range of an index of posts; told apart by their number in one query,
    every post would be put into its stretch and sorted there, which takes twice as long.
    """
    length, first, last = timedelta(seconds=seconds), since.astimezone(UTC), until.astimezone(UTC)
    for number in range(-((first - last) // length)):
        begin = first + number * length
        yield number, _within(begin, min(begin + length, last))


def posts_by_stretch(session: Session, since: datetime, until: datetime, *, seconds: int) -> dict[int, PostCount]:
    """Posts and people of every stretch of `seconds` from `since` on; empty stretches are left out."""
    found = {}
    for number, within in _stretches(since, until, seconds):
        posts, people = session.execute(select(func.count(), func.count(PERSON.distinct())).where(within)).one()
        if posts:
            found[number] = PostCount(posts, people)
    return found


def intents_by_stretch(session: Session, since: datetime, until: datetime, *, seconds: int) -> tuple[IntentCount, ...]:
    """Mentions of every intent in every stretch, in the order of time."""
    placed = Mention.theme_id.is_not(None)
    found = []
    for number, within in _stretches(since, until, seconds):
        statement = (
            select(Mention.intent, func.count(), *_fit(placed))
            .select_from(Post)
            .join(Mention, Mention.post_id == Post.id)
            .where(within)
            .group_by(Mention.intent)
            .order_by(Mention.intent)
        )
        found += [
            IntentCount(number, intent, mentions, int(fitting), strength)
            for intent, mentions, fitting, strength in session.execute(statement)
        ]
    return tuple(found)


def _fit(placed: ColumnElement[bool]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """How many are placed, and their mean strength."""
    return func.sum(case((placed, 1), else_=0)), func.avg(case((placed, Mention.strength)))


def channels_by_stretch(
    session: Session, since: datetime, until: datetime, *, seconds: int
) -> tuple[ChannelCount, ...]:
    """Every channel in every stretch it was heard in."""
    needs = select(Mention.id).where(Mention.post_id == Post.id, _NEEDS).correlate(Post).exists()
    found = []
    for number, within in _stretches(since, until, seconds):
        counted = (
            select(
                Post.channel_id.label("channel_id"), func.count().label("posts"),
                func.count(PERSON.distinct()).label("people"), func.sum(case((needs, 1), else_=0)).label("needs"),
            )
            .where(within)
            .group_by(Post.channel_id)
            .subquery()
        )  # fmt: skip
        statement = (
            select(counted, Channel.name)
            .join(Channel, Channel.id == counted.c.channel_id)
            .order_by(counted.c.posts.desc(), Channel.name)
        )
        found += [
            ChannelCount(channel_id, name, number, posts, people, int(with_needs))
            for channel_id, posts, people, with_needs, name in session.execute(statement)
        ]
    return tuple(found)


def theme_people(session: Session, since: datetime, until: datetime, *, seconds: int) -> dict[str, dict[int, int]]:
    """Active theme of needs -> number of the stretch -> distinct people who voiced it then."""
    active = frozenset(
        session.scalars(select(Theme.id).where(Theme.status == "active", Theme.intent.in_(NEED_INTENTS)))
    )
    found: dict[str, dict[int, int]] = {}
    for number, within in _stretches(since, until, seconds):
        statement = (
            select(Mention.theme_id, func.count(PERSON.distinct()))
            .select_from(Post)
            .join(Mention, Mention.post_id == Post.id)
            .where(within, _NEEDS)
            .group_by(Mention.theme_id)
        )
        for theme_id, people in session.execute(statement):
            if theme_id in active:
                found.setdefault(theme_id, {})[number] = people
    return found


def people_of_themes(
    session: Session, since: datetime, until: datetime, *, seconds: int, theme_ids: Collection[str]
) -> dict[str, dict[int, int]]:
    """As `theme_people`, of these few themes: it is their mentions that are read, not those of the time."""
    stretch = ((epoch_seconds(Post.posted_at) - int(since.timestamp())) // seconds).label("stretch")
    statement = (
        select(Mention.theme_id, stretch, func.count(PERSON.distinct()))
        .select_from(Post)
        .join(Mention, Mention.post_id == Post.id)
        .where(_within(since, until), _NEEDS, Mention.theme_id.in_(sorted(theme_ids)))
        .group_by(Mention.theme_id, stretch)
    )
    found: dict[str, dict[int, int]] = {}
    for theme_id, number, people in session.execute(statement):
        found.setdefault(theme_id or "", {})[int(number)] = people
    return found


def fits(session: Session) -> tuple[Fit, ...]:
    """Mentions of needs by who placed them: the last run, or assignment since."""
    placed = Mention.theme_id.is_not(None)
    statement = (
        select(Mention.placed_by, func.count(), *_fit(placed))
        .where(_NEEDS)
        .group_by(Mention.placed_by)
        .order_by(Mention.placed_by)
    )
    return tuple(Fit(by, mentions, int(fitting), mean) for by, mentions, fitting, mean in session.execute(statement))


def run_figures(session: Session, *, limit: int) -> tuple[RunFigures, ...]:
    """The latest runs, latest first."""
    statement: Select[tuple[Run, dict[str, Any] | None]] = (
        select(Run, Job.result)
        .outerjoin(Job, Job.id == func.coalesce(Run.job_id, literal("")))
        .order_by(Run.created_at.desc(), Run.id.desc())
        .limit(limit)
    )
    return tuple(_figures(run, result or {}) for run, result in session.execute(statement))


def _figures(run: Run, result: dict[str, Any]) -> RunFigures:
    return RunFigures(
        id=run.id,
        created_at=run.created_at,
        encoder=run.encoder,
        posts=run.posts,
        mentions=run.mentions,
        themes=run.themes,
        placed_share=_number(result.get("needs_placed_share")),
        strength=_number(result.get("mean_strength")),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def fit_of_run(session: Session, run_id: str) -> Fit:
    """How the mentions of needs of this run fit, as they stand now."""
    placed = Mention.theme_id.is_not(None)
    row = session.execute(select(func.count(), *_fit(placed)).where(Mention.run_id == run_id, _NEEDS)).one()
    return Fit("run", row[0], int(row[1] or 0), row[2])


def stamp(session: Session) -> tuple[object, ...]:
    """Changes whenever any of the figures may have: a few counts from indexes.

    Posts and mentions come and go, runs begin anew, jobs end with a result, replies are drafted; whatever else people
    do to them, or the system does to drafts, is a line of the log. Counts rather than latest ids: of two that are
    written at once, the one born first may be seen last. Ask for it before the figures, not after.
    """
    return (
        *(session.scalar(select(func.count()).select_from(table)) for table in (Post, Mention, Run, Draft, Event)),
        session.scalar(select(func.count()).where(Job.finished_at.is_not(None))),
        session.scalar(select(func.max(Theme.updated_at))),
    )
