"""Webhooks: endpoints of other systems, their secrets, and what was sent to them."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, IfMatch, allowed, etag, seen_version, settings_of
from api.envelopes import Cursor, Limit, Many, One, everything, many
from api.errors import documented
from api.found import found
from api.idempotency import Write, Writing
from api.schemas.webhooks import (
    DeliveryDetails,
    DeliveryOut,
    DeliveryStatus,
    EndpointAction,
    EndpointChange,
    EndpointCreated,
    EndpointIn,
    EndpointOut,
    EndpointRemoved,
    ReplayedOut,
    attempt_out,
    delivery_fields,
    endpoint_fields,
)
from review import webhooks as rules
from review.permissions import Permission
from store.repositories import deliveries, webhooks
from store.repositories.deliveries import DeliveryRow
from store.tables import WebhookDelivery, WebhookEndpoint

router = APIRouter(tags=["webhooks"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.INTEGRATION_READ))]
_MANAGE = [Depends(allowed(Permission.INTEGRATION_MANAGE))]
_CHANGE_ERRORS = documented(404, 409, 413, 422, 428)


def _endpoint(session: Session, endpoint: WebhookEndpoint) -> EndpointOut:
    return EndpointOut(**endpoint_fields(endpoint, webhooks.delivery_counts(session).get(endpoint.id)))


def _etag(answer: One[EndpointOut]) -> dict[str, str]:
    return {"ETag": etag(answer.data.version)}


def _delivery(row: DeliveryRow) -> DeliveryOut:
    return DeliveryOut(**delivery_fields(row.delivery, row.message))


def _sent(session: Session, delivery: WebhookDelivery) -> One[DeliveryOut]:
    return One(data=_delivery(found(deliveries.details(session, delivery.id), "delivery", delivery.id)))


@router.get("/webhooks", summary="All endpoints", dependencies=_READ, responses=documented(422))
def listed(session: DbSession) -> Many[EndpointOut]:
    """Oldest first, all in one page."""
    counts = webhooks.delivery_counts(session)
    return everything(
        webhooks.everything(session), lambda endpoint: EndpointOut(**endpoint_fields(endpoint, counts.get(endpoint.id)))
    )


@router.post(
    "/webhooks",
    summary="Add an endpoint",
    status_code=201,
    response_model=One[EndpointCreated],
    dependencies=_MANAGE,
    responses=documented(409, 413, 422),
)
def create(request: Request, write: Writing, body: EndpointIn) -> Response:
    """The answer holds the signing secret, this once; none is kept under an Idempotency-Key."""
    settings = settings_of(request)
    endpoint, secret = rules.create(
        write.session,
        write.principal,
        key=settings.secret_key(),
        url=body.url,
        event_types=body.event_types,
        description=body.description,
        allow_private=settings.outgoing_allow_private,
    )
    return _with_secret(write, endpoint, secret, status=201)


def _with_secret(write: Write, endpoint: WebhookEndpoint, secret: str, *, status: int) -> Response:
    shown = _endpoint(write.session, endpoint).model_dump()
    return write.unkept().once(lambda: One(data=EndpointCreated(**shown, secret=secret)), status=status, headers=_etag)


@router.get("/webhooks/{endpoint_id}", summary="One endpoint", dependencies=_READ, responses=documented(404, 422))
def one(session: DbSession, endpoint_id: Id, response: Response) -> One[EndpointOut]:
    """Without its secret, with its ETag."""
    endpoint = found(webhooks.get(session, endpoint_id), "webhook", endpoint_id)
    response.headers["ETag"] = etag(endpoint.version)
    return One(data=_endpoint(session, endpoint))


@router.patch(
    "/webhooks/{endpoint_id}",
    summary="Change an endpoint",
    response_model=One[EndpointOut],
    dependencies=_MANAGE,
    responses=_CHANGE_ERRORS,
)
def change(request: Request, write: Writing, endpoint_id: Id, body: EndpointChange, if_match: IfMatch) -> Response:
    """Turn it off or on, choose its events, move it."""
    version = seen_version(if_match, body.version)

    def act() -> One[EndpointOut]:
        endpoint = rules.change(
            write.session,
            write.principal,
            endpoint_id,
            version=version,
            url=body.url,
            description=body.description,
            event_types=body.event_types,
            active=body.active,
            allow_private=settings_of(request).outgoing_allow_private,
        )
        return One(data=_endpoint(write.session, endpoint))

    return write.once(act, headers=_etag)


@router.delete(
    "/webhooks/{endpoint_id}",
    summary="Remove an endpoint",
    response_model=One[EndpointRemoved],
    dependencies=_MANAGE,
    responses=documented(404, 409, 422, 428),
)
def remove(write: Writing, endpoint_id: Id, if_match: IfMatch) -> Response:
    """With its deliveries; what still waited is not sent. The version comes by `If-Match`."""

    def act() -> One[EndpointRemoved]:
        rules.remove(write.session, write.principal, endpoint_id, version=if_match)
        return One(data=EndpointRemoved(id=endpoint_id))

    return write.once(act)


@router.post(
    "/webhooks/{endpoint_id}/rotate",
    summary="Give an endpoint a new secret",
    response_model=One[EndpointCreated],
    dependencies=_MANAGE,
    responses=_CHANGE_ERRORS,
)
def rotate(request: Request, write: Writing, endpoint_id: Id, body: EndpointAction, if_match: IfMatch) -> Response:
    """For a day the old secret signs beside the new one, so that the receiver can change over without loss."""
    endpoint, secret = rules.rotate_secret(
        write.session,
        write.principal,
        endpoint_id,
        key=settings_of(request).secret_key(),
        version=seen_version(if_match, body.version),
    )
    return _with_secret(write, endpoint, secret, status=200)


@router.post(
    "/webhooks/{endpoint_id}/test",
    summary="Send a test message",
    status_code=202,
    response_model=One[DeliveryOut],
    dependencies=_MANAGE,
    responses=documented(404, 422),
)
def test(write: Writing, endpoint_id: Id) -> Response:
    """Queues a `webhook.test`; look at the delivery a moment later for what came of it."""
    return write.once(
        lambda: _sent(write.session, rules.send_test(write.session, write.principal, endpoint_id)), status=202
    )


@router.post(
    "/webhooks/{endpoint_id}/replay",
    summary="Replay everything that could not be delivered",
    response_model=One[ReplayedOut],
    dependencies=_MANAGE,
    responses=documented(404, 422),
)
def replay_dead(write: Writing, endpoint_id: Id) -> Response:
    """Under the same `webhook-id`s, from the first try on."""
    return write.once(
        lambda: One(data=ReplayedOut(replayed=rules.replay_dead(write.session, write.principal, endpoint_id)))
    )


@router.get("/webhook-deliveries", summary="What was sent", dependencies=_READ, responses=documented(422))
def sent(
    session: DbSession,
    *,
    endpoint: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,60}$", description="An endpoint's id")] = None,
    status: Annotated[DeliveryStatus | None, Query(description="dead: given up")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[DeliveryOut]:
    """Newest first."""
    return many(deliveries.listed(session, endpoint_id=endpoint, status=status, cursor=cursor, limit=limit), _delivery)


@router.get(
    "/webhook-deliveries/{delivery_id}", summary="One delivery", dependencies=_READ, responses=documented(404, 422)
)
def delivery(session: DbSession, delivery_id: Id) -> One[DeliveryDetails]:
    """What is sent, word for word, and every try with what came back."""
    row = found(deliveries.details(session, delivery_id), "delivery", delivery_id)
    return One(
        data=DeliveryDetails(
            **delivery_fields(row.delivery, row.message),
            body=json.loads(row.message.body),
            attempts=[attempt_out(attempt) for attempt in deliveries.attempts(session, delivery_id)],
        )
    )


@router.post(
    "/webhook-deliveries/{delivery_id}/replay",
    summary="Send it again",
    response_model=One[DeliveryOut],
    dependencies=_MANAGE,
    responses=documented(404, 409, 422),
)
def replay(write: Writing, delivery_id: Id) -> Response:
    """A dead delivery, or one that its receiver has lost; the `webhook-id` stays."""
    return write.once(lambda: _sent(write.session, rules.replay(write.session, write.principal, delivery_id)))
