"""Text that people send: trimmed, never empty where something must be said, never longer than its column."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from review.errors import Invalid

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co"})  # controls, marks of direction, blanks without width, private use
_PICTURE: Final = r"\u2190-\u2bff\U0001f000-\U0001faff"
_JOINER: Final = re.compile(rf"(?<=[{_PICTURE}\ufe0f])\u200d(?=[{_PICTURE}])")  # makes one emoji of two
_BREAKS: Final = re.compile(r"[\t\r]")


def required(text: str, field: str, field_zh: str, *, limit: int) -> str:
    """The text without surrounding blanks. Invalid where nothing is left, it is too long, or holds a NUL."""
    text = text.strip()
    if not text:
        raise Invalid(f"{field}_required", f"{field} must not be empty.", f"请填写{field_zh}。", field=field)
    return optional(text, field, field_zh, limit=limit)


def optional(text: str, field: str, field_zh: str, *, limit: int) -> str:
    """As `required`, but nothing is an answer too."""
    text = text.strip()
    if len(text) > limit:
        raise Invalid(
            f"{field}_too_long",
            f"{field} may have at most {limit} characters; this has {len(text)}.",
            f"{field_zh}最多 {limit} 字，现有 {len(text)} 字。",
            field=field,
            limit=limit,
        )
    if "\x00" in text:
        raise Invalid(
            f"{field}_unreadable", f"{field} holds a NUL character.", f"{field_zh}含有无效字符。", field=field
        )
    return text


def legible(text: str, field: str, field_zh: str, *, lines: bool = False) -> str:
    """The text, which everybody will read. Invalid where it holds characters that nobody sees and that change how the
    text around them reads. With `lines` it may have several lines, and the error says in which one to look."""
    for number, line in enumerate(text.split("\n") if lines else [text], start=1):
        rest = _JOINER.sub("", _BREAKS.sub("", line) if lines else line)
        hidden = next((mark for mark in rest if unicodedata.category(mark) in _HIDDEN), None)
        if hidden is None:
            continue
        at, at_zh = (f" (line {number})", f"（第 {number} 行）") if lines else ("", "")
        raise Invalid(
            f"{field}_unreadable",
            f"{field} holds invisible characters: U+{ord(hidden):04X}{at}.",
            f"{field_zh}含有不可见字符 U+{ord(hidden):04X}{at_zh}，请删除后重试。",
            field=field,
        )
    return text
