"""Discuz! boards: the table pre_forum_post as CSV, alone or joined with columns of pre_forum_thread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import tzinfo

from ingest.decoding import Stream
from ingest.fields import parse_count
from ingest.formats import Format
from ingest.named_rows import NamedRow, header_of, named_rows
from ingest.posts import Post, Record, Rejected, Skipped
from ingest.times import TimeFormatError, parse_time

PLATFORM = "discuz"
_HEADER = frozenset({"pid", "tid", "authorid", "dateline", "message"})
_QUOTED_POST = re.compile(r"\[quote\].{0,200}?[?&;]pid=(\d+)", re.DOTALL | re.IGNORECASE)
_GUEST = "0"


def read(stream: Stream, *, timezone: tzinfo) -> Iterator[Record]:
    """Visible posts. The opening post carries the thread's title and, where joined, its views, replies and likes.

    Hidden posts (`invisible` below 0: deleted, awaiting a moderator, drafts) are `Skipped`. Who posted anonymously or
    as a guest stays unknown.
    """
    for row in named_rows(stream, needed="message"):
        yield row if isinstance(row, Rejected) else _record(row, timezone)


def _record(row: NamedRow, timezone: tzinfo) -> Record:
    if row["invisible"].startswith("-"):
        return Skipped(row.line, "hidden post")
    if not row["pid"].isdigit():
        return Rejected(row.line, f"the pid {row['pid'][:40]!r} is no number", row.raw)
    message = row["message"]
    opens = row["first"] == "1"
    subject = row["subject"] if opens or not message else ""
    text = f"{subject}\n{message}".strip() if not message.startswith(subject) or not subject else message
    if not text:
        return Rejected(row.line, "the post has neither subject nor message", row.raw)
    try:
        time = parse_time(row["dateline"], timezone)
    except TimeFormatError as error:
        return Rejected(row.line, str(error), row.raw)
    unknown = row["anonymous"] == "1" or row["authorid"] == _GUEST
    quoted = _QUOTED_POST.search(message)
    return Post(
        id=row["pid"],
        platform=PLATFORM,
        author="" if unknown else row["authorid"],
        time=time,
        text=text,
        line=row.line,
        author_name="" if unknown else row["author"],
        channel=row["fid"],
        thread=row["tid"],
        reply_to=quoted.group(1) if quoted else "",
        likes=_thread_count(row, opens, "recommend_add"),
        replies=_thread_count(row, opens, "replies"),
        views=_thread_count(row, opens, "views"),
    )


def _thread_count(row: NamedRow, opens: bool, column: str) -> int:
    """Counts of the thread belong to the post that opens it; on every reply they would count many times."""
    return parse_count(row[column]) or 0 if opens else 0


def _signature(stream: Stream) -> bool:
    return header_of(stream) >= _HEADER


FORMAT = Format(
    name="discuz_csv",
    title="Discuz! posts (pre_forum_post) as CSV",
    platform=PLATFORM,
    priority=90,
    signature=_signature,
    read=read,
)
