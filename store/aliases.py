"""What an author is called on the pages: short, stable, and not a name."""

from __future__ import annotations

import hashlib

UNKNOWN = "匿名用户"


def alias_of(author_id: str | None) -> str:
    """``用户7F3A2`` for an author id; two authors share one about once in a million pairs."""
    if not author_id:
        return UNKNOWN
    return "用户" + hashlib.sha256(author_id.encode()).hexdigest()[:5].upper()
