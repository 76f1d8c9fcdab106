"""The audit log: one line for everything that was done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from review.outbound_events import leaves
from review.principals import Principal
from store.ids import new_id
from store.tables import Event, OutboxEntry


def record(
    session: Session,
    principal: Principal,
    action: str,
    subject_type: str,
    subject_id: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
) -> Event:
    """Add one line, e.g. ``("theme.renamed", "theme", "thm_…", before={"name": …}, after={"name": …})``."""
    event = Event(
        id=new_id("event"),
        at=datetime.now(UTC),
        actor=principal.id,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        before=before,
        after=after,
        note=note,
    )
    session.add(event)
    if leaves(action):  # in the same transaction: what happened is told, what was rolled back is not
        session.add(OutboxEntry(event=event))
    return event
