"""Endpoints of other systems, what is sent to them, and what came back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.fields import Input, Output, Versioned
from review.outbound_events import EVENT_TYPES
from store.repositories.webhooks import DeliveryCounts
from store.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage

EventType = Annotated[str, Field(json_schema_extra={"enum": list(EVENT_TYPES)})]
EventTypes = Annotated[list[EventType], Field(min_length=1, max_length=len(EVENT_TYPES))]
Address = Annotated[
    str,
    Field(min_length=8, max_length=2_000, pattern=r"^https?://[^\x00-\x20\x7f]+$", description="https, or http"),
]
Description = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
DeliveryStatus = Literal["pending", "delivered", "dead"]


class EndpointOut(Output):
    """An address of another system, and the events it wants to hear of."""

    id: str
    url: str
    description: str
    event_types: list[str]
    active: bool
    disabled_reason: Literal["", "gone", "failing"] = Field(
        description="Why the service turned it off: it answered 410, or failed for days; empty where it did not"
    )
    failing_since: datetime | None = Field(description="The first failure since the last success")
    pending: int = Field(description="Deliveries on their way")
    dead: int = Field(description="Deliveries given up, which can be replayed")
    version: int
    created_at: datetime
    updated_at: datetime


class EndpointCreated(EndpointOut):
    """An endpoint with its new signing secret, which nobody can show again."""

    secret: str = Field(description="For `standardwebhooks` and its like; begins with whsec_")


class EndpointIn(Input):
    """An endpoint to send to."""

    url: Address
    event_types: EventTypes
    description: Description = ""


class EndpointChange(Versioned):
    """What is left out stays; `active: true` forgets why it was turned off."""

    url: Address | None = None
    event_types: EventTypes | None = None
    description: Description | None = None
    active: bool | None = None


class EndpointAction(Versioned):
    """Something done to the endpoint as you saw it."""


class EndpointRemoved(Output):
    """The endpoint is gone."""

    id: str
    removed: Literal[True] = True


class AttemptOut(Output):
    """One try and what came back."""

    at: datetime
    milliseconds: int
    code: int | None = Field(description="The HTTP status; null where there was no answer")
    error: str
    answer: str = Field(description="The beginning of the body, where the answer was not good")


class DeliveryOut(Output):
    """One message on its way to one endpoint."""

    id: str
    endpoint_id: str
    message_id: str = Field(description="The `webhook-id`, the same in every try")
    type: str
    status: DeliveryStatus
    tries: int = Field(description="Since it was made or last replayed")
    next_try_at: datetime | None
    last_code: int | None
    last_error: str
    created_at: datetime
    updated_at: datetime


class DeliveryDetails(DeliveryOut):
    """With what is sent, and every try."""

    body: dict[str, Any]
    attempts: list[AttemptOut]


class ReplayedOut(Output):
    """How many dead deliveries are on their way again."""

    replayed: int


def endpoint_fields(endpoint: WebhookEndpoint, counts: DeliveryCounts | None) -> dict[str, Any]:
    """The fields of an endpoint as it is sent."""
    counted = counts or DeliveryCounts()
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": endpoint.event_types,
        "active": endpoint.active,
        "disabled_reason": endpoint.disabled_reason,
        "failing_since": endpoint.failing_since,
        "pending": counted.pending,
        "dead": counted.dead,
        "version": endpoint.version,
        "created_at": endpoint.created_at,
        "updated_at": endpoint.updated_at,
    }


def delivery_fields(delivery: WebhookDelivery, message: WebhookMessage) -> dict[str, Any]:
    """The fields of a delivery as it is sent."""
    return {
        "id": delivery.id,
        "endpoint_id": delivery.endpoint_id,
        "message_id": message.id,
        "type": message.type,
        "status": delivery.status,
        "tries": delivery.tries,
        "next_try_at": delivery.due_at,
        "last_code": delivery.last_code,
        "last_error": delivery.last_error,
        "created_at": delivery.created_at,
        "updated_at": delivery.updated_at,
    }


def attempt_out(attempt: WebhookAttempt) -> AttemptOut:
    """A try as it is sent."""
    return AttemptOut(
        at=attempt.at,
        milliseconds=attempt.milliseconds,
        code=attempt.code,
        error=attempt.error,
        answer=attempt.answer,
    )
