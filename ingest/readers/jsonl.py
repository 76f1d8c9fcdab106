"""The native format: JSON lines, or one JSON array, of {"id", "author", "time", "text", …}."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import tzinfo

from ingest.decoding import Stream
from ingest.fields import parse_count, parse_tier
from ingest.formats import Format
from ingest.json_values import Value, values_by_line, values_of_array
from ingest.posts import RAW_LIMIT, Post, Record, Rejected
from ingest.times import TimeFormatError, parse_time

PLATFORM = "native"
_LONGEST_NAME = 500  # characters of an id or a name; a longer one is a misplaced text
_ARRAY = re.compile(r"\s*\[\s*[{\]]")
_NAMES = ("channel", "thread", "reply_to", "product", "region", "platform", "author_name", "recalls")
_COUNTS = ("likes", "replies", "views")


class _FieldError(ValueError):
    """A field of a record that cannot be taken over; the message is the reason of the rejection."""


def read(stream: Stream, *, timezone: tzinfo) -> Iterator[Record]:
    """Posts of JSON lines or of a JSON array. A record without "id" leaves the id empty; "author" may be missing."""
    array = _ARRAY.match(stream.head) is not None
    values = values_of_array(stream.chunks()) if array else values_by_line(stream.lines())
    for value in values:
        yield value if isinstance(value, Rejected) else read_value(value, timezone=timezone)


def read_value(value: Value, *, timezone: tzinfo) -> Post | Rejected:
    """One native record, for the reader here and for posts pushed over HTTP."""
    if not isinstance(value.value, dict):
        reason = 'a record must be an object such as {"id": "1", "author": "u1", "text": "…"}'
        return Rejected(value.line, reason, value.raw[:RAW_LIMIT])
    try:
        return _post(value.line, value.value, timezone)
    except (_FieldError, TimeFormatError) as error:
        return Rejected(value.line, str(error), value.raw[:RAW_LIMIT])


def _post(line: int, record: Mapping[str, object], timezone: tzinfo) -> Post:
    names = {name: _name(record, name) for name in _NAMES}
    counts = {name: _count(record, name) for name in _COUNTS}
    tier = parse_tier(record.get("tier"))
    if tier is None:
        raise _FieldError(f'the tier {record["tier"]!r} is unknown; use "core", "fan" or "regular"')
    return Post(
        id=_name(record, "id"),
        platform=names["platform"] or PLATFORM,
        author=_name(record, "author"),
        time=parse_time(record.get("time"), timezone),
        text=_text(record, recall=bool(names["recalls"])),
        line=line,
        author_name=names["author_name"],
        channel=names["channel"],
        thread=names["thread"],
        reply_to=names["reply_to"],
        likes=counts["likes"],
        replies=counts["replies"],
        views=counts["views"],
        product=names["product"],
        region=names["region"],
        tier=tier,
        recalls=names["recalls"],
    )


def _text(record: Mapping[str, object], *, recall: bool) -> str:
    if "text" not in record and not recall:
        raise _FieldError('the record has no "text"')
    text = record.get("text", "")
    if not isinstance(text, str):
        raise _FieldError(f'"text" must be a string, not {type(text).__name__}')
    if not text.strip() and not recall:
        raise _FieldError('"text" is empty')
    return text.replace("\0", "")


def _name(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _FieldError(f'"{name}" must be a string or a number, not {type(value).__name__}')
    written = str(value).strip().replace("\0", "")
    if len(written) > _LONGEST_NAME:
        raise _FieldError(f'"{name}" has {len(written):,} characters, the limit is {_LONGEST_NAME}')
    return written


def _count(record: Mapping[str, object], name: str) -> int:
    count = parse_count(record.get(name))
    if count is None:
        raise _FieldError(f'"{name}" must be a whole number, not {record.get(name)!r}')
    return count


def _signature(stream: Stream) -> bool:
    head = stream.head.lstrip()
    opens = head.startswith("{") or _ARRAY.match(head) is not None
    return opens and re.search(r'"(?:text|recalls)"\s*:', head) is not None


FORMAT = Format(
    name="jsonl",
    title="JSON lines or a JSON array, the native format",
    platform=PLATFORM,
    priority=50,
    signature=_signature,
    read=read,
)
