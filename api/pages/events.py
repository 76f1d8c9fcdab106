"""The audit log, to read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.dependencies import DbSession, SignedIn, allowed
from api.pages.rendering import is_partial, render, translator, wants_rows
from api.pages.views.events import events_view
from review.permissions import Permission

router = APIRouter(prefix="/events", include_in_schema=False)


@router.get("", dependencies=[Depends(allowed(Permission.EVENT_READ))])
def listed(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    subject: Annotated[str, Query(max_length=40)] = "",
    actor: Annotated[str, Query(max_length=60, pattern=r"^[A-Za-z0-9_-]*$")] = "",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Who did what, latest first; for HTMX the table, or further rows."""
    view = events_view(session, translator(request), subject=subject, actor=actor, cursor=cursor)
    template = "events.html"
    if wants_rows(request):
        template = "parts/event_more.html"
    elif is_partial(request):
        template = "parts/event_table.html"
    return render(request, template, principal=principal, view=view)
