"""Pages of one connector: set it up, push the backlog, look at what could not be pushed."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, GuardedRoute, Id, SignedIn, allowed, settings_of
from api.found import found
from api.pages.flash import Flash
from api.pages.rendering import go, is_partial, render, translator, wants_rows
from api.pages.views.connectors import connector_view, items_view, new_connector
from review import connectors as rules
from review.errors import Invalid
from review.permissions import Permission
from store.repositories import connectors
from store.tables import Connector

router = APIRouter(prefix="/integrations", include_in_schema=False, route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.INTEGRATION_READ))]
_MANAGE = [Depends(allowed(Permission.INTEGRATION_MANAGE))]
Line = Annotated[str, Form(max_length=2_000)]
Text = Annotated[str, Form(max_length=30_000)]
Version = Annotated[int | None, Form(ge=0)]
Status = Annotated[str, Query(max_length=20)]


def _board_settings(
    url: Line = "",
    method: Line = "POST",
    template: Text = "",
    id_path: Line = "",
    update_url: Line = "",
    update_method: Line = "PUT",
    find_url: Line = "",
    find_path: Line = "",
    statuses: Text = "",
    key_header: Line = "Authorization",
    key_prefix: Line = "",
) -> dict[str, Any]:
    """The form of either kind as settings; a form without a template is Fider's."""
    if not template.strip():
        return {"url": url.strip()}
    return {
        "url": url.strip(),
        "method": method,
        "template": _json(template, "template", "模板"),
        "id_path": id_path.strip(),
        "update_url": update_url.strip(),
        "update_method": update_method,
        "find_url": find_url.strip(),
        "find_path": find_path.strip(),
        "statuses": _json(statuses, "statuses", "状态对照") if statuses.strip() else {},
        "key_header": key_header.strip(),
        "key_prefix": key_prefix,
    }


BoardSettings = Annotated[dict[str, Any], Depends(_board_settings)]


def _json(text: str, field: str, field_zh: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(
            f"{field}_not_json", f"{field} is not JSON; check braces, quotes and commas.",
            f"「{field_zh}」不是有效的 JSON，请检查括号、引号与逗号。", field=field,
        ) from error  # fmt: skip


def _connector(session: Session, connector_id: str) -> Connector:
    return found(connectors.get(session, connector_id), "connector", connector_id)


def _address(connector_id: str) -> str:
    return f"/integrations/connectors/{connector_id}"


@router.get("/connectors/new", dependencies=_MANAGE)
def new(request: Request, principal: SignedIn, kind: Status = "fider") -> Response:
    """An empty form."""
    return render(request, "connector.html", principal=principal, view=new_connector(kind))


@router.post("/connectors/new", dependencies=_MANAGE)
def create(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    board: BoardSettings,
    kind: Line = "fider",
    name: Line = "",
    key: Line = "",
) -> Response:
    """A new connector; changes are pushed from now on."""
    settings = settings_of(request)
    connector = rules.create(
        session,
        principal,
        key=settings.secret_key(),
        kind=kind,
        name=name,
        settings=board,
        board_key=key,
        allow_private=settings.outgoing_allow_private,
    )
    return go(request, _address(connector.id), Flash("done.connector_added"))


@router.get("/connectors/{connector_id}", dependencies=_READ)
def one(request: Request, session: DbSession, principal: SignedIn, connector_id: Id, status: Status = "") -> Response:
    """The connector, its settings and the proposals on its board."""
    view = connector_view(session, translator(request), _connector(session, connector_id), status=status)
    return render(request, "connector.html", principal=principal, view=view)


@router.get("/connectors/{connector_id}/items", dependencies=_READ)
def items(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    connector_id: Id,
    status: Status = "",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Further rows."""
    _connector(session, connector_id)
    if not is_partial(request):
        return go(request, _address(connector_id))
    view = items_view(session, translator(request), connector_id, status=status, cursor=cursor)
    template = "parts/connector_more.html" if wants_rows(request) else "parts/connector_items.html"
    return render(request, template, principal=principal, view=view)


@router.post("/connectors/{connector_id}", dependencies=_MANAGE)
def change(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    connector_id: Id,
    board: BoardSettings,
    name: Line = "",
    key: Line = "",
    version: Version = None,
) -> Response:
    """Change name and settings; an empty key leaves the one that is kept."""
    settings = settings_of(request)
    rules.change(
        session,
        principal,
        connector_id,
        key=settings.secret_key(),
        version=version,
        name=name,
        settings=board,
        board_key=key or None,
        allow_private=settings.outgoing_allow_private,
    )
    return go(request, _address(connector_id), Flash("done.webhook_saved"))


@router.post("/connectors/{connector_id}/active", dependencies=_MANAGE)
def set_active(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    connector_id: Id,
    active: Annotated[bool, Form()] = True,
    version: Version = None,
) -> Response:
    """Turn it off, or on again."""
    key = settings_of(request).secret_key()
    rules.change(session, principal, connector_id, key=key, version=version, active=active)
    return go(request, _address(connector_id), Flash("done.connector_on" if active else "done.connector_off"))


@router.get("/connectors/{connector_id}/push", dependencies=_MANAGE)
def push_sheet(request: Request, session: DbSession, principal: SignedIn, connector_id: Id) -> Response:
    """What pushing the whole backlog means."""
    view = connector_view(session, translator(request), _connector(session, connector_id))
    return render(request, "sheets/connector_push.html", principal=principal, view=view)


@router.post("/connectors/{connector_id}/push", dependencies=_MANAGE)
def push_all(request: Request, session: DbSession, principal: SignedIn, connector_id: Id) -> Response:
    """Push the whole backlog as it is."""
    count = rules.push_all(session, principal, connector_id)
    return go(request, _address(connector_id), Flash("done.connector_pushing", {"n": count}))


@router.get("/connectors/{connector_id}/remove", dependencies=_MANAGE)
def remove_sheet(request: Request, session: DbSession, principal: SignedIn, connector_id: Id) -> Response:
    """What removing it means."""
    view = connector_view(session, translator(request), _connector(session, connector_id))
    return render(request, "sheets/connector_remove.html", principal=principal, view=view)


@router.post("/connectors/{connector_id}/remove", dependencies=_MANAGE)
def remove(
    request: Request, session: DbSession, principal: SignedIn, connector_id: Id, version: Version = None
) -> Response:
    """It goes; the board keeps what was pushed."""
    rules.remove(session, principal, connector_id, version=version)
    return go(request, "/integrations", Flash("done.connector_removed"))


@router.post("/connectors/{connector_id}/replay", dependencies=_MANAGE)
def replay_dead(request: Request, session: DbSession, principal: SignedIn, connector_id: Id) -> Response:
    """Try everything again that could not be pushed."""
    count = rules.replay_dead(session, principal, connector_id)
    return go(request, _address(connector_id), Flash("done.connector_pushing", {"n": count}))


@router.post("/items/{item_id}/replay", dependencies=_MANAGE)
def replay(request: Request, session: DbSession, principal: SignedIn, item_id: Id) -> Response:
    """Try one again."""
    item = rules.replay(session, principal, item_id)
    return go(request, _address(item.connector_id), Flash("done.connector_pushing", {"n": 1}))
