"""One log line a request, with an id that the answer carries too. No query string, no body, no unmatched path."""

from __future__ import annotations

import re
from time import perf_counter

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from api.errors import internal_error

log = structlog.get_logger("zhongsheng.access")

_SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class AccessLog:
    """Middleware: request id, access line, and the last resort for exceptions nobody foresaw."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        offered = Headers(scope=scope).get("x-request-id", "")
        request_id = offered if _SAFE_REQUEST_ID.fullmatch(offered) else str(ULID()).lower()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = perf_counter()
        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            if status:  # the answer is half sent; nothing can be said any more
                raise
            request = Request(scope)
            await internal_error(request, error)(scope, receive, send_with_id)
        finally:
            principal = scope.get("state", {}).get("principal")
            log.info(
                "request",
                method=scope["method"],
                # an unmatched path is free text from outside; a matched one holds nothing but ids
                path=scope["path"] if "endpoint" in scope else "(unmatched)",
                status=status,
                milliseconds=round((perf_counter() - started) * 1000, 1),
                principal=getattr(principal, "id", None),
            )
            structlog.contextvars.unbind_contextvars("request_id")
