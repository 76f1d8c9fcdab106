"""Problems as people meet them: a page, a sheet in the dialog, or the way to the sign-in."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import DBAPIError

from api.dependencies import database_of, find_principal, settings_of
from api.errors import NotSignedInError, Problem
from api.pages.language import Translator
from api.pages.problem_words import message_of, title_of
from api.pages.public_rendering import is_public, public_problem
from api.pages.rendering import here, is_background, is_partial, render, translator
from api.pages.views.story import chapters
from api.security import CONTRIBUTOR_COOKIE
from review import contributors
from review.principals import Principal
from store.repositories import events

_THING: Final = re.compile(r"(thm|drf|prp|knw)_[a-z0-9]+")
_CHANGES_SHOWN: Final = 3
_FAULT: Final = 500  # and above: the service's own
_OVERTAKEN: Final = frozenset({"stale_version", "draft_not_open", "not_claimed"})  # somebody was quicker


def error_page(request: Request, problem: Problem) -> Response:
    """The answer to a problem outside the API: says what happened and what can be done."""
    if problem.status == 401:
        return _to_sign_in(request)
    if is_background(request):  # the one dialog may hold what somebody is writing
        return Response(status_code=problem.status, headers={**problem.headers, "HX-Reswap": "none"})
    t = translator(request)
    context: dict[str, Any] = {
        "title": title_of(t, problem),
        "message": message_of(t, problem),
        "lines": _details(request, problem, t),
    }
    if is_partial(request):
        reload = _origin_path(request) if problem.status in (409, 428) else ""
        answer = render(request, "parts/refusal.html", status=problem.status, reload=reload, **context)
        answer.headers["HX-Retarget"] = "#dialog"
        answer.headers["HX-Reswap"] = "innerHTML"
    else:
        principal, visitor = _who(request, problem)
        if principal is None and _is_public(request, problem):
            return public_problem(request, problem, visitor, came_from=_public_origin(request))
        back = _origin_path(request) if request.method != "GET" else "/"
        answer = render(request, "problem.html", principal=principal, status=problem.status, back=back, **context)
    for name, value in problem.headers.items():
        answer.headers.setdefault(name, value)
    return answer


def _who(request: Request, problem: Problem) -> tuple[Principal | None, Principal | None]:
    """Who is signed in, and which contributor it is; where nothing answers the address, no route has asked yet."""
    known: Principal | None = getattr(request.state, "principal", None)
    if known is not None or problem.status >= _FAULT:  # the database itself may be what fails
        return known, None
    secret = request.cookies.get(CONTRIBUTOR_COOKIE, "")
    try:
        with database_of(request).session(readonly=True) as session:
            visitor = contributors.principal_of(session, secret) if secret else None
            return find_principal(request, session), visitor
    except (NotSignedInError, DBAPIError):
        return None, None


def _is_public(request: Request, problem: Problem) -> bool:
    """Whether the way on from here is the public board rather than the sign-in."""
    return bool(settings_of(request).boards) and (is_public(request.url.path) or problem.status in (404, 405))


def _public_origin(request: Request) -> str:
    """The public page a press of a button came from; empty where that is unknown or was no public page."""
    origin = _origin_path(request) if request.method != "GET" else ""
    return origin if is_public(urlsplit(origin).path) else ""


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


def _details(request: Request, problem: Problem, t: Translator) -> list[str]:
    """What the problem's details say in words: who changed what when, until when it is held, what was wrong."""
    details = problem.details
    lines: list[str] = []
    if problem.code in _OVERTAKEN:
        lines += _latest_changes(request, t)
        lines.append(t("problem.nothing_lost"))
    until = _moment(details.get("until"))
    if until:
        lines.append(t("problem.held_until", when=until.astimezone(t.zone).strftime("%H:%M")))
    errors = details.get("errors")
    if isinstance(errors, list) and t.language == "en":
        lines += [f"{error.get('where')}: {error.get('message')}" for error in errors[:3] if isinstance(error, dict)]
    return lines


def _latest_changes(request: Request, t: Translator) -> list[str]:
    """What was lately done to the thing whose id the address names."""
    subject_id = next((part for part in request.url.path.split("/") if _THING.fullmatch(part)), None)
    if subject_id is None:
        return []
    with database_of(request).session(readonly=True) as session:
        found = events.listed(session, subject_id=subject_id, limit=_CHANGES_SHOWN).items
        return [f"{chapter.who} {chapter.words} · {t.ago(chapter.at)}" for chapter in chapters(session, t, found)]


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
