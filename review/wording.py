"""Text that people send: trimmed, never empty where something must be said, never longer than its column."""

from __future__ import annotations

from review.errors import Invalid


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
