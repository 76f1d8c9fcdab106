"""Integrations: what other systems are told, where it is sent, how it arrives; boards that proposals are pushed to."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.dependencies import DbSession, GuardedRoute, SignedIn, allowed
from api.pages.rendering import render
from api.pages.views.connectors import connector_cards
from api.pages.views.webhooks import endpoint_cards
from review.permissions import Permission

router = APIRouter(prefix="/integrations", include_in_schema=False, route_class=GuardedRoute)


@router.get("", dependencies=[Depends(allowed(Permission.INTEGRATION_READ))])
def listed(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """Every endpoint and every connector, with what needs a look."""
    endpoints, boards = endpoint_cards(session), connector_cards(session)
    return render(request, "integrations.html", principal=principal, endpoints=endpoints, connectors=boards)
