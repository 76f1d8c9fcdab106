"""What grows and is of no more use is swept away: stored answers to repeated writes, delivered messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pipeline.settings import Settings
from store.database import Database
from store.repositories import deliveries, idempotency, webhooks

KEEP_ANSWERS: Final = timedelta(days=7)  # far longer than anybody repeats a write


@dataclass(frozen=True, slots=True)
class Swept:
    """How much went."""

    answers: int
    messages: int


def sweep(database: Database, settings: Settings, *, now: datetime | None = None) -> Swept:
    """Forget what nobody will ask for again. Safe at any time, from any number of workers."""
    now = now or datetime.now(UTC)
    with database.session() as session:
        answers = idempotency.forget(session, before=now - KEEP_ANSWERS)
    with database.session() as session:
        webhooks.forget_expired_secrets(session, now=now)
        messages = deliveries.forget_delivered(session, before=now - timedelta(days=settings.webhook_keep_days))
    return Swept(answers, messages)
