"""Events that other systems have not been told of yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from store.tables import Event, OutboxEntry

HOPELESS = 20  # failures to handle an event, after which it waits for a person


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Events of these actions are told only when they are older than this: until then they may be taken back."""

    actions: frozenset[str]
    before: datetime


def next_event(session: Session, held: HeldBack) -> Event | None:
    """The oldest event to tell of, held until the transaction ends; others meanwhile take the next ones."""
    statement = (
        select(OutboxEntry)
        .join(Event, Event.id == OutboxEntry.event_id)
        .where(*_due(held))
        .order_by(OutboxEntry.tries, OutboxEntry.event_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=OutboxEntry)
    )
    entry = session.scalars(statement).first()
    return session.get_one(Event, entry.event_id) if entry is not None else None


def is_waiting(session: Session, held: HeldBack) -> bool:
    """Whether an event waits to be told."""
    due = select(OutboxEntry.event_id).join(Event, Event.id == OutboxEntry.event_id).where(*_due(held))
    return session.scalar(due.limit(1)) is not None


def _due(held: HeldBack) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxEntry.tries < HOPELESS,
        or_(Event.action.not_in(sorted(held.actions)), Event.at <= held.before),
    )


def handled(session: Session, event_id: str) -> None:
    """Everyone has been told."""
    session.execute(delete(OutboxEntry).where(OutboxEntry.event_id == event_id))


def failed(session: Session, event_id: str) -> None:
    """It could not be handled; younger events go first from now on."""
    session.execute(update(OutboxEntry).where(OutboxEntry.event_id == event_id).values(tries=OutboxEntry.tries + 1))


def waiting(session: Session) -> int:
    """How many events wait to be told, those held back included, without those that could not be told."""
    return session.scalar(select(func.count()).select_from(OutboxEntry).where(OutboxEntry.tries < HOPELESS)) or 0
