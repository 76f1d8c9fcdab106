"""Sign in and out; every role lands where its work is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import sign_in
from api.dependencies import DbSession, SignedIn, find_principal
from api.pages.preferences import local_path
from api.pages.rendering import render, translator
from api.security import clear_session_cookie, set_session_cookie
from api.throttle import TooManyAttemptsError
from review.errors import TooManyAttempts
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


@router.post("/signin")
def enter(
    request: Request,
    username: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002
) -> Response:
    """Open a session, or say that name and password do not fit together (never which of the two)."""
    t = translator(request)
    try:
        opened = sign_in.open_session(request, username.strip(), password)
    except sign_in.WrongCredentialsError:
        return _refused(request, next, username, t("signin.wrong"), 401)
    except (TooManyAttempts, TooManyAttemptsError) as refused:
        seconds = sign_in.retry_after(refused)
        answer = _refused(request, next, username, t("signin.too_many", minutes=seconds // 60 + 1), 429)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    wanted = local_path(next)
    response = RedirectResponse(landing(opened.principal) if wanted == "/" else wanted, status_code=303)
    set_session_cookie(request, response, opened.secret, max_age=sign_in.SESSION_SECONDS)
    return response


@router.post("/signout")
def leave(request: Request, session: DbSession) -> Response:
    """End the session on the server too, so that its cookie is worth nothing; let go of claimed drafts."""
    principal = find_principal(request, session)
    if principal is not None:
        sign_in.close_session(request, session, principal)
    response = RedirectResponse("/signin", status_code=303)
    clear_session_cookie(request, response)
    return response


def _refused(request: Request, wanted: str, username: str, refusal: str, status: int) -> Response:
    return render(
        request,
        "signin.html",
        status=status,
        next=local_path(wanted),
        username=username.strip()[:100],
        refusal=refusal,
    )
