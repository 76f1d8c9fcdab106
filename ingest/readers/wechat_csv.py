"""WeChatMsg 留痕 CSV: WeChat messages of groups (12 cells) and private chats (9 cells under the same header)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import tzinfo

from ingest.chat_lines import why_not_said
from ingest.decoding import Stream
from ingest.formats import Format
from ingest.named_rows import NamedRow, header_of, named_rows
from ingest.posts import Post, Record, Rejected, Skipped
from ingest.times import TimeFormatError, parse_time

PLATFORM = "wechat"
OWNER = "self"  # author of what the exporting account sent in a private chat, whose id the export does not hold
_HEADER = frozenset({"localId", "TalkerId", "Type", "SubType", "IsSender", "CreateTime", "StrContent"})
_TEXT, _APP, _SYSTEM, _QUOTE = "1", "49", "10000", "57"
_KINDS = {
    "3": "image",
    "34": "voice",
    "42": "contact card",
    "43": "video",
    "47": "sticker",
    "48": "location",
    "50": "call",
    _SYSTEM: "system line",
    "10002": "system line",
}
_APP_KINDS = {
    "5": "link",
    "6": "file",
    "19": "forwarded chat",
    "33": "mini program",
    "2000": "transfer",
    "2001": "red packet",
}
_SERVER_ID = re.compile(r"<svrid>(?:<!\[CDATA\[)?(\d+)")
_QUOTED = re.compile(r"(?:^|\n)[ \t]{0,8}(?:引用 ?[:：]|\[引用\]).*", re.DOTALL)


def read(stream: Stream, *, timezone: tzinfo) -> Iterator[Record]:
    """Text messages and replies that quote. What is not said by a person (system, media, forwards) is `Skipped`.

    `localId` is a row number of one device's database, not an id of the message: posts are known by their content, so
    that exports of one group by two members meet.
    """
    for row in named_rows(stream, needed="StrContent"):
        yield row if isinstance(row, Rejected) else _record(row, timezone)


def _record(row: NamedRow, timezone: tzinfo) -> Record:
    kind = row["Type"]
    quote = kind == _APP and row["SubType"] == _QUOTE
    if kind != _TEXT and not quote:
        if not kind.isdigit():
            return Rejected(row.line, f"the message type {kind[:40]!r} is no number", row.raw)
        name = _APP_KINDS.get(row["SubType"], "app message") if kind == _APP else _KINDS.get(kind, f"type {kind}")
        return Skipped(row.line, name)
    author = _author(row)
    text, reply_to = _quoting(row["StrContent"]) if quote else (row["StrContent"], "")
    text = _without_sender(text, author).strip()
    if not text:
        return Rejected(row.line, "the message has no text", row.raw)
    if reason := why_not_said(text):
        return Skipped(row.line, reason)
    try:
        time = parse_time(row["CreateTime"] or row["StrTime"], timezone)
    except TimeFormatError as error:
        return Rejected(row.line, str(error), row.raw)
    return Post(
        id="",
        platform=PLATFORM,
        author=author,
        time=time,
        text=text,
        line=row.line,
        author_name=row["NickName"] or row["Remark"],
        channel=row["TalkerId"],
        reply_to=reply_to,
    )


def _author(row: NamedRow) -> str:
    if row["Sender"]:
        return row["Sender"]
    if row["IsSender"] == "1":
        return OWNER
    return "" if row["TalkerId"].endswith("@chatroom") else row["TalkerId"]


def _without_sender(text: str, author: str) -> str:
    """WeChat keeps 'wxid_…:' on a line of its own before what was said in a group."""
    return text.removeprefix(f"{author}:\n") if author else text


def _quoting(content: str) -> tuple[str, str]:
    """What the person said, and the id of the message quoted. The quoted words belong to their first author."""
    if content.startswith("<") and "<title>" in content:
        said = content.partition("<title>")[2].partition("</title>")[0].strip()
        referred = _SERVER_ID.search(content.partition("<refermsg>")[2])
        words = said.removeprefix("<![CDATA[").removesuffix("]]>")
        return html.unescape(words), referred.group(1) if referred else ""
    return _QUOTED.sub("", content, count=1).strip(), ""


def _signature(stream: Stream) -> bool:
    return header_of(stream) >= _HEADER


FORMAT = Format(
    name="wechat_csv",
    title="WeChatMsg 留痕 CSV",
    platform=PLATFORM,
    priority=90,
    signature=_signature,
    read=read,
)
