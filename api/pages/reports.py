"""The monthly report: a page, a file that stands alone, and a sheet."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from api.dependencies import DbSession, SignedIn, allowed, settings_of
from api.pages.rendering import STATIC_FOLDER, environment, render, translator
from api.pages.views.reports import ReportView, report_csv, report_view
from api.public_access import base_url
from review.monthly import latest_month, month_named, monthly_report
from review.permissions import Permission

router = APIRouter(
    prefix="/reports", include_in_schema=False, dependencies=[Depends(allowed(Permission.PROPOSAL_READ))]
)

Named = Annotated[str, Path(max_length=7)]
_SHEETS: Final = ("tokens", "base", "components", "loop", "report")
# the file brings its styles along; nothing else may load or run
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


@router.get("")
def latest(request: Request, session: DbSession) -> Response:
    """The month of the latest post."""
    t = translator(request)
    return RedirectResponse(f"/reports/{latest_month(session, t.zone, now=t.now).name}", status_code=307)


def _view(request: Request, session: DbSession, month: str) -> ReportView:
    t, promise = translator(request), settings_of(request).answer_promise
    return report_view(t, monthly_report(session, month_named(month, t.zone), promise=promise))


# before the page itself: their addresses are longer than a month's name
@router.get("/{month}.csv")
def sheet(request: Request, session: DbSession, month: Named) -> Response:
    """The figures as a sheet."""
    t, view = translator(request), _view(request, session, month)
    return _download(report_csv(t, view), "text/csv; charset=utf-8", f"zhongsheng-{view.month}.csv")


@router.get("/{month}.html")
def file(request: Request, session: DbSession, month: Named) -> Response:
    """The report as one file to forward."""
    t, view = translator(request), _view(request, session, month)
    css = "\n".join((STATIC_FOLDER / "css" / f"{name}.css").read_text(encoding="utf-8") for name in _SHEETS)
    styles = Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - our own files
    text = environment().get_template("report_file.html").render(t=t, view=view, styles=styles, home=base_url(request))
    answer = _download(text.encode(), "text/html; charset=utf-8", f"zhongsheng-{view.month}.html")
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer


@router.get("/{month}")
def page(request: Request, session: DbSession, principal: SignedIn, month: Named) -> Response:
    """What was heard and what was done."""
    view = _view(request, session, month)
    return render(request, "report.html", principal=principal, view=view, home="")


def _download(body: bytes, media_type: str, name: str) -> Response:
    return Response(body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
