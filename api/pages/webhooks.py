"""Pages of one endpoint: set it up, change it, test it, look at what arrived, replay what did not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, GuardedRoute, Id, SignedIn, allowed, settings_of
from api.found import found
from api.pages.flash import Flash
from api.pages.rendering import go, is_partial, render, translator, wants_rows
from api.pages.shown_once import ShownOnce, shown_once
from api.pages.views.webhooks import (
    deliveries_view,
    delivery_item,
    delivery_view,
    endpoint_view,
    new_endpoint,
)
from review import webhooks as rules
from review.permissions import Permission
from store.repositories import deliveries, webhooks
from store.repositories.deliveries import DeliveryRow
from store.tables import WebhookEndpoint

router = APIRouter(prefix="/integrations", include_in_schema=False, route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.INTEGRATION_READ))]
_MANAGE = [Depends(allowed(Permission.INTEGRATION_MANAGE))]
Line = Annotated[str, Form(max_length=2_000)]
Events = Annotated[list[str] | None, Form()]
Version = Annotated[int | None, Form(ge=0)]


def _endpoint(session: Session, endpoint_id: str) -> WebhookEndpoint:
    return found(webhooks.get(session, endpoint_id), "webhook", endpoint_id)


def _delivery(session: Session, delivery_id: str) -> DeliveryRow:
    return found(deliveries.details(session, delivery_id), "delivery", delivery_id)


def _address(endpoint_id: str) -> str:
    return f"/integrations/webhooks/{endpoint_id}"


@router.get("/webhooks/new", dependencies=_MANAGE)
def new(request: Request, principal: SignedIn) -> Response:
    """An empty form."""
    return render(request, "webhook.html", principal=principal, view=new_endpoint())


@router.post("/webhooks/new", dependencies=_MANAGE)
def create(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    url: Line = "",
    description: Line = "",
    event: Events = None,
) -> Response:
    """A new endpoint; the answer shows its secret, this once."""
    settings = settings_of(request)
    endpoint, secret = rules.create(
        session,
        principal,
        key=settings.secret_key(),
        url=url,
        description=description,
        event_types=event or (),
        allow_private=settings.outgoing_allow_private,
    )
    return _show_secret(request, principal, endpoint.id, secret)


def _show_secret(request: Request, principal: SignedIn, endpoint_id: str, secret: str, old_holds: int = 0) -> Response:
    name = translator(request)("webhook.secret")
    once = ShownOnce("webhook", name, secret, f"/integrations/webhooks/{endpoint_id}", old_holds)
    return shown_once(request, principal, once)


@router.get("/webhooks/{endpoint_id}", dependencies=_READ)
def one(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    endpoint_id: Id,
    status: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The endpoint, its settings and its latest deliveries."""
    view = endpoint_view(session, translator(request), _endpoint(session, endpoint_id), status=status)
    return render(request, "webhook.html", principal=principal, view=view)


@router.get("/webhooks/{endpoint_id}/deliveries", dependencies=_READ)
def sent(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    endpoint_id: Id,
    status: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """The deliveries alone, or further rows."""
    _endpoint(session, endpoint_id)
    view = deliveries_view(session, translator(request), endpoint_id, status=status, cursor=cursor)
    if not is_partial(request):
        return go(request, _address(endpoint_id))
    template = "parts/delivery_more.html" if wants_rows(request) else "parts/deliveries.html"
    return render(request, template, principal=principal, view=view)


@router.post("/webhooks/{endpoint_id}", dependencies=_MANAGE)
def change(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    endpoint_id: Id,
    url: Line = "",
    description: Line = "",
    event: Events = None,
    version: Version = None,
) -> Response:
    """Move it, describe it, choose its events."""
    rules.change(
        session,
        principal,
        endpoint_id,
        version=version,
        url=url,
        description=description,
        event_types=event or (),
        allow_private=settings_of(request).outgoing_allow_private,
    )
    return go(request, _address(endpoint_id), Flash("done.webhook_saved"))


@router.post("/webhooks/{endpoint_id}/active", dependencies=_MANAGE)
def set_active(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    endpoint_id: Id,
    active: Annotated[bool, Form()] = True,
    version: Version = None,
) -> Response:
    """Turn it off, or on again."""
    rules.change(session, principal, endpoint_id, version=version, active=active)
    return go(request, _address(endpoint_id), Flash("done.webhook_on" if active else "done.webhook_off"))


@router.get("/webhooks/{endpoint_id}/rotate", dependencies=_MANAGE)
def rotate_sheet(request: Request, session: DbSession, principal: SignedIn, endpoint_id: Id) -> Response:
    """What a new secret means."""
    view = endpoint_view(session, translator(request), _endpoint(session, endpoint_id))
    return render(request, "sheets/webhook_rotate.html", principal=principal, view=view)


@router.post("/webhooks/{endpoint_id}/rotate", dependencies=_MANAGE)
def rotate(
    request: Request, session: DbSession, principal: SignedIn, endpoint_id: Id, version: Version = None
) -> Response:
    """A new secret, shown this once."""
    key = settings_of(request).secret_key()
    _, secret = rules.rotate_secret(session, principal, endpoint_id, key=key, version=version)
    return _show_secret(request, principal, endpoint_id, secret, rules.ROTATION_HOURS)


@router.get("/webhooks/{endpoint_id}/remove", dependencies=_MANAGE)
def remove_sheet(request: Request, session: DbSession, principal: SignedIn, endpoint_id: Id) -> Response:
    """What removing it means."""
    view = endpoint_view(session, translator(request), _endpoint(session, endpoint_id))
    return render(request, "sheets/webhook_remove.html", principal=principal, view=view)


@router.post("/webhooks/{endpoint_id}/remove", dependencies=_MANAGE)
def remove(
    request: Request, session: DbSession, principal: SignedIn, endpoint_id: Id, version: Version = None
) -> Response:
    """It goes, with its deliveries."""
    rules.remove(session, principal, endpoint_id, version=version)
    return go(request, "/integrations", Flash("done.webhook_removed"))


@router.post("/webhooks/{endpoint_id}/test", dependencies=_MANAGE)
def test(request: Request, session: DbSession, principal: SignedIn, endpoint_id: Id) -> Response:
    """Queue a test message; its row then shows what came of it."""
    rules.send_test(session, principal, endpoint_id)
    if not is_partial(request):
        return go(request, _address(endpoint_id))
    view = deliveries_view(session, translator(request), endpoint_id)
    flash = Flash("done.webhook_tested")
    return render(request, "parts/deliveries_tested.html", principal=principal, view=view, flash=flash)


@router.post("/webhooks/{endpoint_id}/replay", dependencies=_MANAGE)
def replay_dead(request: Request, session: DbSession, principal: SignedIn, endpoint_id: Id) -> Response:
    """Everything that could not be delivered goes out again."""
    count = rules.replay_dead(session, principal, endpoint_id)
    return go(request, _address(endpoint_id), Flash("done.webhook_replayed", {"n": count}))


@router.get("/deliveries/{delivery_id}", dependencies=_READ)
def delivery(request: Request, session: DbSession, principal: SignedIn, delivery_id: Id) -> Response:
    """What was sent, word for word, and every try."""
    view = delivery_view(session, translator(request), _delivery(session, delivery_id))
    template = "sheets/delivery.html" if is_partial(request) else "delivery.html"
    return render(request, template, principal=principal, view=view)


@router.get("/deliveries/{delivery_id}/row", dependencies=_READ)
def delivery_row(request: Request, session: DbSession, principal: SignedIn, delivery_id: Id) -> Response:
    """How one delivery stands; asked for again while it is about to be sent. Nothing where it went with its endpoint:
    its row goes, too."""
    row = deliveries.details(session, delivery_id)
    if row is None:
        return Response("", media_type="text/html")
    item = delivery_item(translator(request), row)
    return render(request, "parts/delivery.html", principal=principal, delivery=item)


@router.post("/deliveries/{delivery_id}/replay", dependencies=_MANAGE)
def replay(request: Request, session: DbSession, principal: SignedIn, delivery_id: Id) -> Response:
    """Send it again."""
    sent_again = rules.replay(session, principal, delivery_id)
    return go(request, _address(sent_again.endpoint_id), Flash("done.webhook_replayed", {"n": 1}))
