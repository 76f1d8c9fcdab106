"""Endpoints of other systems: who may set them up, what they hear, how their signing secrets change."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from review import versions
from review.audit import record
from review.errors import Conflict, Invalid
from review.outbound_events import EVENT_TYPES, TEST, message_body
from review.outgoing_urls import checked_url, origin
from review.permissions import Permission, require
from review.principals import SYSTEM, Principal
from review.sealing import seal, unseal
from review.wording import optional
from store.ids import new_id
from store.repositories import deliveries, webhooks
from store.repositories.deliveries import NewMessage
from store.tables import WebhookDelivery, WebhookEndpoint, WebhookSecret

DESCRIPTION_LIMIT: Final = 200
MOST_ENDPOINTS: Final = 50
ROTATION_HOURS: Final = 24  # how long the old secret goes on signing beside the new one
_SECRET_BYTES: Final = 32  # Standard Webhooks asks for 24 to 64

DisabledReason = Literal["gone", "failing"]


def create(
    session: Session,
    principal: Principal,
    *,
    key: bytes,
    url: str,
    event_types: Collection[str],
    description: str = "",
    allow_private: bool = False,
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint in use, and its signing secret, which nobody will be shown again."""
    require(principal, Permission.INTEGRATION_MANAGE)
    url = checked_url(url, allow_private=allow_private)
    description = optional(description, "description", "说明", limit=DESCRIPTION_LIMIT)
    wanted = _known(event_types)
    if len(webhooks.everything(session)) >= MOST_ENDPOINTS:
        raise Conflict(
            "too_many_endpoints",
            f"There are {MOST_ENDPOINTS} endpoints already; remove one first.",
            f"最多 {MOST_ENDPOINTS} 个接收端，请先删除不用的。",
            limit=MOST_ENDPOINTS,
        )
    now = datetime.now(UTC)
    endpoint = WebhookEndpoint(
        id=new_id("webhook"),
        url=url,
        description=description,
        event_types=wanted,
        active=True,
        disabled_reason="",
        version=1,
        created_by=principal.id,
        created_at=now,
        updated_at=now,
    )
    session.add(endpoint)
    session.flush()
    secret = _new_secret(session, endpoint.id, key, now=now)
    record(session, principal, "webhook.created", "webhook", endpoint.id, after=_state(endpoint))
    session.flush()
    return endpoint, secret


def change(
    session: Session,
    principal: Principal,
    endpoint_id: str,
    *,
    version: int | None,
    url: str | None = None,
    description: str | None = None,
    event_types: Collection[str] | None = None,
    active: bool | None = None,
    allow_private: bool = False,
) -> WebhookEndpoint:
    """Change what is given; None leaves a field as it is. Taking it into use again forgets why it was turned off."""
    endpoint = _opened(session, principal, endpoint_id, version)
    values: dict[str, Any] = {}
    if url is not None:
        values["url"] = checked_url(url, allow_private=allow_private)
    if description is not None:
        values["description"] = optional(description, "description", "说明", limit=DESCRIPTION_LIMIT)
    if event_types is not None:
        values["event_types"] = _known(event_types)
    if active is not None:
        values["active"] = active
        if active:
            values |= {"disabled_reason": "", "failing_since": None}
    before = _state(endpoint)
    versions.advance(session, endpoint, now=datetime.now(UTC))
    for field, value in values.items():
        setattr(endpoint, field, value)
    record(session, principal, "webhook.changed", "webhook", endpoint_id, before=before, after=_state(endpoint))
    session.flush()
    return endpoint


def rotate_secret(
    session: Session, principal: Principal, endpoint_id: str, *, key: bytes, version: int | None
) -> tuple[WebhookEndpoint, str]:
    """A new secret signs from now on; those before go on signing beside it for `ROTATION_HOURS`."""
    endpoint = _opened(session, principal, endpoint_id, version)
    now = datetime.now(UTC)
    until = now + timedelta(hours=ROTATION_HOURS)
    webhooks.forget_expired_secrets(session, now=now)
    for old in webhooks.valid_secrets(session, endpoint_id, now=now):
        old.expires_at = min(old.expires_at, until) if old.expires_at else until
    secret = _new_secret(session, endpoint_id, key, now=now)
    versions.advance(session, endpoint, now=now)
    after = {"old_until": until.isoformat()}
    record(session, principal, "webhook.secret_rotated", "webhook", endpoint_id, after=after)
    session.flush()
    return endpoint, secret


def remove(session: Session, principal: Principal, endpoint_id: str, *, version: int | None) -> WebhookEndpoint:
    """The endpoint goes, with its secrets, its deliveries and what still waited to be sent to it."""
    endpoint = _opened(session, principal, endpoint_id, version)
    record(session, principal, "webhook.removed", "webhook", endpoint_id, before=_state(endpoint))
    session.flush()
    webhooks.remove(session, endpoint_id)
    return endpoint


def send_test(session: Session, principal: Principal, endpoint_id: str) -> WebhookDelivery:
    """Queue a `webhook.test` message to this endpoint alone, also where it is out of use. It is tried once."""
    require(principal, Permission.INTEGRATION_MANAGE)
    endpoint = webhooks.get(session, endpoint_id)
    if endpoint is None:
        raise versions.not_found("webhook", endpoint_id)
    now = datetime.now(UTC)
    body = message_body(TEST, now, {"endpoint_id": endpoint_id, "message": "众声：这是一条测试消息。"})
    [delivery_id] = deliveries.send(session, [NewMessage(TEST, endpoint_id, body, None, (endpoint_id,))], now=now)
    record(session, principal, "webhook.tested", "webhook", endpoint_id)
    session.flush()
    return session.get_one(WebhookDelivery, delivery_id)


def replay(session: Session, principal: Principal, delivery_id: str) -> WebhookDelivery:
    """Send a delivery again under the same `webhook-id`: a dead one, or one whose receiver has lost it."""
    require(principal, Permission.INTEGRATION_MANAGE)
    delivery = deliveries.locked(session, delivery_id)
    if delivery is None:
        raise versions.not_found("delivery", delivery_id)
    if delivery.status == "pending":
        raise Conflict("delivery_pending", "The delivery is on its way already.", "该消息正在投递中。")
    before = {"status": delivery.status}
    deliveries.replay(session, now=datetime.now(UTC), delivery_id=delivery_id)
    record(
        session, principal, "webhook.replayed", "webhook", delivery.endpoint_id,
        before=before, after={"delivery": delivery_id, "count": 1},
    )  # fmt: skip
    session.flush()
    session.refresh(delivery)
    return delivery


def replay_dead(session: Session, principal: Principal, endpoint_id: str) -> int:
    """Send everything again that could not be delivered to this endpoint; how much that is."""
    require(principal, Permission.INTEGRATION_MANAGE)
    if webhooks.locked(session, endpoint_id) is None:
        raise versions.not_found("webhook", endpoint_id)
    count = deliveries.replay(session, now=datetime.now(UTC), endpoint_id=endpoint_id)
    if count:
        record(session, principal, "webhook.replayed", "webhook", endpoint_id, after={"count": count})
    session.flush()
    return count


def disable(session: Session, endpoint_id: str, *, reason: DisabledReason) -> None:
    """The system turns an endpoint off and says why; a person turns it on again."""
    endpoint = webhooks.locked(session, endpoint_id)
    if endpoint is None or not endpoint.active:
        return
    before = _state(endpoint)
    versions.advance(session, endpoint, now=datetime.now(UTC))
    endpoint.active, endpoint.disabled_reason = False, reason
    record(session, SYSTEM, "webhook.disabled", "webhook", endpoint_id, before=before, after=_state(endpoint))
    session.flush()


def signing_secrets(session: Session, endpoint_id: str, *, key: bytes, now: datetime) -> tuple[str, ...]:
    """The secrets that sign now, the newest first. Raises SealBrokenError under another installation's secret."""
    return tuple(unseal(key, secret.sealed) for secret in webhooks.valid_secrets(session, endpoint_id, now=now))


def _new_secret(session: Session, endpoint_id: str, key: bytes, *, now: datetime) -> str:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    session.add(WebhookSecret(endpoint_id=endpoint_id, sealed=seal(key, secret), created_at=now))
    session.flush()
    return secret


def _opened(session: Session, principal: Principal, endpoint_id: str, version: int | None) -> WebhookEndpoint:
    require(principal, Permission.INTEGRATION_MANAGE)
    endpoint = webhooks.locked(session, endpoint_id)
    if endpoint is None:
        raise versions.not_found("webhook", endpoint_id)
    versions.check(session, endpoint, version)
    return endpoint


def _known(event_types: Collection[str]) -> list[str]:
    unknown = sorted(set(event_types) - set(EVENT_TYPES))
    if unknown or not event_types:
        raise Invalid(
            "event_types_invalid", f"Choose at least one of {', '.join(EVENT_TYPES)}.", "请至少选择一种事件。",
            unknown=unknown, allowed=list(EVENT_TYPES),
        )  # fmt: skip
    return [type_ for type_ in EVENT_TYPES if type_ in event_types]


def _state(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "url": origin(endpoint.url),  # paths of such addresses are often secrets; the log is read by many
        "description": endpoint.description,
        "event_types": endpoint.event_types,
        "active": endpoint.active,
        "disabled_reason": endpoint.disabled_reason,
    }
