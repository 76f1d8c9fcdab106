"""The audit log, for reading; review.audit writes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.paging import Keyset, Page, fetch_page
from store.tables import Event


def listed(
    session: Session,
    *,
    subject_type: str | None = None,
    subject_id: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    without: Iterable[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Event]:
    """Latest first. `since` is inclusive, `until` exclusive; `without` leaves actions out."""
    equal = {
        Event.subject_type: subject_type, Event.subject_id: subject_id, Event.actor: actor, Event.action: action,
    }  # fmt: skip
    statement = select(Event).where(*(column == value for column, value in equal.items() if value))
    left_out = sorted(set(without))
    if left_out:
        statement = statement.where(Event.action.not_in(left_out))
    if since:
        statement = statement.where(Event.at >= since)
    if until:
        statement = statement.where(Event.at < until)
    keyset = Keyset("events", Event.at, datetime, Event.id)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])


def latest_of(session: Session, subject_type: str, subject_id: str, *, actions: Collection[str] = ()) -> Event | None:
    """What was last done to a thing, or which of these actions was last done to it."""
    statement = (
        select(Event)
        .where(Event.subject_type == subject_type, Event.subject_id == subject_id)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(1)
    )
    if actions:
        statement = statement.where(Event.action.in_(sorted(actions)))
    return session.scalars(statement).first()
