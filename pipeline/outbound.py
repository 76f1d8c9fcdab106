"""From the audit log to other systems: every event of interest becomes messages to those who listen, exactly once.

The event lies in the outbox since the transaction that wrote it. One transaction here writes the messages, wakes the
connectors and clears the outbox, so that dying anywhere loses nothing and doubles nothing, however many workers look.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.orm import Session

from pipeline.payloads import messages_of
from pipeline.settings import Settings
from review.outbound_events import REPLY_ACTIONS, message_body
from review.thresholds import note_threshold
from store.database import Database
from store.repositories import connectors, deliveries, outbox, webhooks
from store.repositories.deliveries import NewMessage
from store.repositories.outbox import HeldBack
from store.tables import Event

# After these a proposal may have enough votes.
_COUNTED: Final = frozenset({"vote.cast", "vote.restored", "proposal.merged"})

log = structlog.get_logger()


def relay(database: Database, settings: Settings, *, limit: int = 500) -> int:
    """Tell of up to `limit` events, the oldest first; how many were told. An event that fails is left for later."""
    for told in range(limit):
        held = HeldBack(REPLY_ACTIONS, datetime.now(UTC) - timedelta(seconds=settings.approval_grace))
        with database.session(readonly=True) as session:  # on SQLite a look must not wait for writers
            if not outbox.is_waiting(session, held):
                return told
        event_id = ""
        try:
            with database.session() as session:
                event = outbox.next_event(session, held)
                if event is None:
                    return told
                event_id = event.id
                tell(session, event, settings)
                outbox.handled(session, event_id)
        except Exception:
            log.exception("telling of an event failed", event_id=event_id)
            with database.session() as session:
                outbox.failed(session, event_id)
            return told  # at the next look the others go first
    return limit


def tell(session: Session, event: Event, settings: Settings) -> None:
    """Write the messages an event leads to and their deliveries; wake connectors; note a threshold that is reached."""
    now = datetime.now(UTC)
    listening = {endpoint.id: frozenset(endpoint.event_types) for endpoint in webhooks.listening(session)}
    if listening:
        deliveries.send(session, _addressed(session, event, listening), now=now)
    if event.subject_type == "proposal":
        connectors.want(session, event.subject_id, now=now)
    if event.action in _COUNTED:
        _note_threshold(session, event, settings.vote_threshold)


def _addressed(session: Session, event: Event, listening: Mapping[str, frozenset[str]]) -> list[NewMessage]:
    """The messages of an event that somebody wants, one of a type and subject."""
    addressed: dict[tuple[str, str], NewMessage] = {}
    for message in messages_of(session, event):
        wanted = tuple(endpoint for endpoint, types in listening.items() if message.type in types)
        if wanted:
            body = message_body(message.type, event.at, message.data)
            addressed.setdefault(
                (message.type, message.subject_id),
                NewMessage(message.type, message.subject_id, body, event.id, wanted),
            )
    return list(addressed.values())


def _note_threshold(session: Session, event: Event, threshold: int) -> None:
    grown = (event.after or {}).get("merged_into") or event.subject_id
    note_threshold(session, grown, threshold=threshold)
