"""Replies that have left for other systems, which cannot be taken back in silence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from store.tables import Draft, Event, WebhookDelivery, WebhookEndpoint, WebhookMessage

REPLY_TYPE: Final = "draft.approved"
_STANDING: Final = ("approved", "edited")  # may still be taken back


@dataclass(frozen=True, slots=True)
class SentReply:
    """The message that a standing decision led to."""

    draft_id: str
    event_id: str  # of the decision
    message_id: str
    at: datetime


def of_drafts(session: Session, draft_ids: Collection[str]) -> dict[str, SentReply]:
    """Those of these drafts whose reply, as it was decided last, has been handed over to be sent; by id."""
    statement = (
        select(Draft.id, Event.id, WebhookMessage.id, WebhookMessage.created_at)
        .join(WebhookMessage, WebhookMessage.subject_id == Draft.id)
        .join(Event, Event.id == WebhookMessage.event_id)
        .where(
            Draft.id.in_(sorted(draft_ids)),
            Draft.status.in_(_STANDING),
            WebhookMessage.type == REPLY_TYPE,
            Event.at >= Draft.decided_at,
        )
    )
    return {row[0]: SentReply(*row) for row in session.execute(statement)} if draft_ids else {}


def receivers(session: Session, message_id: str) -> tuple[WebhookEndpoint, ...]:
    """The endpoints a message went to, as far as they are there still."""
    statement = (
        select(WebhookEndpoint)
        .join(WebhookDelivery, WebhookDelivery.endpoint_id == WebhookEndpoint.id)
        .where(WebhookDelivery.message_id == message_id)
        .order_by(WebhookEndpoint.id)
    )
    return tuple(session.scalars(statement))


def may_be_taken_back() -> ColumnElement[bool]:
    """The message carries a reply whose decision stands and is not published: what is known of it is needed still."""
    return exists().where(
        WebhookMessage.type == REPLY_TYPE, Draft.id == WebhookMessage.subject_id, Draft.status.in_(_STANDING)
    )
