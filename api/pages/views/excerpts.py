"""Long texts cut for a line or a card."""

from __future__ import annotations

from typing import Final

EXCERPT: Final = 160  # characters of a post beside other things


def shortened(text: str, length: int = EXCERPT) -> str:
    """The text, or where it is longer its beginning with an ellipsis: at most `length` characters."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
