"""Events: the audit log, read only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.dependencies import DbSession, GuardedRoute, allowed
from api.envelopes import Cursor, Limit, Many, many
from api.errors import documented
from api.schemas.fields import InputTime
from api.schemas.people import EventOut
from review.permissions import Permission
from store.repositories import events

router = APIRouter(prefix="/events", tags=["events"], route_class=GuardedRoute)

_Filter = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]


@router.get(
    "", summary="The audit log", dependencies=[Depends(allowed(Permission.EVENT_READ))], responses=documented(422)
)
def log(
    session: DbSession,
    *,
    subject_type: _Filter = None,
    subject_id: _Filter = None,
    actor: _Filter = None,
    action: _Filter = None,
    since: Annotated[InputTime | None, Query(description="At or after")] = None,
    until: Annotated[InputTime | None, Query(description="Before")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[EventOut]:
    """Newest first."""
    page = events.listed(
        session,
        subject_type=subject_type,
        subject_id=subject_id,
        actor=actor,
        action=action,
        since=since,
        until=until,
        cursor=cursor,
        limit=limit,
    )
    return many(page, EventOut.model_validate)
