"""The door of the public pages: which boards are open, how often one address may knock, who a contributor is."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from api.dependencies import DbSession, settings_of
from api.errors import ApiError
from api.rate_limit import RateLimit
from api.security import CONTRIBUTOR_COOKIE, SAFE_METHODS, is_secure
from review import contributors
from review.principals import Principal

ALL: Final = "all"
_READS_A_MINUTE: Final = 120
_WRITES_A_MINUTE: Final = 20


class NoSuchPageError(ApiError):
    """404: there is nothing here for the public."""

    def __init__(self) -> None:
        super().__init__(404, "not_found", "There is nothing at this address.", "页面不存在。")


class ContributorNeededError(ApiError):
    """403: this needs a contributor's session."""

    def __init__(self) -> None:
        super().__init__(
            403,
            "contributor_needed",
            "Come in by the link your community gives you, then vote and follow here.",
            "请先从社区里的链接进入，再投票或关注。",
        )


def install_limits(app: FastAPI) -> None:
    """Give the application its counts of public requests."""
    app.state.public_reads = RateLimit(requests=_READS_A_MINUTE)
    app.state.public_writes = RateLimit(requests=_WRITES_A_MINUTE)


def _open(request: Request) -> None:
    limit: RateLimit = (
        request.app.state.public_reads if request.method in SAFE_METHODS else request.app.state.public_writes
    )
    limit.take(request.client.host if request.client else "")
    if not settings_of(request).boards:
        raise NoSuchPageError


def _visitor(request: Request, session: DbSession) -> Principal | None:
    secret = request.cookies.get(CONTRIBUTOR_COOKIE, "")
    return contributors.principal_of(session, secret) if secret else None


def _contributor(visitor: Visitor) -> Principal:
    if visitor is None:
        raise ContributorNeededError
    return visitor


# Raises 404 while no board is open, 429 for an address that asks too often.
open_to_public = Depends(_open)
Visitor = Annotated[Principal | None, Depends(_visitor)]
Contributor = Annotated[Principal, Depends(_contributor)]


def board_or_404(request: Request, board: str) -> str | None:
    """The product of an open board, None for the board of all products. Raises a 404 for one that is not open."""
    if board not in settings_of(request).boards:
        raise NoSuchPageError
    return None if board == ALL else board


def open_products(request: Request) -> tuple[str, ...] | None:
    """The products whose proposals are public; None where all are."""
    boards = settings_of(request).boards
    return None if ALL in boards else boards


def base_url(request: Request) -> str:
    """Where contributors reach the service, without a slash at its end."""
    return (settings_of(request).public_url or str(request.base_url)).rstrip("/")


def set_contributor_cookie(request: Request, response: Response, secret: str) -> None:
    """Give the browser its session: never readable by script, never sent from another site's form or frame."""
    response.set_cookie(
        CONTRIBUTOR_COOKIE, secret, max_age=contributors.SESSION_DAYS * 86_400, path="/public",
        secure=is_secure(request), httponly=True, samesite="lax",
    )  # fmt: skip


def clear_contributor_cookie(request: Request, response: Response) -> None:
    """Take it back, with the attributes it was set with."""
    response.delete_cookie(CONTRIBUTOR_COOKIE, path="/public", secure=is_secure(request), httponly=True, samesite="lax")
