"""Mentions: what a theme holds, in people's words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from store.aliases import alias_of
from store.expressions import changed, insert_new, substring
from store.paging import Keyset, Page, fetch_page
from store.repositories.theme_filters import NEED_INTENTS
from store.tables import Channel, DecidedMention, Mention, MentionPin, Post


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A mention with the post it was made in."""

    mention: Mention
    post: Post
    channel_name: str

    @property
    def author_alias(self) -> str:
        return alias_of(self.post.author_id)


@dataclass(frozen=True, slots=True)
class MentionFact:
    """What the counts of a theme are made of."""

    intent: str
    severity: float
    post_id: str
    author_id: str | None
    posted_at: datetime | None


def of_theme(
    session: Session,
    theme_id: str,
    *,
    intent: str | None = None,
    channel: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[MentionRow]:
    """Most typical first."""
    statement = (
        select(Mention, Post, Channel.name)
        .join(Post, Post.id == Mention.post_id)
        .join(Channel, Channel.id == Post.channel_id)
        .where(Mention.theme_id == theme_id)
    )
    if intent:
        statement = statement.where(Mention.intent == intent)
    if channel:
        statement = statement.where(Post.channel_id == channel)
    if q:
        statement = statement.where(substring(q, Mention.text))
    keyset = Keyset("mentions", Mention.strength, float, Mention.id)
    return fetch_page(
        session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: MentionRow(row[0], row[1], row[2])
    )


def of_post(session: Session, post_id: str) -> tuple[Mention, ...]:
    """In the order of the text."""
    return tuple(session.scalars(select(Mention).where(Mention.post_id == post_id).order_by(Mention.ordinal)))


def by_ids(session: Session, mention_ids: Iterable[str]) -> tuple[Mention, ...]:
    """Unknown ids are left out."""
    wanted = sorted(set(mention_ids))
    return tuple(session.scalars(select(Mention).where(Mention.id.in_(wanted)).order_by(Mention.id)))


def facts_of_theme(session: Session, theme_id: str) -> tuple[MentionFact, ...]:
    """Everything needed to recount a theme."""
    statement = (
        select(Mention.intent, Mention.severity, Mention.post_id, Post.author_id, Post.posted_at)
        .join(Post, Post.id == Mention.post_id)
        .where(Mention.theme_id == theme_id)
        .order_by(Mention.id)
    )
    return tuple(MentionFact(*row) for row in session.execute(statement))


def keyed_facts_of_theme(session: Session, theme_id: str) -> tuple[tuple[str, MentionFact], ...]:
    """As `facts_of_theme`, each with the key of its mention."""
    statement = (
        select(Mention.key, Mention.intent, Mention.severity, Mention.post_id, Post.author_id, Post.posted_at)
        .join(Post, Post.id == Mention.post_id)
        .where(Mention.theme_id == theme_id)
        .order_by(Mention.id)
    )
    return tuple((row[0], MentionFact(*row[1:])) for row in session.execute(statement))


def move(session: Session, *, source: str, target: str | None) -> int:
    """Everything a theme holds goes to another (None: to none). How many mentions moved."""
    statement = update(Mention).where(Mention.theme_id == source).values(theme_id=target)
    return changed(session, statement)


def move_keys(session: Session, keys: Sequence[str], *, source: str, target: str) -> int:
    """The mentions of these keys that one theme holds go to another. How many moved."""
    moved = 0
    for start in range(0, len(keys), 5_000):
        some = keys[start : start + 5_000]
        moved += changed(
            session,
            update(Mention).where(Mention.theme_id == source, Mention.key.in_(some)).values(theme_id=target),
        )
    return moved


def pin(session: Session, keys: Iterable[str], theme_id: str | None, *, now: datetime) -> None:
    """Say for good where these mentions belong; an earlier pin gives way."""
    wanted = sorted(set(keys))
    rows = [{"key": key, "theme_id": theme_id, "created_at": now} for key in wanted]
    insert_new(session, MentionPin, rows, unique=["key"])
    for start in range(0, len(wanted), 5_000):
        some = wanted[start : start + 5_000]
        session.execute(update(MentionPin).where(MentionPin.key.in_(some)).values(theme_id=theme_id, created_at=now))


def pins(session: Session) -> dict[str, str | None]:
    """Every pin: mention key -> theme id, None for no theme."""
    return dict(session.execute(select(MentionPin.key, MentionPin.theme_id)).all())


def held_by(session: Session, theme_ids: Collection[str]) -> dict[str, str | None]:
    """Mention key -> theme id, of all that these themes hold."""
    statement = select(Mention.key, Mention.theme_id).where(Mention.theme_id.in_(sorted(theme_ids)))
    return dict(session.execute(statement).all()) if theme_ids else {}


def unplaced(session: Session) -> frozenset[str]:
    """Keys of the mentions that the last run left without a theme."""
    return frozenset(session.scalars(select(Mention.key).where(Mention.theme_id.is_(None), Mention.placed_by == "run")))


def pending(session: Session) -> int:
    """How many mentions came since the last run, carry a need and fit no theme: the next run mines them."""
    statement = select(func.count()).where(
        Mention.placed_by == "assignment", Mention.theme_id.is_(None), Mention.intent.in_(NEED_INTENTS)
    )
    return session.scalar(statement) or 0


def by_intent(session: Session) -> dict[str, int]:
    """How many mentions do what."""
    rows = session.execute(select(Mention.intent, func.count()).group_by(Mention.intent)).all()
    return {intent: count for intent, count in rows}  # noqa: C416 - rows are no tuples to mypy


def arrived(session: Session, theme_id: str) -> int:
    """How many mentions of a theme came since the last run."""
    statement = select(func.count()).where(Mention.theme_id == theme_id, Mention.placed_by == "assignment")
    return session.scalar(statement) or 0


def remember(session: Session, theme_id: str) -> None:
    """Note what a theme holds now, before a person's merge or dismissal takes it away."""
    held = session.execute(select(Mention.key, Mention.strength).where(Mention.theme_id == theme_id))
    rows = [{"theme_id": theme_id, "key": key, "strength": strength} for key, strength in dict(held.all()).items()]
    insert_new(session, DecidedMention, rows, unique=["theme_id", "key"])


def bring_back(session: Session, theme_id: str, *, from_theme: str | None) -> int:
    """Undo: what the theme was remembered to hold and is now at `from_theme` returns, as strong as it was.

    Pins made since stand: a mention that a person put elsewhere is not at `from_theme` any more. How many returned.
    """
    remembered = select(DecidedMention.key).where(DecidedMention.theme_id == theme_id)
    strength = (
        select(DecidedMention.strength)
        .where(DecidedMention.theme_id == theme_id, DecidedMention.key == Mention.key)
        .scalar_subquery()
    )
    here = Mention.theme_id.is_(None) if from_theme is None else Mention.theme_id == from_theme
    statement = (
        update(Mention)
        .where(here, Mention.key.in_(remembered))
        .values(theme_id=theme_id, strength=strength)
        .execution_options(synchronize_session=False)
    )
    return changed(session, statement)


def forget(session: Session, theme_id: str, *, carriers: Iterable[str]) -> None:
    """A theme is restored: its memory goes, and what `carriers` (where it had gone) remember of what it now holds."""
    keys = select(Mention.key).where(Mention.theme_id == theme_id)
    passed_on = and_(DecidedMention.theme_id.in_(sorted(set(carriers))), DecidedMention.key.in_(keys))
    session.execute(
        delete(DecidedMention)
        .where(or_(DecidedMention.theme_id == theme_id, passed_on))
        .execution_options(synchronize_session=False)
    )


def forget_keys(session: Session, keys: Sequence[str]) -> None:
    """A person decided anew about these mentions: no earlier merge brings them back any more."""
    for start in range(0, len(keys), 5_000):
        some = keys[start : start + 5_000]
        session.execute(
            delete(DecidedMention).where(DecidedMention.key.in_(some)).execution_options(synchronize_session=False)
        )


def first_authors(session: Session, theme_id: str, *, limit: int) -> tuple[str, ...]:
    """Who said it first: author ids by their first post, earliest first; posts without a time come last."""
    first = func.min(Post.posted_at)
    statement = (
        select(Post.author_id)
        .join(Mention, Mention.post_id == Post.id)
        .where(Mention.theme_id == theme_id, Post.author_id.is_not(None))
        .group_by(Post.author_id)
        .order_by(first.asc().nulls_last(), Post.author_id)
        .limit(limit)
    )
    return tuple(author for author in session.scalars(statement) if author)


def typical(session: Session, theme_id: str, *, limit: int) -> tuple[Mention, ...]:
    """The most typical mentions, one a post."""
    statement = (
        select(Mention)
        .where(Mention.theme_id == theme_id)
        .order_by(Mention.strength.desc(), Mention.id)
        .limit(limit * 5)
    )
    by_post: dict[str, Mention] = {}
    for mention in session.scalars(statement):
        by_post.setdefault(mention.post_id, mention)
    return tuple(by_post.values())[:limit]
