"""Connectors: boards of other systems, and where each proposal stands there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, IfMatch, allowed, etag, seen_version, settings_of
from api.envelopes import Cursor, Limit, Many, One, everything, many
from api.errors import documented
from api.found import found
from api.idempotency import Writing
from api.schemas.connectors import (
    ConnectorChange,
    ConnectorIn,
    ConnectorItemOut,
    ConnectorOut,
    ConnectorRemoved,
    ItemStatus,
    PushingOut,
    connector_out,
    item_out,
)
from review import connectors as rules
from review.permissions import Permission
from store.repositories import connectors
from store.tables import Connector

router = APIRouter(tags=["connectors"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.INTEGRATION_READ))]
_MANAGE = [Depends(allowed(Permission.INTEGRATION_MANAGE))]


def _answer(session: Session, connector: Connector) -> One[ConnectorOut]:
    return One(data=connector_out(connector, connectors.item_counts(session).get(connector.id)))


def _etag(answer: One[ConnectorOut]) -> dict[str, str]:
    return {"ETag": etag(answer.data.version)}


@router.get("/connectors", summary="All connectors", dependencies=_READ, responses=documented(422))
def listed(session: DbSession) -> Many[ConnectorOut]:
    """Oldest first, all in one page."""
    counts = connectors.item_counts(session)
    return everything(connectors.everything(session), lambda found: connector_out(found, counts.get(found.id)))


@router.post(
    "/connectors",
    summary="Connect a board",
    status_code=201,
    response_model=One[ConnectorOut],
    dependencies=_MANAGE,
    responses=documented(409, 413, 422),
)
def create(request: Request, write: Writing, body: ConnectorIn) -> Response:
    """Pushes what changes from now on; the backlog as it is by `push-all`."""
    settings = settings_of(request)

    def act() -> One[ConnectorOut]:
        connector = rules.create(
            write.session,
            write.principal,
            key=settings.secret_key(),
            kind=body.kind,
            name=body.name,
            settings=body.settings.model_dump(),
            board_key=body.key,
            allow_private=settings.outgoing_allow_private,
        )
        return _answer(write.session, connector)

    return write.once(act, status=201, headers=_etag)


@router.get("/connectors/{connector_id}", summary="One connector", dependencies=_READ, responses=documented(404, 422))
def one(session: DbSession, connector_id: Id, response: Response) -> One[ConnectorOut]:
    """Without its key, with its ETag."""
    connector = found(connectors.get(session, connector_id), "connector", connector_id)
    response.headers["ETag"] = etag(connector.version)
    return _answer(session, connector)


@router.patch(
    "/connectors/{connector_id}",
    summary="Change a connector",
    response_model=One[ConnectorOut],
    dependencies=_MANAGE,
    responses=documented(404, 409, 413, 422, 428),
)
def change(request: Request, write: Writing, connector_id: Id, body: ConnectorChange, if_match: IfMatch) -> Response:
    """Its kind stays."""
    settings = settings_of(request)
    version = seen_version(if_match, body.version)

    def act() -> One[ConnectorOut]:
        connector = rules.change(
            write.session,
            write.principal,
            connector_id,
            key=settings.secret_key(),
            version=version,
            name=body.name,
            settings=body.settings.model_dump() if body.settings else None,
            board_key=body.key,
            active=body.active,
            allow_private=settings.outgoing_allow_private,
        )
        return _answer(write.session, connector)

    return write.once(act, headers=_etag)


@router.delete(
    "/connectors/{connector_id}",
    summary="Remove a connector",
    response_model=One[ConnectorRemoved],
    dependencies=_MANAGE,
    responses=documented(404, 409, 422, 428),
)
def remove(write: Writing, connector_id: Id, if_match: IfMatch) -> Response:
    """The version comes by `If-Match`."""

    def act() -> One[ConnectorRemoved]:
        rules.remove(write.session, write.principal, connector_id, version=if_match)
        return One(data=ConnectorRemoved(id=connector_id))

    return write.once(act)


@router.post(
    "/connectors/{connector_id}/push-all",
    summary="Push the backlog as it is",
    status_code=202,
    response_model=One[PushingOut],
    dependencies=_MANAGE,
    responses=documented(404, 422),
)
def push_all(write: Writing, connector_id: Id) -> Response:
    """What the board has already is brought up to date, not made again."""
    return write.once(
        lambda: One(data=PushingOut(proposals=rules.push_all(write.session, write.principal, connector_id))),
        status=202,
    )


@router.post(
    "/connectors/{connector_id}/replay",
    summary="Try again what could not be pushed",
    response_model=One[PushingOut],
    dependencies=_MANAGE,
    responses=documented(404, 422),
)
def replay_dead(write: Writing, connector_id: Id) -> Response:
    """From the first try on."""
    return write.once(
        lambda: One(data=PushingOut(proposals=rules.replay_dead(write.session, write.principal, connector_id)))
    )


@router.get(
    "/connectors/{connector_id}/items",
    summary="Proposals on the board",
    dependencies=_READ,
    responses=documented(404, 422),
)
def items(
    session: DbSession,
    connector_id: Id,
    *,
    status: Annotated[ItemStatus | None, Query(description="dead: given up")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[ConnectorItemOut]:
    """Latest change first."""
    found(connectors.get(session, connector_id), "connector", connector_id)
    return many(connectors.items(session, connector_id, status=status, cursor=cursor, limit=limit), item_out)


@router.post(
    "/connector-items/{item_id}/replay",
    summary="Push one again",
    response_model=One[PushingOut],
    dependencies=_MANAGE,
    responses=documented(404, 409, 422),
)
def replay(write: Writing, item_id: Id) -> Response:
    """From the first try on."""

    def act() -> One[PushingOut]:
        rules.replay(write.session, write.principal, item_id)
        return One(data=PushingOut(proposals=1))

    return write.once(act)
