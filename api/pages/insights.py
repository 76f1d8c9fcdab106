"""Insights: what a manager shows on Monday, with every chart as a table to download."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session

from api.dependencies import DbSession, SignedIn, allowed, database_of
from api.insights_memory import Asked, InsightsMemory
from api.pages.digest import DIGEST_POLICY, asked_week, digest_parts
from api.pages.language import Translator
from api.pages.rendering import is_partial, render, translator
from api.pages.views.digest import DigestView, digest_top, digest_view, span_drawn
from api.pages.views.insight_charts import charts_of
from api.pages.views.insights import insights_view
from review.insights import Insights, acts_span
from review.permissions import Permission

router = APIRouter(prefix="/insights", include_in_schema=False)

_READ = [Depends(allowed(Permission.THEME_READ))]
_CHART = r"^(demand|movers|answers|channels|intents|health)$"
_Weeks = Annotated[Literal["4", "12", "26"], Query()]
_First = Annotated[date | Literal[""], Query(alias="from")]
_Last = Annotated[date | Literal[""], Query(alias="to")]


def insights_of(request: Request, session: Session, t: Translator, asked: Asked) -> Insights:
    """The figures of a span, from memory where nothing has changed."""
    memory: InsightsMemory = request.app.state.insights
    return memory.of(session, asked, now=t.now, zone=t.zone)


def _at_hand(request: Request, session: Session, t: Translator, asked: Asked) -> bool:
    memory: InsightsMemory = request.app.state.insights
    return memory.at_hand(session, asked, now=t.now, zone=t.zone)


def _asked(weeks: str, first: date | str, last: date | str) -> Asked:
    if isinstance(first, date) and isinstance(last, date):
        return Asked(0, first, last)
    return Asked(int(weeks))


@router.get("", dependencies=_READ)
def page(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    weeks: _Weeks = "4",
    first: _First = "",
    last: _Last = "",
) -> Response:
    """The whole page, which asks for figures that take a moment by itself; for HTMX what is under its head."""
    t = translator(request)
    asked = _asked(weeks, first, last)
    if not is_partial(request) and not _at_hand(request, session, t, asked):
        return render(request, "insights.html", principal=principal, view=None)
    found = insights_of(request, session, t, asked)
    view = insights_view(t, found, weeks=asked.weeks, first=str(first), last=str(last))
    template = "parts/insights.html" if is_partial(request) else "insights.html"
    return render(request, template, principal=principal, view=view)


@router.get("/{chart}.csv", dependencies=_READ)
def chart_csv(
    request: Request,
    session: DbSession,
    chart: Annotated[str, Path(pattern=_CHART)],
    weeks: _Weeks = "4",
    first: _First = "",
    last: _Last = "",
) -> Response:
    """The numbers of one chart, to be opened in a spreadsheet."""
    t = translator(request)
    found = insights_of(request, session, t, _asked(weeks, first, last))
    name = f"zhongsheng-{chart}-{t.day(found.span.since)}-{t.day(found.span.last_moment)}.csv"
    return Response(
        charts_of(t, found)[chart].as_csv(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/digest.html", dependencies=_READ)
def digest(request: Request, session: DbSession, week: Annotated[date | Literal[""], Query()] = "") -> Response:
    """The digest of the week a day lies in (the last whole one without), to be read here, saved or mailed."""
    t = translator(request)
    asked = asked_week(week if isinstance(week, date) else None, t)
    span = asked.span(session, now=t.now, zone=t.zone)
    memory: InsightsMemory = request.app.state.insights
    database, home = database_of(request), str(request.base_url)

    def tell() -> DigestView:  # after this function has returned, and its session has ended
        with database.session(readonly=True) as counting:
            found = memory.of(counting, asked, now=t.now, zone=t.zone)
            return digest_view(counting, t, found, memory.weeks(counting, span_drawn(found)), home=home)

    top = digest_top(t, span, acts_span(span, now=t.now, chosen=asked.chosen))
    headers = {"Content-Security-Policy": DIGEST_POLICY}
    return StreamingResponse(digest_parts(t, top, tell), media_type="text/html", headers=headers)
