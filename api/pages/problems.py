"""Problems as people meet them: a page, a sheet in the dialog, or the way to the sign-in."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.errors import Problem
from api.pages.language import Translator
from api.pages.rendering import here, is_partial, render, translator


def error_page(request: Request, problem: Problem) -> Response:
    """The answer to a problem outside the API: says what happened and what can be done."""
    if problem.status == 401:
        return _to_sign_in(request)
    t = translator(request)
    message = problem.message_zh if t.language == "zh" else problem.message
    context = {
        "title": t.either(f"problem.{problem.status}", t("problem.other")),
        "message": message,
        "lines": _details(problem, t),
    }
    if is_partial(request):
        reload = _origin_path(request) if problem.status in (409, 428) else ""
        answer = render(request, "parts/refusal.html", status=problem.status, reload=reload, **context)
        answer.headers["HX-Retarget"] = "#dialog"
        answer.headers["HX-Reswap"] = "innerHTML"
    else:
        principal = getattr(request.state, "principal", None)
        back = _origin_path(request) if request.method != "GET" else "/"
        answer = render(request, "problem.html", principal=principal, status=problem.status, back=back, **context)
    for name, value in problem.headers.items():
        answer.headers.setdefault(name, value)
    return answer


def _to_sign_in(request: Request) -> Response:
    wanted = _origin_path(request) if is_partial(request) else here(request)
    to = "/signin" if wanted in ("", "/") else f"/signin?next={quote(wanted)}"
    if is_partial(request):
        return Response(status_code=204, headers={"HX-Redirect": to})
    return RedirectResponse(to, status_code=303)


def _origin_path(request: Request) -> str:
    """The page the request came from, as a path of this site."""
    address = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer") or "/")
    path = address.path if address.path.startswith("/") and not address.path.startswith("//") else "/"
    return path + (f"?{address.query}" if address.query else "")


def _details(problem: Problem, t: Translator) -> list[str]:
    """What the problem's details say in words: who changed it when, until when it is held, what was allowed."""
    details = problem.details
    lines: list[str] = []
    who = details.get("by_name") or details.get("claimed_by_name")
    when = _moment(details.get("at") or details.get("when"))
    if who and when:
        lines.append(t("problem.changed_by_at", who=who, when=t.ago(when)))
    elif who:
        lines.append(t("problem.changed_by", who=who))
    action = details.get("action")
    if isinstance(action, str):
        lines.append(t("problem.last_change", what=t.either(f"event.{action}", action)))
    until = _moment(details.get("until") or details.get("claim_expires_at"))
    if until:
        lines.append(t("problem.held_until", when=until.astimezone(t.zone).strftime("%H:%M")))
    errors = details.get("errors")
    if isinstance(errors, list) and t.language == "en":
        lines += [f"{error.get('where')}: {error.get('message')}" for error in errors[:3] if isinstance(error, dict)]
    return lines


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
