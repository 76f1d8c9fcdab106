"""Signing in and out, the same for the form and for the API."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.orm import Session

from api.dependencies import database_of
from api.errors import ApiError
from api.security import SESSION_COOKIE
from api.throttle import SignInThrottle, TooManyAttemptsError
from review import accounts, drafts
from review.errors import TooManyAttempts
from review.permissions import Permission, may
from review.principals import Principal

SESSION_SECONDS = accounts.SESSION_HOURS * 3600


class WrongCredentialsError(ApiError):
    """401: name and password do not fit; it is not said which."""

    def __init__(self) -> None:
        super().__init__(
            401,
            "wrong_credentials",
            "Name and password do not fit; check both, or ask an administrator for a new password.",
            "用户名或密码不正确。",
            headers={"WWW-Authenticate": 'Bearer realm="zhongsheng"'},
        )


@dataclass(frozen=True, slots=True)
class SignedInSession:
    """Who signed in, and the secret for their cookie (`security.set_session_cookie`)."""

    principal: Principal
    secret: str


def open_session(request: Request, username: str, password: str) -> SignedInSession:
    """Open a session. Raises WrongCredentialsError (401), or a 429 where name or address has failed too often.

    Works in a transaction of its own: a failure is counted although the answer is an error.
    """
    throttle: SignInThrottle = request.app.state.sign_in_throttle
    address = request.client.host if request.client else ""
    throttle.check(address)
    with database_of(request).session() as session:
        principal = accounts.authenticate(session, username, password)
        secret = accounts.open_session(session, principal) if principal else ""
    if principal is None:
        throttle.failed(address)
        raise WrongCredentialsError
    request.state.principal = principal
    return SignedInSession(principal=principal, secret=secret)


def close_session(request: Request, session: Session, principal: Principal) -> None:
    """End the session of this request's cookie; whoever leaves lets go of the drafts they hold."""
    if may(principal, Permission.DRAFT_DECIDE) and principal.kind == "user":
        drafts.release_all(session, principal)
    accounts.close_session(session, request.cookies.get(SESSION_COOKIE, ""))


def retry_after(refused: TooManyAttempts | TooManyAttemptsError) -> int:
    """Seconds to wait, from whichever count refused."""
    details = refused.details if isinstance(refused, TooManyAttempts) else refused.problem.details
    return int(details["retry_after_s"])
