"""A contributor's way in and out, and what they let us call them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, settings_of
from api.pages.public_rendering import Place, after_write, place_of, public_page, translator_of
from api.pages.views.people import alias
from api.public_access import (
    Contributor,
    clear_contributor_cookie,
    open_to_public,
    set_contributor_cookie,
)
from api.security import CONTRIBUTOR_COOKIE
from review import contributors, credit
from review.errors import Invalid
from review.principals import Principal
from store.repositories import credit as consents

router = APIRouter(prefix="/public", include_in_schema=False, dependencies=[open_to_public])

# in the query, not in the path: paths are logged, queries are not
Link = Annotated[str, Query(max_length=100, pattern=r"^[A-Za-z0-9_-]*$")]


def _place(request: Request) -> Place:
    return place_of(request, settings_of(request).boards[0])


@router.get("/enter")
def door(request: Request, session: DbSession, link: Link = "") -> Response:
    """Who the link is for, and a button. The look uses nothing up: previews of links look, too."""
    place = _place(request)
    author = contributors.whose_link(session, link)
    name = alias(translator_of(request, place), author) if author else ""
    answer = public_page(request, "public/enter.html", place, None, secret=link, name=name)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@router.post("/enter")
def enter(request: Request, session: DbSession, secret: Annotated[str, Form(max_length=100)] = "") -> Response:
    """Use the link up and begin a session."""
    opened = contributors.enter(session, secret)
    place = _place(request)
    answer = after_write(place, place.home, "entered")
    set_contributor_cookie(request, answer, opened)
    return answer


@router.post("/leave")
def leave(request: Request, session: DbSession) -> Response:
    """End the session."""
    contributors.leave(session, request.cookies.get(CONTRIBUTOR_COOKIE, ""))
    place = _place(request)
    answer = RedirectResponse(place.to(place.home), status_code=303)
    clear_contributor_cookie(request, answer)
    return answer


@router.get("/me")
def me(request: Request, session: DbSession, contributor: Contributor) -> Response:
    """By what name to be thanked."""
    name = _name(session, contributor)
    return public_page(request, "public/me.html", _place(request), contributor, name=name, asked=name, refused="")


def _name(session: Session, contributor: Principal) -> str:
    consent = consents.get(session, contributor.author or "")
    return consent.display_name if consent else ""


@router.post("/me/credit")
def agree(
    request: Request,
    session: DbSession,
    contributor: Contributor,
    display_name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Agree to be thanked by name; one that will not do stays in the form, with what is wrong with it."""
    place = _place(request)
    try:
        credit.agree(session, contributor, display_name=display_name)
    except Invalid as refusal:  # told before anything is written
        refused = refusal.message_zh if place.language == "zh" else refusal.message
        answer = public_page(
            request, "public/me.html", place, contributor, path="/public/me", name=_name(session, contributor),
            asked=display_name, refused=refused,
        )  # fmt: skip
        answer.status_code = 422
        return answer
    return after_write(place, "/public/me", "credited")


@router.post("/me/credit/withdraw")
def disagree(request: Request, session: DbSession, contributor: Contributor) -> Response:
    """Be thanked by pseudonym again."""
    credit.withdraw(session, contributor)
    return after_write(_place(request), "/public/me", "uncredited")
