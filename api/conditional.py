"""Answers that are sent only where they differ from what the caller has: ETag, If-None-Match, 304."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import Depends, Header
from pydantic import BaseModel
from starlette.responses import Response

_TAG = 20  # hexadecimal digits of a SHA-256: 80 bits, far more than chance needs

# For the `responses=` of a route that answers so.
CONDITIONAL: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"description": "Send it as If-None-Match next time", "schema": {"type": "string"}}}},
    304: {"description": "Nothing has changed since the answer whose ETag came as If-None-Match"},
}


def content_tag(answer: BaseModel) -> str:
    """A tag that changes with anything the caller would see."""
    return hashlib.sha256(answer.model_dump_json().encode()).hexdigest()[:_TAG]


def versioned_etag(version: int, answer: BaseModel) -> str:
    """The ETag of a reviewed thing: its version, for If-Match, and what is shown of it, for If-None-Match."""
    return f'"{version}-{content_tag(answer)}"'


def answered(answer: BaseModel, *, etag: str, seen: str | None) -> Response:
    """The answer with its ETag, or 304 without a body where `seen` (an If-None-Match header) names it."""
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if names(seen, etag):
        return Response(status_code=304, headers=headers)
    return Response(answer.model_dump_json(), media_type="application/json", headers=headers)


def names(seen: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names this answer: weak comparison (RFC 9110, 8.8.3.2), as it wants it."""
    tags = [tag.strip().removeprefix("W/") for tag in (seen or "").split(",")]
    return "*" in tags or etag.removeprefix("W/") in tags


def _if_none_match(
    if_none_match: Annotated[
        str | None, Header(description="The ETag of the answer you have; 304 where it is still that", max_length=1_000)
    ] = None,
) -> str | None:
    return if_none_match


IfNoneMatch = Annotated[str | None, Depends(_if_none_match)]
