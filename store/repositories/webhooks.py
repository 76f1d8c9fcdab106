"""Endpoints of other systems and the secrets that sign what is sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from store.tables import WebhookDelivery, WebhookEndpoint, WebhookSecret


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """How an endpoint's deliveries stand."""

    pending: int = 0
    dead: int = 0
    delivered: int = 0
    last_at: datetime | None = None  # the latest change of any of them


def get(session: Session, endpoint_id: str) -> WebhookEndpoint | None:
    return session.get(WebhookEndpoint, endpoint_id)


def locked(session: Session, endpoint_id: str) -> WebhookEndpoint | None:
    """The endpoint, fresh, its row locked until the transaction ends."""
    return session.get(WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True)


def everything(session: Session) -> tuple[WebhookEndpoint, ...]:
    """All endpoints, oldest first."""
    statement = select(WebhookEndpoint).order_by(WebhookEndpoint.created_at, WebhookEndpoint.id)
    return tuple(session.scalars(statement))


def listening(session: Session) -> tuple[WebhookEndpoint, ...]:
    """Endpoints in use."""
    statement = select(WebhookEndpoint).where(WebhookEndpoint.active).order_by(WebhookEndpoint.id)
    return tuple(session.scalars(statement))


def remove(session: Session, endpoint_id: str) -> None:
    """The endpoint with its secrets and deliveries."""
    session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id))


def valid_secrets(session: Session, endpoint_id: str, *, now: datetime) -> tuple[WebhookSecret, ...]:
    """Secrets that sign now, the newest first."""
    statement = (
        select(WebhookSecret)
        .where(
            WebhookSecret.endpoint_id == endpoint_id,
            or_(WebhookSecret.expires_at.is_(None), WebhookSecret.expires_at > now),
        )
        .order_by(WebhookSecret.id.desc())
    )
    return tuple(session.scalars(statement))


def forget_expired_secrets(session: Session, *, now: datetime) -> None:
    session.execute(delete(WebhookSecret).where(WebhookSecret.expires_at <= now))


def delivery_counts(session: Session) -> Mapping[str, DeliveryCounts]:
    """Endpoint id -> how its deliveries stand; endpoints without any are left out."""
    statement = select(
        WebhookDelivery.endpoint_id,
        func.count().filter(WebhookDelivery.status == "pending"),
        func.count().filter(WebhookDelivery.status == "dead"),
        func.count().filter(WebhookDelivery.status == "delivered"),
        func.max(WebhookDelivery.updated_at),
    ).group_by(WebhookDelivery.endpoint_id)
    return {row[0]: DeliveryCounts(*row[1:]) for row in session.execute(statement)}
