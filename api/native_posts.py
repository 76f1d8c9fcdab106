"""Posts pushed in the native format: body to records, records into the store, every post accounted for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from api.errors import ApiError
from api.schemas.posts import IntakeOut, RejectedOut
from ingest.posts import Post, Record, Rejected
from ingest.reading import read_bytes
from pipeline.intake import Origin, preview, take_in
from pipeline.settings import Settings, zone
from review.audit import record
from review.principals import Principal

_FORMAT = "jsonl"
_SHOWN = 100  # rejected posts in the answer
_NO_CHANNEL = "the post names no channel; give it a `channel`, or send ?channel=NAME for all of them"


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was sent, as JSON lines."""

    lines: bytes
    sha256: str


async def _pushed(request: Request) -> Pushed:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    digest = hashlib.sha256(body).hexdigest()
    if media_type in ("application/x-ndjson", "application/ndjson", "application/jsonl"):
        if not body.strip():
            raise _not_posts("The body is empty; send one JSON object a line.")
        return Pushed(body, digest)
    if media_type != "application/json":
        raise ApiError(
            415,
            "unsupported_media_type",
            "Send posts as application/json (an array or one object) or application/x-ndjson (one object a line).",
            "请以 application/json 或 application/x-ndjson 提交。",
        )
    try:
        value = json.loads(body)
    except RecursionError:
        raise _not_posts("The JSON is nested too deeply.") from None
    except ValueError as error:
        raise _not_posts(f"The body is not valid JSON: {error}.") from error
    posts = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    if not posts:
        raise _not_posts("Send an array with at least one post, or one post as an object.")
    return Pushed("\n".join(json.dumps(post) for post in posts).encode(), digest)


Records = Annotated[Pushed, Depends(_pushed)]


def _not_posts(message: str) -> ApiError:
    return ApiError(422, "not_posts", message, "提交的内容不是有效的帖子数据。")


def receive(
    session: Session, principal: Principal, pushed: Pushed, settings: Settings, *, channel: str | None, dry_run: bool
) -> IntakeOut:
    """Store the posts (or only say what would be done) within the session's transaction."""
    rejected: list[RejectedOut] = []
    fallback = channel.strip() if channel else ""
    records = list(_watched(pushed, settings, rejected, has_fallback=bool(fallback)))
    first = next((post.channel for post in records if isinstance(post, Post) and post.channel), "")
    origin = Origin(
        name=principal.name,
        channel=fallback or first or principal.name,
        format=_FORMAT,
        sha256=pushed.sha256,
        timezone=settings.timezone,
    )
    secret = settings.secret_key()
    if dry_run:
        report = preview(session, records, origin, secret=secret).report
    else:
        report = take_in(session, records, origin, secret=secret)
        counts = {"received": report.received, "written": report.written, "rejected": report.rejected}
        record(session, principal, "posts.received", "source", report.source_id, after=counts)
    return IntakeOut(
        source_id=report.source_id or None,
        dry_run=dry_run,
        received=report.received,
        written=report.written,
        duplicate=report.duplicate,
        rejected=report.rejected,
        skipped=report.skipped,
        without_time=report.without_time,
        rejected_rows=rejected,
    )


def _watched(
    pushed: Pushed, settings: Settings, rejected: list[RejectedOut], *, has_fallback: bool
) -> Iterator[Record]:
    """The records of the body; posts without any channel are rejected, and the first rejections noted."""
    with read_bytes(pushed.lines, format=_FORMAT, timezone=zone(settings.timezone)) as reading:
        for read in reading:
            shown: Record = read
            if isinstance(read, Post) and not (has_fallback or read.channel.strip()):
                shown = Rejected(read.line, _NO_CHANNEL, read.text[:2_000])
            if isinstance(shown, Rejected) and len(rejected) < _SHOWN:
                rejected.append(RejectedOut(line=shown.line, reason=shown.reason))
            yield shown
