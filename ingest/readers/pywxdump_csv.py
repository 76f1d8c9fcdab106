"""PyWxDump CSV (and its kin without a room column): WeChat messages with server ids and quotes as a suffix."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, tzinfo

from ingest.chat_lines import why_not_said
from ingest.decoding import Stream
from ingest.formats import Format
from ingest.named_rows import NamedRow, header_of, named_rows
from ingest.posts import Post, Record, Rejected, Skipped
from ingest.times import TimeFormatError, parse_time

PLATFORM = "wechat"
OWNER = "self"  # the exporting account; the file calls it 我
_HEADER = frozenset({"MsgSvrID", "type_name", "is_sender", "talker", "CreateTime"})
_TEXT_KINDS = frozenset({"文本", "文本消息", "text", "1"})
_QUOTE = re.compile(r"\[引用\]\((?P<time>[^)\n]{0,40})\)\s*(?P<name>[^:：\n]{0,80})[:：].*", re.DOTALL)
_REMEMBERED = 20_000  # messages among which a quoted one is looked for


class _Recent:
    """Ids of the latest messages by when they were said, to find the one a quote means."""

    def __init__(self) -> None:
        self._ids: OrderedDict[tuple[str, datetime], str] = OrderedDict()

    def remember(self, post: Post) -> None:
        if post.id and post.time is not None:
            self._ids[post.channel, post.time] = post.id
            if len(self._ids) > _REMEMBERED:
                self._ids.popitem(last=False)

    def find(self, channel: str, time: datetime | None) -> str:
        return self._ids.get((channel, time), "") if time is not None else ""


def read(stream: Stream, *, timezone: tzinfo) -> Iterator[Record]:
    """Text messages; everything else is `Skipped` by its type name.

    A quote appended to a message is cut off; `reply_to` becomes the id of the quoted message where it was read before,
    else 'at:' and its time, else "".
    """
    column = "msg" if "msg" in header_of(stream) else "content"
    recent = _Recent()
    for row in named_rows(stream, needed=column):
        if isinstance(row, Rejected):
            yield row
            continue
        record = _record(row, column, recent, timezone)
        if isinstance(record, Post):
            recent.remember(record)
        yield record


def _record(row: NamedRow, column: str, recent: _Recent, timezone: tzinfo) -> Record:
    kind = row["type_name"]
    if kind not in _TEXT_KINDS and "引用" not in kind:
        return Skipped(row.line, kind[:40] or "no type")
    if row["talker"] == "系统":
        return Skipped(row.line, "system line")
    try:
        said = row[column] if column == "msg" else _said(row[column])
        time = parse_time(row["CreateTime"], timezone)
    except ValueError as error:  # TimeFormatError is one
        return Rejected(row.line, str(error), row.raw)
    quote = _QUOTE.search(said)
    text = (said[: quote.start()] if quote else said).strip()
    if not text:
        return Rejected(row.line, "the message has no text", row.raw)
    if reason := why_not_said(text):
        return Skipped(row.line, reason)
    author = _author(row)
    return Post(
        id=row["MsgSvrID"] if row["MsgSvrID"] not in {"0", "nan"} else "",
        platform=PLATFORM,
        author=author,
        time=time,
        text=text,
        line=row.line,
        author_name="" if author in {"", OWNER} else row["talker"],
        channel=row["room_name"],
        reply_to=_reply_to(quote.group("time"), row["room_name"], recent, timezone) if quote else "",
    )


def _said(content: str) -> str:
    """The message inside the older JSON cell. Raises `ValueError` where it is not that."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError('the cell "content" is not valid JSON') from None
    said = value.get("msg") if isinstance(value, dict) else None
    if isinstance(said, str):
        return said
    raise ValueError('the cell "content" has no "msg"')


def _author(row: NamedRow) -> str:
    if row["is_sender"] == "1" or row["talker"] == "我":
        return OWNER
    return "" if row["talker"] == "未知" else row["talker"]


def _reply_to(written: str, channel: str, recent: _Recent, timezone: tzinfo) -> str:
    try:
        time = parse_time(written, timezone)
    except TimeFormatError:
        return ""
    if time is None:
        return ""
    return recent.find(channel, time) or f"at:{time.isoformat()}"


def _signature(stream: Stream) -> bool:
    header = header_of(stream)
    return header >= _HEADER and not header.isdisjoint({"msg", "content"})


FORMAT = Format(
    name="pywxdump_csv",
    title="PyWxDump CSV",
    platform=PLATFORM,
    priority=90,
    signature=_signature,
    read=read,
)
