"""What every answer carries and every request must pass: headers, same-site writes, bearable bodies; and cookies."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, BodyTooLargeError, error_response

SESSION_COOKIE = "zhongsheng_session"
CONTRIBUTOR_COOKIE = "zhongsheng_contributor"  # on the public pages
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not `no-referrer`: that makes browsers send `Origin: null` with our own forms, and the check below would refuse
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
DEFAULT_BODY_LIMIT = 2 * 2**20
POSTS_BODY_LIMIT = 32 * 2**20
KNOWLEDGE_BODY_LIMIT = 16 * 2**20
MULTIPART_OVERHEAD = 2**20  # boundaries and the fields beside an uploaded file


def is_secure(request: Request) -> bool:
    """Whether cookies are sent over HTTPS only: by setting, or because this request came so."""
    secure: bool = request.app.state.settings.secure_cookies
    return secure or request.url.scheme == "https"


def set_session_cookie(request: Request, response: Response, secret: str, *, max_age: int) -> None:
    """Give the browser its session: never readable by script, never sent from another site's form."""
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=max_age,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(request: Request, response: Response) -> None:
    """Take the session cookie back, with the attributes it was set with."""
    response.delete_cookie(SESSION_COOKIE, path="/", secure=is_secure(request), httponly=True, samesite="lax")


class SecurityHeaders:
    """Middleware: the headers above on every answer; nothing but static files may be kept by caches."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                framed = "frame-ancestors" in headers.get("Content-Security-Policy", "")
                for name, value in HEADERS.items():
                    if not (framed and name == "X-Frame-Options"):  # an answer that says itself who may frame it
                        headers.setdefault(name, value)
                if not static:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


def is_cross_site(method: str, host: str, headers: Headers) -> bool:
    """Whether a write may have been made by another site with this browser's cookies.

    Browsers say so themselves in `Sec-Fetch-Site` (https and localhost) or `Origin` (every POST); a page of another
    site can forge neither. With a session cookie and neither header we refuse; a bearer token is no ambient
    authority, so it needs no check.
    """
    if method in SAFE_METHODS or headers.get("authorization"):
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc != host
    cookies = headers.get("cookie", "")
    return any(name in cookies for name in (SESSION_COOKIE, CONTRIBUTOR_COOKIE))


class SameSiteWrites:
    """Middleware: refuses writes from other sites (cross-site request forgery, forced sign-in)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if is_cross_site(scope["method"], headers.get("host", ""), headers):
                error = ApiError(
                    403,
                    "cross_site_write",
                    "A write with a session cookie must come from this site's own pages; use a bearer token elsewhere.",
                    "该操作来自其他网站，已拒绝。请在本站页面内操作。",
                )
                await error_response(Request(scope), error.problem)(scope, receive, send)
                return
        await self.app(scope, receive, send)


class BodyLimit:
    """Middleware: a body over the limit of its address is refused, before it is read where its length is declared."""

    def __init__(self, app: ASGIApp, *, limits: Mapping[str, int]) -> None:
        self.app = app
        self.limits = limits  # by path; `DEFAULT_BODY_LIMIT` elsewhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limits.get(scope["path"], DEFAULT_BODY_LIMIT)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > limit:
            await error_response(Request(scope), BodyTooLargeError(limit).problem)(scope, receive, send)
            return
        read = 0

        async def receive_within_limit() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise BodyTooLargeError(limit)
            return message

        await self.app(scope, receive_within_limit, send)
