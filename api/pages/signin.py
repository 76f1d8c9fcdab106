"""Sign in and out; every role lands where its work is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.dependencies import DbSession, SignedIn, find_principal
from api.pages.preferences import local_path
from api.pages.rendering import render, translator
from api.security import SESSION_COOKIE, clear_session_cookie, set_session_cookie
from api.throttle import SignInThrottle, TooManyAttempts
from review import accounts
from review.principals import Principal, Role

router = APIRouter(include_in_schema=False)


def landing(principal: Principal) -> str:
    """Where this person's work is."""
    return "/drafts" if principal.role is Role.MODERATOR else "/themes"


@router.get("/")
def home(principal: SignedIn) -> Response:
    """To the work of the role."""
    return RedirectResponse(landing(principal), status_code=303)


@router.get("/signin")
def form(request: Request, session: DbSession, next: str = "/") -> Response:  # noqa: A002
    """The sign-in form; whoever is signed in already goes on."""
    if find_principal(request, session) is not None:
        return RedirectResponse(local_path(next), status_code=303)
    return render(request, "signin.html", next=local_path(next), username="", refusal="")
