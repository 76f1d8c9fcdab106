"""QQ chat as text: the official export, and what copying out of the chat window gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo

from ingest.chat_lines import why_not_said
from ingest.decoding import Line, Stream
from ingest.formats import Format
from ingest.posts import RAW_LIMIT, Post, Record, Rejected, Skipped
from ingest.times import TimeFormatError, parse_time

PLATFORM = "qq"
MESSAGE_LIMIT = 1 << 20  # characters of one message
_SYSTEM_SENDERS = frozenset({"10000", "1000000"})
_ID = r"(?:\((?P<number>[^()\s]+)\)|<(?P<mail>[^<>\s]+)>)"
_CLOCK = r"(?:[上下]午\s?)?\d{1,2}:\d{2}:\d{2}(?: [AaPp][Mm])?"
_OFFICIAL = re.compile(rf"(?P<time>\d{{4}}-\d{{1,2}}-\d{{1,2}} {_CLOCK}) (?P<name>.*?){_ID}?\s*")
_COPIED = re.compile(
    rf"(?P<name>\S.{{0,80}}?){_ID}?\s+"
    rf"(?P<time>(?:\d{{1,2}}/\d{{1,2}}/\d{{4}}|\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}}) {_CLOCK})\s*"
)
_RANK = re.compile(r"【[^】]{0,20}】")
_OPENING = "消息记录（此消息记录为文本格式"
_CHAT = re.compile(r"消息对象[:：](?P<name>.*)")
_RULE = "========"
_FRAME = re.compile(r"\s*(?:=+|消息分组[:：].*|消息记录（.*)?\s*")


@dataclass(slots=True)
class _Open:
    """The message being read, up to the next header."""

    header: re.Match[str]
    line: int
    channel: str
    lines: list[str] = field(default_factory=list)
    length: int = 0
    problem: str = ""

    def add(self, line: Line) -> None:
        self.length += len(line.text) + 1
        if line.problem:
            self.problem = line.problem
        elif self.length > MESSAGE_LIMIT:
            self.problem = f"the message has more than {MESSAGE_LIMIT:,} characters"
        if not self.problem:
            self.lines.append(line.text)


class _Headers:
    """Which lines begin a message.

    An export of a group names a number or a mail address in every header; only where the whole head names none (a
    private chat) does a line with a time and a name alone begin a message, so that "2019-09-23 20:43:38 重启了" within
    a message stays within it.
    """

    def __init__(self, head: str) -> None:
        lines = head.splitlines()
        official = [match for match in map(_OFFICIAL.fullmatch, lines) if match]
        self._pattern = _OFFICIAL
        if not official and _OPENING not in head:
            self._pattern = _COPIED
        self._need_id = any(_id(match) for match in official)

    def match(self, text: str, *, after_blank: bool) -> re.Match[str] | None:
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        if self._pattern is _OFFICIAL and not _id(found):
            return found if after_blank and not self._need_id and found.group("name") else None
        return found


def read(stream: Stream, *, timezone: tzinfo) -> Iterator[Record]:
    """Messages of one or several chats. The chat's name (消息对象) becomes the channel."""
    headers = _Headers(stream.head)
    channel = ""
    current: _Open | None = None
    previous = ""
    for line in stream.lines():
        header = None if line.problem else headers.match(line.text, after_blank=not previous.strip())
        chat = _CHAT.fullmatch(line.text) if previous.startswith(_RULE) else None
        previous = line.text
        if header is not None or chat is not None:
            if current is not None:
                yield _record(current, timezone, framed=chat is not None)
            channel = chat.group("name").strip() if chat is not None else channel
            current = _Open(header, line.number, channel) if header is not None else None
        elif current is not None:
            current.add(line)
        elif line.problem or not _FRAME.fullmatch(line.text):
            yield Rejected(line.number, line.problem or "this stands before the first message", line.text[:RAW_LIMIT])
    if current is not None:
        yield _record(current, timezone, framed=False)


def _record(message: _Open, timezone: tzinfo, *, framed: bool) -> Record:
    lines = message.lines
    while lines and (not lines[-1].strip() or (framed and _FRAME.fullmatch(lines[-1]))):
        lines.pop()
    text = "\n".join(lines).strip()
    raw = f"{message.header.group()}\n{text}"[:RAW_LIMIT]
    if message.problem:
        return Rejected(message.line, message.problem, raw)
    author = _id(message.header)
    if author in _SYSTEM_SENDERS:
        return Skipped(message.line, "system line")
    if not text:
        return Rejected(message.line, "the message has no text", raw)
    if reason := why_not_said(text):
        return Skipped(message.line, reason)
    try:
        time = parse_time(message.header.group("time"), timezone)
    except TimeFormatError as error:
        return Rejected(message.line, str(error), raw)
    name = _RANK.sub("", message.header.group("name"), count=1).strip()
    return Post(
        id="",
        platform=PLATFORM,
        author=author or name,
        time=time,
        text=text,
        line=message.line,
        author_name=name,
        channel=message.channel,
    )


def _id(header: re.Match[str]) -> str:
    return header.group("number") or header.group("mail") or ""


def _signature(stream: Stream) -> bool:
    """The official opening, or a first line that begins a message."""
    if stream.head.lstrip().startswith(_OPENING):
        return True
    first = next((line for line in stream.head.splitlines() if line.strip()), "")
    return any(pattern.fullmatch(first) for pattern in (_OFFICIAL, _COPIED))


FORMAT = Format(
    name="qq_txt",
    title="QQ chat record, official TXT or copied",
    platform=PLATFORM,
    priority=80,
    signature=_signature,
    read=read,
)
