"""The one way to say that a thing does not exist."""

from __future__ import annotations

from typing import TypeVar

from review.versions import not_found

Row = TypeVar("Row")


def found(row: Row | None, kind: str, thing_id: str) -> Row:
    """The row; raises NotFound (404) for None."""
    if row is None:
        raise not_found(kind, thing_id)
    return row
