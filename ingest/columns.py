"""Which column of a table holds what: guessed from Chinese and English headers, corrected by a mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.errors import BadMappingError, NoTextColumnError

# Header names by field, best first. Compared without case, spaces, underscores and anything in brackets.
KNOWN_HEADERS: dict[str, tuple[str, ...]] = {
    "text": (
        "text", "内容", "正文", "留言详情", "留言内容", "帖子内容", "评论内容", "评价内容", "反馈内容",
        "消息内容", "投诉内容", "问题描述", "内容详情", "详情", "描述", "评论", "评价", "留言", "反馈",
        "建议", "消息", "文本", "问题", "吐槽", "content", "message", "msg", "body", "comment", "review",
        "feedback", "description", "desc", "raw", "cooked", "post", "question", "suggestion",
        "complaint", "strcontent", "内文", "內容", "評論", "訊息", "問題描述",
    ),
    "title": (
        "title", "标题", "主题", "留言主题", "帖子标题", "subject", "headline", "topictitle", "标题名",
        "題目", "題名", "標題",
    ),
    "author": (
        "author", "作者", "authorid", "userid", "uid", "用户id", "用户编号", "用户", "留言用户",
        "发帖人", "发布者", "发布人", "评论人", "user", "username", "sender", "senderid", "from", "账号",
        "用户名", "昵称", "发送者", "发送人", "member", "openid", "nickname", "nick", "name", "姓名",
        "网友", "客户", "買家", "用戶", "暱稱",
    ),
    "time": (
        "time", "时间", "发布时间", "发帖时间", "留言时间", "评论时间", "评价时间", "创建时间",
        "提交时间", "反馈时间", "消息时间", "发送时间", "日期", "发布日期", "datetime", "timestamp",
        "date", "createdat", "createtime", "created", "publishedat", "posttime", "pubdate", "ctime",
        "dateline", "strtime", "msgtime", "時間", "日期时间", "購買時間",
    ),
    "id": (
        "id", "编号", "留言编号", "帖子id", "帖子编号", "评论id", "消息id", "序号", "postid",
        "messageid", "msgid", "commentid", "reviewid", "pid", "feedbackid", "編號", "工单号", "工单编号",
    ),
    "likes": (
        "likes", "点赞数", "点赞", "赞", "赞同数", "支持数", "like", "likecount", "upvotes", "votes",
        "ups", "thumbsup", "有用数", "點讚數",
    ),
    "replies": (
        "replies", "回复数", "评论数", "回帖数", "replycount", "comments", "commentcount", "numcomments",
        "回覆數", "跟帖数",
    ),
    "views": (
        "views", "浏览数", "浏览量", "阅读数", "阅读量", "查看数", "viewcount", "reads", "pv", "瀏覽數",
    ),
    "product": (
        "product", "产品", "产品型号", "机型", "型号", "设备", "商品", "商品名称", "产品名称",
        "carmodel", "model", "device", "sku", "車型", "车型", "车系", "產品",
    ),
    "region": (
        "region", "地区", "省份", "城市", "地域", "所在地", "属地", "ip属地", "province", "city",
        "location", "區域", "区域",
    ),
    "channel": (
        "channel", "渠道", "来源", "板块", "版块", "群", "群名", "群聊", "source", "forum", "board",
        "platform", "群名称",
    ),
    "thread": (
        "thread", "threadid", "tid", "topicid", "session", "sessionid", "会话", "会话id", "主题id",
        "帖子", "conversationid",
    ),
    "tier": (
        "tier", "等级", "用户等级", "级别", "level", "会员等级",
    ),
}  # fmt: skip
FIELDS = tuple(KNOWN_HEADERS)
_NOISE = re.compile(r"[(（\[【].*?[)）\]】]|[\s_\-:：#*]+")
_SAMPLE_FOR_ID = 2  # rows needed before repeated values speak against an id column
_NOT_TEXT = re.compile(r"[\d\s.,:/\-+%TZ年月日]*")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column was taken for which field, by header; `None` where a table has no header for it."""

    header: tuple[str, ...]
    by_field: Mapping[str, int] = field(default_factory=dict)
    asked_for: frozenset[str] = frozenset()  # fields set by a person's mapping

    def name(self, field_name: str) -> str | None:
        """The header of the column taken for a field, or None."""
        position = self.by_field.get(field_name)
        return None if position is None else self.header[position]

    def explain(self) -> str:
        """The guess on one line, in the form in which `--map` takes a correction: text=内容,time=时间."""
        return ",".join(f"{name}={self.header[at]}" for name, at in self.by_field.items())

    @property
    def unused(self) -> tuple[str, ...]:
        """Headers that were taken for nothing."""
        used = set(self.by_field.values())
        return tuple(name for at, name in enumerate(self.header) if at not in used)


def parse_mapping(written: str) -> dict[str, str]:
    """'text=内容,time=时间' to {'text': '内容', 'time': '时间'}. Raises `BadMappingError`."""
    mapping: dict[str, str] = {}
    for part in re.split(r"[,，]", written):
        if not part.strip():
            continue
        name, equals, column = part.partition("=")
        if not equals or not column.strip():
            raise BadMappingError(f"{part!r} is not FIELD=COLUMN; write for example --map text=内容,time=时间")
        mapping[name.strip()] = column.strip()
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Raises `BadMappingError` where the mapping names a field that does not exist."""
    for name in mapping:
        if name not in KNOWN_HEADERS:
            raise BadMappingError(f"{name!r} is no field of a post; the fields are: {', '.join(FIELDS)}")


def guess_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]] = (), mapping: Mapping[str, str] | None = None
) -> Columns:
    """The columns of a table. `rows` are the first data rows: they settle what headers leave open.

    A mapped field is taken as told, by header or by number from 1 (an empty column, '', leaves the field out).
    Raises `BadMappingError` for an absent column and `NoTextColumnError` where nothing can be the text.
    """
    names = tuple(cell.strip() for cell in header)
    mapping = mapping or {}
    check_mapping(mapping)
    chosen = {name: _position(names, column) for name, column in mapping.items() if column}
    for name, candidates in KNOWN_HEADERS.items():
        if name in mapping:
            continue
        found = _best(names, candidates, set(chosen.values()), name, rows)
        if found is not None:
            chosen[name] = found
    if "text" not in chosen:
        fallback = _text_by_content(names, rows, chosen)
        if fallback is None:
            raise NoTextColumnError(names)
        chosen["text"] = fallback
        chosen = {name: at for name, at in chosen.items() if name == "text" or at != fallback}
    ordered = {name: chosen[name] for name in FIELDS if name in chosen}
    return Columns(names, ordered, frozenset(mapping))


def _position(names: Sequence[str], column: str) -> int:
    for at, name in enumerate(names):
        if name == column or _plain(name) == _plain(column) != "":
            return at
    if column.isascii() and column.isdigit() and 1 <= int(column) <= len(names):
        return int(column) - 1
    found = ", ".join(repr(name) for name in names)
    raise BadMappingError(f"The table has no column {column!r}. Columns found: {found}")


def _best(
    names: Sequence[str], candidates: Sequence[str], taken: set[int], name: str, rows: Sequence[Sequence[str]]
) -> int | None:
    plain = [_plain(header) for header in names]
    for candidate in candidates:
        for at, header in enumerate(plain):
            if header == candidate and at not in taken and _fits(name, at, rows):
                return at
    return None


def _fits(name: str, at: int, rows: Sequence[Sequence[str]]) -> bool:
    """Whether the values seen do not speak against the field: an id repeats, a text is numbers only."""
    values = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
    if not values:
        return True
    if name == "id":
        return len(values) < _SAMPLE_FOR_ID or len(set(values)) == len(values)
    if name == "text":
        return any(not _NOT_TEXT.fullmatch(value) for value in values)
    if name in {"likes", "replies", "views"}:
        return all(_NOT_TEXT.fullmatch(value) or value.endswith(("万", "k", "w", "亿")) for value in values)
    return True


def _text_by_content(names: Sequence[str], rows: Sequence[Sequence[str]], chosen: Mapping[str, int]) -> int | None:
    """The title where there is one, else the only column if it holds words. Anything else is for a person to say."""
    if "title" in chosen:
        return chosen["title"]
    if len(names) == 1 and any(row and not _NOT_TEXT.fullmatch(row[0]) for row in rows):
        return 0
    return None


def _plain(header: str) -> str:
    return _NOISE.sub("", header).lower()
