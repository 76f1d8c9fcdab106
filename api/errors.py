"""One error shape for every answer that is not a success: ``{"error": {"code", "message", "details"}}``."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from ingest.errors import IngestError
from review.errors import ReviewError
from store.paging import InvalidCursor

log = structlog.get_logger("zhongsheng.errors")


class ErrorBody(BaseModel):
    """What went wrong and what to do about it."""

    model_config = ConfigDict(extra="forbid")

    code: str
    message: str
    details: dict[str, Any]


class ErrorEnvelope(BaseModel):
    """The body of every error answer."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorBody


@dataclass(frozen=True, slots=True)
class Problem:
    """An error on its way out, before it becomes JSON (API) or a page."""

    status: int
    code: str
    message: str
    message_zh: str
    details: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


ErrorPage = Callable[[Request, Problem], Response]
"""What `api.pages` may put at ``app.state.error_page`` to show problems outside /api/ as pages."""


class ApiError(HTTPException):
    """An error of the HTTP face itself. An HTTPException, so that body parsing lets it through untouched."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        message_zh: str,
        *,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status_code=status, detail=message, headers=headers)
        self.problem = Problem(status, code, message, message_zh, details or {}, headers or {})


class NotSignedInError(ApiError):
    """401: no credentials, or ones that are wrong, revoked or expired."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(
            401,
            "not_signed_in",
            reason or "Sign in, or send a bearer token: `Authorization: Bearer zs_…`.",
            "请先登录，或提供有效的访问令牌。",
            headers={"WWW-Authenticate": 'Bearer realm="zhongsheng"'},
        )


class BodyTooLargeError(ApiError):
    """413: the body is over the limit of its endpoint."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            413,
            "body_too_large",
            f"The body is larger than {limit // 2**20} MiB; split it into smaller requests.",
            f"内容超过 {limit // 2**20} MiB，请分批提交。",
            details={"limit_bytes": limit},
        )


_HTTP_MESSAGES: dict[int, tuple[str, str, str]] = {
    404: ("not_found", "There is nothing at this address; check the path against the API description.", "页面不存在。"),
    405: ("method_not_allowed", "This address does not take this method; see the Allow header.", "不支持该操作。"),
    422: ("unreadable_body", "The body could not be read; check it against its Content-Type.", "无法读取提交的内容。"),
}

_DESCRIPTIONS: dict[int, str] = {
    401: "Not signed in, or a token that is wrong, revoked or expired",
    403: "A permission is missing, named in `details.permission`, or the request came from another site",
    404: "No such thing",
    405: "The address does not take this method",
    409: "The thing has changed meanwhile, or its state does not allow this; `details` says what and by whom",
    413: "The body is too large",
    415: "The media type is not supported",
    422: "The input is not valid; `details.errors` or `message` says where and what to do",
    428: "The write needs a version: send `If-Match` or a `version` field",
    429: "Too many attempts; wait as long as `Retry-After` says",
    500: "A fault of the service; quote the `X-Request-Id` header when reporting it",
    503: "The database or the job runner is not available; try again later",
}

ALWAYS = (401, 403, 405, 500, 503)  # any signed-in endpoint may answer so


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: the error shape under each status, so that the OpenAPI description is true."""
    return {status: {"model": ErrorEnvelope, "description": _DESCRIPTIONS[status]} for status in statuses}


def error_response(request: Request, problem: Problem) -> Response:
    """The problem as JSON, or as a page where pages are installed and the address is not the API's."""
    page: ErrorPage | None = getattr(request.app.state, "error_page", None)
    path = request.url.path
    if page is not None and not path.startswith("/api/") and path not in ("/healthz", "/readyz"):
        return page(request, problem)
    body = ErrorEnvelope(
        error=ErrorBody(code=problem.code, message=problem.message, details=dict(problem.details)),
    )
    return JSONResponse(body.model_dump(mode="json"), status_code=problem.status, headers=dict(problem.headers))


def internal_error(request: Request, error: Exception) -> Response:
    """500. Logs where it happened, never the message: messages quote values, and values may be personal."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    log.error("internal_error", error_type=type(error).__qualname__, where=where)
    return error_response(
        request,
        Problem(
            500,
            "internal_error",
            "Something went wrong inside the service; nothing was changed. Quote the X-Request-Id when reporting it.",
            "服务内部出错，未作任何更改。反馈问题时请附上请求编号。",
        ),
    )


def _on_review_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ReviewError)
    wait = error.details.get("retry_after_s")
    headers = {"Retry-After": str(wait)} if wait is not None else {}
    problem = Problem(error.status, error.code, error.message, error.message_zh, error.details, headers)
    return error_response(request, problem)


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, ApiError):
        return error_response(request, error.problem)
    status = error.status_code
    if status == 400:  # a body that cannot be decoded; for the sender the same as one that is not valid
        status = 422
    code, message, message_zh = _HTTP_MESSAGES.get(
        status, (HTTPStatus(status).phrase.lower().replace(" ", "_"), str(error.detail), "请求无法完成。")
    )
    return error_response(request, Problem(status, code, message, message_zh, {}, error.headers or {}))


def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # `input` and `ctx` are left out: they repeat what was sent, which may be personal or enormous.
    errors = [
        {"where": ".".join(str(part) for part in item["loc"]), "message": item["msg"], "type": item["type"]}
        for item in error.errors()[:50]
    ]
    first = errors[0] if errors else {"where": "request", "message": "not valid"}
    problem = Problem(
        422,
        "validation_failed",
        f"The request is not valid at `{first['where']}`: {first['message']}. Correct it and send it again.",
        "提交的内容有误，请检查后重试。",
        {"errors": errors},
    )
    return error_response(request, problem)


def _on_invalid_cursor(request: Request, error: Exception) -> Response:  # noqa: ARG001
    problem = Problem(
        422,
        "invalid_cursor",
        "This cursor was not made for this list; start again without `cursor` and follow `meta.next_cursor`.",
        "分页位置无效，请从第一页重新开始。",
    )
    return error_response(request, problem)


def _on_unreadable(request: Request, error: Exception) -> Response:
    problem = Problem(422, "unreadable_file", str(error), "无法读取该文件，请检查其格式与编码。")
    return error_response(request, problem)


def _on_database_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DBAPIError)
    if not isinstance(error, OperationalError):
        return internal_error(request, error)
    log.error("database_unavailable", error_type=type(error.orig).__qualname__)
    problem = Problem(
        503,
        "database_unavailable",
        "The database does not answer or is busy; try again in a moment.",
        "数据库暂时不可用，请稍后再试。",
        headers={"Retry-After": "2"},
    )
    return error_response(request, problem)


def install_error_handlers(app: FastAPI) -> None:
    """Give every kind of error the one shape. Unforeseen exceptions are met by `api.access_log`."""
    app.add_exception_handler(ReviewError, _on_review_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(InvalidCursor, _on_invalid_cursor)
    app.add_exception_handler(IngestError, _on_unreadable)
    app.add_exception_handler(DBAPIError, _on_database_error)
