"""Endpoints of other systems as pages show them: what they hear, how it arrives, what could not be delivered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.language import Translator
from review.outbound_events import EVENT_TYPES
from review.outgoing_urls import origin
from review.webhooks import ROTATION_HOURS
from store.repositories import deliveries, webhooks
from store.repositories.deliveries import DeliveryRow
from store.repositories.webhooks import DeliveryCounts
from store.tables import WebhookEndpoint

PAGE_SIZE: Final = 20
_WATCHED: Final = timedelta(seconds=30)  # a delivery that is due this soon is looked at again and again
_PATIENCE: Final = timedelta(seconds=20)  # one that is due this long has probably no worker


@dataclass(frozen=True, slots=True)
class EndpointCard:
    """An endpoint in the list."""

    id: str
    origin: str
    description: str
    active: bool
    reason: str
    insecure: bool
    failing_since: datetime | None
    events: tuple[str, ...]
    every_event: bool
    pending: int
    dead: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class EventChoice:
    """One event in the form."""

    type: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class DeliveryItem:
    """One delivery in the list."""

    id: str
    type: str
    status: str
    code: int | None
    error: str
    tries: int
    milliseconds: int | None
    at: datetime
    next_at: datetime | None
    live: bool
    unattended: bool


@dataclass(frozen=True, slots=True)
class DeliveriesView:
    """The deliveries of an endpoint, newest first."""

    endpoint_id: str
    status: str
    rows: tuple[DeliveryItem, ...]
    more: str


@dataclass(frozen=True, slots=True)
class EndpointView:
    """One endpoint, or a new one (`id` empty)."""

    id: str
    action: str
    url: str
    description: str
    active: bool
    reason: str
    insecure: bool
    failing_since: datetime | None
    choices: tuple[EventChoice, ...]
    version: int
    pending: int
    dead: int
    delivered: int
    rotation_hours: int
    deliveries: DeliveriesView | None


@dataclass(frozen=True, slots=True)
class AttemptItem:
    """One try."""

    at: datetime
    code: int | None
    error: str
    answer: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery with what is sent and every try."""

    item: DeliveryItem
    endpoint_id: str
    message_id: str
    body: str
    attempts: tuple[AttemptItem, ...]


def endpoint_cards(session: Session) -> tuple[EndpointCard, ...]:
    """All endpoints, oldest first."""
    counts = webhooks.delivery_counts(session)
    return tuple(
        _card(endpoint, counts.get(endpoint.id, DeliveryCounts())) for endpoint in webhooks.everything(session)
    )


def _card(endpoint: WebhookEndpoint, counts: DeliveryCounts) -> EndpointCard:
    return EndpointCard(
        id=endpoint.id,
        origin=origin(endpoint.url),
        description=endpoint.description,
        active=endpoint.active,
        reason=endpoint.disabled_reason,
        insecure=endpoint.url.startswith("http://"),
        failing_since=endpoint.failing_since,
        events=tuple(endpoint.event_types),
        every_event=set(endpoint.event_types) == set(EVENT_TYPES),
        pending=counts.pending,
        dead=counts.dead,
        last_at=counts.last_at,
    )


def new_endpoint() -> EndpointView:
    """An empty form."""
    choices = tuple(EventChoice(type_, chosen=False) for type_ in EVENT_TYPES)
    return EndpointView(
        "", "/integrations/webhooks/new", "", "", True, "", False, None, choices, 0, 0, 0, 0, ROTATION_HOURS, None
    )  # fmt: skip


def endpoint_view(
    session: Session, t: Translator, endpoint: WebhookEndpoint, *, status: str = "", cursor: str | None = None
) -> EndpointView:
    """One endpoint with its deliveries."""
    counts = webhooks.delivery_counts(session).get(endpoint.id, DeliveryCounts())
    return EndpointView(
        id=endpoint.id,
        action=f"/integrations/webhooks/{endpoint.id}",
        url=endpoint.url,
        description=endpoint.description,
        active=endpoint.active,
        reason=endpoint.disabled_reason,
        insecure=endpoint.url.startswith("http://"),
        failing_since=endpoint.failing_since,
        choices=tuple(EventChoice(type_, type_ in endpoint.event_types) for type_ in EVENT_TYPES),
        version=endpoint.version,
        pending=counts.pending,
        dead=counts.dead,
        delivered=counts.delivered,
        rotation_hours=ROTATION_HOURS,
        deliveries=deliveries_view(session, t, endpoint.id, status=status, cursor=cursor),
    )


def deliveries_view(
    session: Session, t: Translator, endpoint_id: str, *, status: str = "", cursor: str | None = None
) -> DeliveriesView:
    """The deliveries of an endpoint, newest first; `status` is "" or "dead"."""
    wanted = "dead" if status == "dead" else ""
    page = deliveries.listed(session, endpoint_id=endpoint_id, status=wanted or None, cursor=cursor, limit=PAGE_SIZE)
    pairs = {"status": wanted, "cursor": page.next_cursor or ""}
    query = urlencode({name: value for name, value in pairs.items() if value})
    return DeliveriesView(
        endpoint_id=endpoint_id,
        status=wanted,
        rows=tuple(delivery_item(t, row) for row in page.items),
        more=f"/integrations/webhooks/{endpoint_id}/deliveries?{query}" if page.next_cursor else "",
    )


def delivery_item(t: Translator, row: DeliveryRow) -> DeliveryItem:
    """A delivery in the list."""
    delivery = row.delivery
    due = delivery.due_at
    unattended = due is not None and t.now - due > _PATIENCE
    return DeliveryItem(
        id=delivery.id,
        type=row.message.type,
        status=delivery.status,
        code=delivery.last_code,
        error=t.either(f"webhook.error.{delivery.last_error}", delivery.last_error),
        tries=delivery.tries,
        milliseconds=delivery.last_milliseconds,
        at=delivery.updated_at if delivery.tries else delivery.created_at,
        next_at=due,
        live=due is not None and due - t.now < _WATCHED and not unattended,
        unattended=unattended,
    )


def delivery_view(session: Session, t: Translator, row: DeliveryRow) -> DeliveryView:
    """A delivery with what is sent, readable, and every try, latest first."""
    return DeliveryView(
        item=delivery_item(t, row),
        endpoint_id=row.delivery.endpoint_id,
        message_id=row.message.id,
        body=json.dumps(json.loads(row.message.body), ensure_ascii=False, indent=2),
        attempts=tuple(
            AttemptItem(
                attempt.at,
                attempt.code,
                t.either(f"webhook.error.{attempt.error}", attempt.error),
                attempt.answer,
                attempt.milliseconds,
            )
            for attempt in deliveries.attempts(session, row.delivery.id)
        ),
    )
