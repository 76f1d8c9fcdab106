"""Moves of mentions by people: what was where before, what is put where now, and what undo needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from store.expressions import changed, insert_new
from store.repositories.mentions import MentionFact
from store.tables import DecidedMention, Mention, MentionMove, MentionPin, MovedMention, Post

_SOME = 5_000  # keys in one statement: both databases limit the parameters
_NEWLY_PLACED = 0.5  # strength of a mention that had no theme: it belongs, and is not what the theme is quoted by


@dataclass(frozen=True, slots=True)
class Held:
    """A mention and where it is."""

    key: str
    theme_id: str | None
    strength: float
    dismissed: bool  # a person said that it belongs to no theme


def held(session: Session, keys: Collection[str]) -> tuple[Held, ...]:
    """Where these mentions are now, by key, locked until the transaction ends; unknown keys are left out."""
    found: list[Held] = []
    for some in _portions(keys):
        statement = select(Mention.key, Mention.theme_id, Mention.strength).where(Mention.key.in_(some))
        rows = session.execute(statement.order_by(Mention.key).with_for_update()).all()
        gone = dismissed(session, [key for key, theme, _ in rows if theme is None])  # read when the lock is held
        found.extend(Held(key, theme, strength, key in gone) for key, theme, strength in rows)
    return tuple(found)


def keys_of(session: Session, mention_ids: Collection[str]) -> list[str]:
    """The keys of these mentions; unknown ids are left out."""
    return [
        key
        for some in _portions(mention_ids)
        for key in session.scalars(select(Mention.key).where(Mention.id.in_(some)).order_by(Mention.key))
    ]


def dismissed(session: Session, keys: Collection[str]) -> set[str]:
    """Those of these mentions that a person said belong to no theme."""
    return {key for key, theme in _pins(session, keys).items() if theme is None}


def facts(session: Session, keys: Collection[str]) -> tuple[tuple[str, str | None, MentionFact], ...]:
    """(key, theme, what counts are made of) of these mentions."""
    found: list[tuple[str, str | None, MentionFact]] = []
    for some in _portions(keys):
        statement = (
            select(
                Mention.key,
                Mention.theme_id,
                Mention.intent,
                Mention.severity,
                Mention.post_id,
                Post.author_id,
                Post.posted_at,
            )
            .join(Post, Post.id == Mention.post_id)
            .where(Mention.key.in_(some))
            .order_by(Mention.id)
        )
        found.extend((row[0], row[1], MentionFact(*row[2:])) for row in session.execute(statement))
    return tuple(found)


def sample(session: Session, keys: Collection[str], *, limit: int) -> tuple[tuple[str | None, str], ...]:
    """(theme, text) of the most typical of these mentions, no text twice."""
    first: dict[str, tuple[float, str | None]] = {}
    for some in _portions(keys):
        statement = (
            select(Mention.text, func.max(Mention.strength), func.max(Mention.theme_id))
            .where(Mention.key.in_(some), Mention.text != "")
            .group_by(Mention.text)
            .order_by(func.max(Mention.strength).desc(), Mention.text)
            .limit(limit)
        )
        for text, strength, theme in session.execute(statement):
            first.setdefault(text, (strength, theme))
    best = sorted(first.items(), key=lambda item: (-item[1][0], item[0]))[:limit]
    return tuple((theme, text) for text, (_, theme) in best)


def note(session: Session, move: MentionMove, taken: Sequence[Held]) -> None:
    """Write down the move, and of every mention where it is, how it is pinned, and who remembers it."""
    keys = [one.key for one in taken]
    pins = _pins(session, keys)
    memory = _memory(session, keys)
    session.add(move)
    session.flush()
    rows = [
        {
            "move_id": move.id, "key": one.key, "from_theme": one.theme_id, "strength": one.strength,
            "was_pinned": one.key in pins, "pin_theme": pins.get(one.key), "remembered": memory.get(one.key, []),
        }
        for one in taken
    ]  # fmt: skip
    session.execute(insert(MovedMention), rows)


def place(session: Session, keys: Collection[str], target: str | None) -> int:
    """Put mentions into a theme (None: into none). How many."""
    strength = case((Mention.strength > 0, Mention.strength), else_=_NEWLY_PLACED) if target else 0.0
    placed = 0
    for some in _portions(keys):
        statement = update(Mention).where(Mention.key.in_(some)).values(theme_id=target, strength=strength)
        placed += changed(session, statement.execution_options(synchronize_session=False))
    return placed


def locked(session: Session, move_id: str) -> MentionMove | None:
    """The move, fresh, its row locked until the transaction ends."""
    statement = select(MentionMove).where(MentionMove.id == move_id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def moved(session: Session, move_id: str) -> tuple[MovedMention, ...]:
    """What the move changed, by key."""
    statement = select(MovedMention).where(MovedMention.move_id == move_id).order_by(MovedMention.key)
    return tuple(session.scalars(statement))


def undisturbed(session: Session, move: MentionMove) -> set[str]:
    """Keys of the moved mentions that nobody and nothing has put elsewhere since, locked until the transaction ends."""
    same_theme = Mention.theme_id.is_(None) if move.target is None else Mention.theme_id == move.target
    same_pin = MentionPin.theme_id.is_(None) if move.target is None else MentionPin.theme_id == move.target
    statement = (
        select(MovedMention.key)
        .join(Mention, Mention.key == MovedMention.key)
        .join(MentionPin, MentionPin.key == MovedMention.key)
        .where(MovedMention.move_id == move.id, same_theme, same_pin)
        .order_by(MovedMention.key)
        .with_for_update(of=Mention)
    )
    return set(session.scalars(statement))


def put_back(session: Session, rows: Sequence[MovedMention], home: Mapping[str | None, str | None]) -> None:
    """Every mention to the theme it came from, by way of `home`, as strong, pinned and remembered as it was."""
    by_home: dict[tuple[str | None, float], list[str]] = defaultdict(list)
    for row in rows:
        target = home[row.from_theme]
        by_home[target, row.strength if target else 0.0].append(row.key)
    for (target, strength), keys in by_home.items():
        for some in _portions(keys):
            statement = update(Mention).where(Mention.key.in_(some)).values(theme_id=target, strength=strength)
            session.execute(statement.execution_options(synchronize_session=False))
    for some in _portions([row.key for row in rows if not row.was_pinned]):
        session.execute(delete(MentionPin).where(MentionPin.key.in_(some)).execution_options(synchronize_session=False))
    memory = [
        {"theme_id": theme_id, "key": row.key, "strength": strength}
        for row in rows
        for theme_id, strength in row.remembered
    ]
    insert_new(session, DecidedMention, memory, unique=["theme_id", "key"])


def sizes(session: Session, theme_ids: Collection[str]) -> dict[str, int]:
    """How many mentions each of these themes holds, counted."""
    wanted = sorted(set(theme_ids))
    statement = select(Mention.theme_id, func.count()).where(Mention.theme_id.in_(wanted)).group_by(Mention.theme_id)
    return {theme: count for theme, count in session.execute(statement) if theme} if wanted else {}


def _pins(session: Session, keys: Collection[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for some in _portions(keys):
        rows = session.execute(select(MentionPin.key, MentionPin.theme_id).where(MentionPin.key.in_(some)))
        found.update({key: theme for key, theme in rows})  # noqa: C416 - rows are no tuples to mypy
    return found


def _memory(session: Session, keys: Collection[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for some in _portions(keys):
        statement = (
            select(DecidedMention.key, DecidedMention.theme_id, DecidedMention.strength)
            .where(DecidedMention.key.in_(some))
            .order_by(DecidedMention.key, DecidedMention.theme_id)
        )
        for key, theme_id, strength in session.execute(statement):
            found[key].append([theme_id, strength])
    return found


def _portions(keys: Collection[str]) -> Iterator[list[str]]:
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), _SOME):
        yield wanted[start : start + _SOME]
