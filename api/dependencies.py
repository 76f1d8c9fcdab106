"""What routes and pages ask for: a session in one transaction, who is asking, and the version they saw."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterator
from time import monotonic
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPBearer
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.errors import ApiError, NotSignedInError
from api.security import SAFE_METHODS, SESSION_COOKIE
from pipeline.finder import Finder
from pipeline.jobs import JobRunner
from pipeline.settings import Settings
from review import accounts
from review.permissions import Permission, require
from review.principals import Principal
from store.database import Database

_bearer = HTTPBearer(scheme_name="token", description="A token made under /api/v1/tokens", auto_error=False)
_cookie = APIKeyCookie(name=SESSION_COOKIE, scheme_name="session", auto_error=False)


def database_of(request: Request) -> Database:
    """The database this application was made with."""
    database: Database = request.app.state.database
    return database


def settings_of(request: Request) -> Settings:
    """The settings this application was made with."""
    settings: Settings = request.app.state.settings
    return settings


def runner_of(request: Request) -> JobRunner:
    """What starts and cancels jobs."""
    runner: JobRunner = request.app.state.runner
    return runner


def finder_of(request: Request) -> Finder:
    """What finds themes by meaning, and knowledge for them."""
    finder: Finder = request.app.state.finder
    return finder


def _database_session(request: Request) -> Iterator[Session]:
    with database_of(request).session(readonly=request.method in SAFE_METHODS) as session:
        yield session


def _writing_session(request: Request) -> Iterator[Session]:
    with database_of(request).session() as session:
        yield session


def _reading_session(request: Request) -> Iterator[Session]:
    with database_of(request).session(readonly=True) as session:
        yield session


# scope="function": the transaction is committed after the route returned and *before* the answer is sent, so nobody
# hears "done" of a write that then fails to commit. An exception, also an error answer's, rolls back.
DbSession = Annotated[Session, Depends(_database_session, scope="function")]
# For the few reads that leave a trace (a look at raw text is an event).
WritingSession = Annotated[Session, Depends(_writing_session, scope="function")]
# For a POST that only reads, its question being too long for an address: it must not wait for writers.
ReadingSession = Annotated[Session, Depends(_reading_session, scope="function")]


def find_principal(request: Request, session: Session) -> Principal | None:
    """Who is asking: by bearer token when one is sent, else by session cookie. None for a stranger.

    Raises NotSignedInError for a bearer token that does not hold: falling back to the cookie would hide the mistake.
    """
    if "authorization" in request.headers:
        scheme, _, secret = request.headers["authorization"].partition(" ")
        found = accounts.principal_of_token(session, secret.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise NotSignedInError("This token is wrong, revoked or expired; ask an administrator for a new one.")
        return found
    secret = request.cookies.get(SESSION_COOKIE, "")
    return accounts.principal_of_session(session, secret) if secret else None


def current_principal(request: Request, session: DbSession) -> Principal:
    """Who is asking, for routes and pages alike. Raises NotSignedInError (401) for a stranger."""
    found: Principal | None = getattr(request.state, "principal", None)
    if found is None:
        found = find_principal(request, session)
    if found is None:
        raise NotSignedInError
    request.state.principal = found
    return found


SignedIn = Annotated[Principal, Depends(current_principal)]


def allowed(permission: Permission) -> Callable[..., Principal]:
    """A dependency that gives the principal if they hold the permission, else 403 with its name."""

    def holder(
        principal: SignedIn,
        _token: Annotated[Any, Security(_bearer)] = None,
        _session: Annotated[Any, Security(_cookie)] = None,
    ) -> Principal:
        require(principal, permission)
        return principal

    return holder


def anyone_signed_in(
    principal: SignedIn,
    _token: Annotated[Any, Security(_bearer)] = None,
    _session: Annotated[Any, Security(_cookie)] = None,
) -> Principal:
    """A dependency that gives the principal, whatever they may do."""
    return principal


_TOUCH_SECONDS = 60.0


def _authenticate(request: Request) -> Principal:
    """Who is asking, looked up without waiting for writers; once a minute the use of a token is noted."""
    database = database_of(request)
    with database.session(readonly=True) as session:
        found = find_principal(request, session)
    if found is None:
        raise NotSignedInError
    if found.kind == "token":
        noted: dict[str, float] = request.app.state.token_use
        now = monotonic()
        if now - noted.get(found.id, -_TOUCH_SECONDS) >= _TOUCH_SECONDS:
            noted[found.id] = now
            with database.session() as session:
                find_principal(request, session)
    return found


def _query_names(dependant: Dependant) -> set[str]:
    names = {field.alias for field in dependant.query_params}
    return names.union(*(_query_names(inner) for inner in dependant.dependencies))


def _refuse_unknown_query(route: APIRoute, request: Request) -> None:
    known = _query_names(route.dependant)
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise RequestValidationError(
            [
                {
                    "loc": ("query", name[:60]),
                    "msg": f"unknown parameter; this endpoint knows {', '.join(sorted(known)) or 'none'}",
                    "type": "extra_forbidden",
                }
                for name in unknown[:20]
            ]
        )


class StrictRoute(APIRoute):
    """Refuses query parameters the endpoint does not know: a misspelt filter must not silently widen a list."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            _refuse_unknown_query(self, request)
            return await handle(request)

        return strict


class GuardedRoute(StrictRoute):
    """Knows who is asking before it reads a byte of the body: a stranger's upload is not parsed, only refused."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            request.state.principal = await run_in_threadpool(_authenticate, request)
            return await handle(request)

        return guarded


_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})(?:-[0-9a-f]{1,64})?"?')  # the tag of what was seen may follow the version


def _if_match_version(
    if_match: Annotated[
        str | None,
        Header(
            description="The version you saw, as the ETag gave it; a body field `version` does the same",
            pattern=r'^(W/)?"?[0-9]{1,9}(-[0-9a-f]{1,64})?"?$',
        ),
    ] = None,
) -> int | None:
    found = _VERSION.fullmatch(if_match) if if_match is not None else None
    return int(found.group(1)) if found else None


IfMatch = Annotated[int | None, Depends(_if_match_version)]
VersionQuery = Annotated[
    int | None, Query(ge=0, lt=2**31, description="The version you saw; `If-Match` does the same")
]  # for what carries no body


def seen_version(if_match: int | None, body_version: int | None) -> int | None:
    """The version the caller saw, from header or body. Raises a 422 where the two disagree."""
    if if_match is not None and body_version is not None and if_match != body_version:
        raise ApiError(
            422,
            "versions_disagree",
            "If-Match and the body's `version` differ; send one of them.",
            "版本信息前后不一致，请刷新后重试。",
        )
    return body_version if body_version is not None else if_match


def etag(version: int) -> str:
    """The ETag of a reviewed thing at this version."""
    return f'"{version}"'


Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,60}$", description="A type-prefixed id")]
