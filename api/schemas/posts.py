"""Posts: the native format in, counts with reasons out; the shown text, and the raw text apart."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.schemas.fields import Output


class PostOut(Output):
    """One message as people of the brand see it: cleaned, masked, its author a pseudonym."""

    id: str
    channel_id: str
    source_id: str | None
    author_id: str | None
    posted_at: datetime | None
    text: str
    masks: dict[str, int] = Field(description="How many of each kind of personal data were masked")
    thread: str
    reply_to: str
    likes: int
    replies: int
    views: int
    product: str
    region: str
    tier: str
    duplicate_of: str | None
    created_at: datetime


class RawPostOut(Output):
    """One message as received, personal data included. Each look is an event."""

    id: str
    raw: str


class RejectedOut(Output):
    """A row that could not become a post, and what to do about it."""

    line: int
    reason: str


class IntakeOut(Output):
    """What became of the posts sent. received = written + duplicate + rejected + skipped."""

    source_id: str | None = Field(description="null for a dry run, and where nothing was new")
    dry_run: bool
    received: int
    written: int
    duplicate: int
    rejected: int
    skipped: int
    without_time: int
    rejected_rows: list[RejectedOut] = Field(description="The first hundred; all of them under /sources/{id}/rejected")


_EXAMPLE = {
    "id": "10086-1",
    "author": "u-204",
    "time": "2026-08-01T09:30:00+08:00",
    "text": "升级以后充电特别慢，一晚上都充不满",
    "channel": "社区",
    "likes": 3,
}

NATIVE_BODY: dict[str, Any] = {
    "required": True,
    "description": (
        "Posts in the native format: an array, one object, or one JSON object a line. Fields: `text` (required), `id`"
        " (the platform's message id: the same id twice is stored once), `author` (the platform's id, kept only as a"
        " pseudonym), `time` (RFC 3339, or `2026-08-01 09:30` in the service's time zone), `channel`, `thread`,"
        " `reply_to`, `likes`, `replies`, `views`, `product`, `region`, `tier` (core, fan, regular). A post that cannot"
        " be taken is rejected with its reason in the answer; the others are stored."
    ),
    "content": {
        "application/json": {
            "schema": {"anyOf": [{"type": "array", "minItems": 1, "items": {}}, {"type": "object"}]},
            "examples": {"array": {"value": [_EXAMPLE]}, "object": {"value": _EXAMPLE}},
        },
        "application/x-ndjson": {"schema": {"type": "string", "format": "ndjson"}},
    },
}
"""What POST /posts takes, for the OpenAPI description."""
