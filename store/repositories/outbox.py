"""Events that other systems have not been told of yet."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from store.tables import Event, OutboxEntry

HOPELESS = 20  # failures to handle an event, after which it waits for a person


def next_event(session: Session) -> Event | None:
    """The oldest event to tell of, held until the transaction ends; others meanwhile take the next ones."""
    statement = (
        select(OutboxEntry)
        .where(OutboxEntry.tries < HOPELESS)
        .order_by(OutboxEntry.tries, OutboxEntry.event_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=OutboxEntry)
    )
    entry = session.scalars(statement).first()
    return session.get_one(Event, entry.event_id) if entry is not None else None


def handled(session: Session, event_id: str) -> None:
    """Everyone has been told."""
    session.execute(delete(OutboxEntry).where(OutboxEntry.event_id == event_id))


def failed(session: Session, event_id: str) -> None:
    """It could not be handled; younger events go first from now on."""
    session.execute(update(OutboxEntry).where(OutboxEntry.event_id == event_id).values(tries=OutboxEntry.tries + 1))


def waiting(session: Session) -> int:
    """How many events wait to be told, without those that could not be."""
    return session.scalar(select(func.count()).select_from(OutboxEntry).where(OutboxEntry.tries < HOPELESS)) or 0
