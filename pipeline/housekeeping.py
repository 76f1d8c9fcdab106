"""What is of no more use is swept away: stored answers to writes, delivered messages, drafts without ground."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pipeline.settings import Settings
from review.draft_expiry import Tidied, tidy
from store.database import Database
from store.repositories import deliveries, idempotency, webhooks

KEEP_ANSWERS: Final = timedelta(days=7)  # far longer than anybody repeats a write


@dataclass(frozen=True, slots=True)
class Swept:
    """How much went."""

    answers: int
    messages: int
    drafts: Tidied


def sweep(database: Database, settings: Settings, *, now: datetime | None = None) -> Swept:
    """Forget what nobody will ask for again. Safe at any time, from any number of workers."""
    now = now or datetime.now(UTC)
    with database.session() as session:
        answers = idempotency.forget(session, before=now - KEEP_ANSWERS)
    with database.session() as session:
        webhooks.forget_expired_secrets(session, now=now)
        messages = deliveries.forget_delivered(session, before=now - timedelta(days=settings.webhook_keep_days))
    with database.session() as session:
        days = settings.draft_expires_days
        tidied = tidy(session, oldest=timedelta(days=days) if days else None, now=now)
    return Swept(answers, messages, tidied)
