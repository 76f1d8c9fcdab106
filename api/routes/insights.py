"""Insights: the figures of a span, as the page shows them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api.dependencies import DbSession, GuardedRoute, allowed, settings_of
from api.envelopes import One
from api.errors import ApiError, documented
from api.insights_memory import Asked, InsightsMemory
from api.schemas.insights import InsightsOut
from pipeline.settings import zone
from review.permissions import Permission

router = APIRouter(prefix="/insights", tags=["insights"], route_class=GuardedRoute)


@router.get(
    "",
    summary="The figures of a span",
    dependencies=[Depends(allowed(Permission.THEME_READ))],
    responses=documented(422),
)
def figures(
    request: Request,
    session: DbSession,
    weeks: Annotated[int, Query(ge=1, le=104, description="The last whole weeks up to the latest post")] = 4,
    first: Annotated[date | None, Query(description="First day, with `last` instead of `weeks`")] = None,
    last: Annotated[date | None, Query(description="Last day, included")] = None,
) -> One[InsightsOut]:
    """Counted once and kept while nothing changes. Days are those of the service's time zone."""
    if (first is None) != (last is None):
        raise ApiError(
            422, "span_incomplete", "Send both `first` and `last`, or neither.", "请同时给出开始与结束日期。"
        )
    memory: InsightsMemory = request.app.state.insights
    found = memory.of(
        session, Asked(weeks, first, last), now=datetime.now(UTC), zone=zone(settings_of(request).timezone)
    )
    return One(data=InsightsOut.model_validate(found))
