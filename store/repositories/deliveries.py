"""Messages on their way to endpoints: what is due, who sends it, what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from store.expressions import changed
from store.ids import new_id
from store.paging import Keyset, Page, fetch_page
from store.repositories.sent_replies import may_be_taken_back
from store.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage

_SOME = 500  # rows in one statement
TEST_TYPE = "webhook.test"  # is sent to endpoints out of use too: a test is how one finds out why


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Something to be told to some endpoints."""

    type: str
    subject_id: str
    body: str
    event_id: str | None  # None: a test
    endpoint_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """One delivery as its sender sees it."""

    id: str
    endpoint_id: str
    url: str
    message_id: str
    type: str
    body: str
    tries: int  # before this one


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery with the message it carries."""

    delivery: WebhookDelivery
    message: WebhookMessage


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try: the HTTP status of the answer, or why there was none."""

    at: datetime
    milliseconds: int
    code: int | None
    error: str
    answer: str


def send(session: Session, messages: Sequence[NewMessage], *, now: datetime) -> tuple[str, ...]:
    """Write messages and a delivery of each to each of its endpoints, due at once. The ids of the deliveries.

    An event that has led to the same message before is refused by the database: it was handled twice.
    """
    ids = [new_id("message") for _ in messages]
    said = [
        {
            "id": message_id, "event_id": message.event_id, "type": message.type, "subject_id": message.subject_id,
            "body": message.body, "created_at": now,
        }
        for message_id, message in zip(ids, messages, strict=True)
    ]  # fmt: skip
    sent: list[dict[str, Any]] = [
        {
            "id": new_id("delivery"), "message_id": message_id, "endpoint_id": endpoint_id, "status": "pending",
            "tries": 0, "due_at": now, "last_error": "", "created_at": now, "updated_at": now,
        }
        for message_id, message in zip(ids, messages, strict=True)
        for endpoint_id in message.endpoint_ids
    ]  # fmt: skip
    session.flush()  # the endpoints and the event may be only pending so far
    for table, rows in ((WebhookMessage, said), (WebhookDelivery, sent)):
        for start in range(0, len(rows), _SOME):
            session.execute(insert(table), rows[start : start + _SOME])
    return tuple(row["id"] for row in sent)


def get(session: Session, delivery_id: str) -> WebhookDelivery | None:
    return session.get(WebhookDelivery, delivery_id)


def locked(session: Session, delivery_id: str) -> WebhookDelivery | None:
    """The delivery, fresh, its row locked until the transaction ends."""
    return session.get(WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True)


def details(session: Session, delivery_id: str) -> DeliveryRow | None:
    """The delivery with its message."""
    statement = (
        select(WebhookDelivery, WebhookMessage)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .where(WebhookDelivery.id == delivery_id)
    )
    found = session.execute(statement).first()
    return DeliveryRow(found[0], found[1]) if found else None


def attempts(session: Session, delivery_id: str) -> tuple[WebhookAttempt, ...]:
    """Every try, latest first."""
    statement = select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery_id)
    return tuple(session.scalars(statement.order_by(WebhookAttempt.id.desc())))


def listed(
    session: Session,
    *,
    endpoint_id: str | None = None,
    status: str | None = None,
    type_: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[DeliveryRow]:
    """Newest first."""
    statement = select(WebhookDelivery, WebhookMessage).join(
        WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id
    )
    if endpoint_id:
        statement = statement.where(WebhookDelivery.endpoint_id == endpoint_id)
    if status:
        statement = statement.where(WebhookDelivery.status == status)
    if type_:
        statement = statement.where(WebhookMessage.type == type_)
    keyset = Keyset("deliveries", WebhookDelivery.created_at, datetime, WebhookDelivery.id)
    return fetch_page(
        session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: DeliveryRow(row[0], row[1])
    )


def endpoints_due(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Endpoints that something waits to be sent to."""
    statement = (
        select(WebhookDelivery.endpoint_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .where(*_due(now))
    )
    return tuple(session.scalars(statement.distinct().order_by(WebhookDelivery.endpoint_id)))


def claim(session: Session, endpoint_id: str, *, now: datetime, until: datetime) -> DueDelivery | None:
    """The next delivery to an endpoint, taken until `until`: when its sender dies, another takes it then."""
    statement = (
        select(WebhookDelivery, WebhookMessage, WebhookEndpoint.url)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .where(WebhookDelivery.endpoint_id == endpoint_id, *_due(now))
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=WebhookDelivery)
    )
    found = session.execute(statement).first()
    if found is None:
        return None
    delivery, message, url = found
    delivery.due_at = until
    session.flush()
    return DueDelivery(delivery.id, endpoint_id, url, message.id, message.type, message.body, delivery.tries)


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        WebhookDelivery.status == "pending",
        WebhookDelivery.due_at <= now,
        or_(WebhookEndpoint.active, WebhookMessage.type == TEST_TYPE),
    )


def settle(session: Session, delivery_id: str, outcome: Outcome, *, status: str, due_at: datetime | None) -> bool:
    """Keep what came of a try. False where the delivery is gone or another sender has brought it over meanwhile."""
    delivery = locked(session, delivery_id)
    if delivery is None:
        return False
    session.add(
        WebhookAttempt(
            delivery_id=delivery_id,
            at=outcome.at,
            milliseconds=outcome.milliseconds,
            code=outcome.code,
            error=outcome.error[:300],
            answer=outcome.answer[:500],
        )
    )
    if delivery.status == "delivered" and status != "delivered":
        return False
    delivery.status, delivery.due_at = status, due_at
    delivery.tries += 1
    delivery.last_code, delivery.last_error = outcome.code, outcome.error[:300]
    delivery.last_milliseconds = outcome.milliseconds
    delivery.updated_at = outcome.at
    session.flush()
    return True


def replay(session: Session, *, now: datetime, delivery_id: str | None = None, endpoint_id: str | None = None) -> int:
    """Send again, from the first try on: one delivery, or all dead ones of an endpoint. How many."""
    statement = update(WebhookDelivery).values(status="pending", tries=0, due_at=now, updated_at=now)
    if delivery_id is not None:
        return changed(session, statement.where(WebhookDelivery.id == delivery_id))
    return changed(
        session, statement.where(WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.status == "dead")
    )


def forget_delivered(session: Session, *, before: datetime) -> int:
    """Messages older than `before` that nobody waits for, that are dead nowhere and that cannot be taken back; how
    many."""
    open_somewhere = exists().where(
        WebhookDelivery.message_id == WebhookMessage.id, WebhookDelivery.status != "delivered"
    )
    done = delete(WebhookMessage).where(WebhookMessage.created_at < before, ~open_somewhere, ~may_be_taken_back())
    return changed(session, done.execution_options(synchronize_session=False))
