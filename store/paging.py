"""Cursor pagination by keyset: stable while rows are added, and as fast on the last page as on the first."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

T = TypeVar("T")
Key = str | int | float | datetime | None
Column = ColumnElement[Any] | InstrumentedAttribute[Any]

AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]

MAX_LIMIT = 500


class InvalidCursor(ValueError):  # noqa: N818 - named for what it says
    """The cursor was not made by this listing."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items in order, and where the next ones begin (None on the last page)."""

    items: tuple[T, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Keyset:
    """The order of a listing: by `column`, ties by `id_column`; rows without a value come last."""

    listing: str  # goes into the cursor, so that a cursor of another listing is refused
    column: Column
    kind: type[str] | type[int] | type[float] | type[datetime]
    id_column: Column
    id_kind: type[str] | type[int] = str
    descending: bool = True
    nullable: bool = False

    def ordered(self, statement: AnySelect) -> AnySelect:
        first = self.column.desc() if self.descending else self.column.asc()
        if self.nullable:
            first = first.nulls_last()
        return statement.order_by(first, self.id_column.desc() if self.descending else self.id_column.asc())

    def after(self, value: Key, last_id: str | int) -> ColumnElement[bool]:
        """What comes strictly behind the row with this sort value and id."""
        further_id = self.id_column < last_id if self.descending else self.id_column > last_id
        if value is None:
            return and_(self.column.is_(None), further_id)
        further = self.column < value if self.descending else self.column > value
        behind = or_(further, and_(self.column == value, further_id))
        return or_(behind, self.column.is_(None)) if self.nullable else behind


def fetch_page(
    session: Session,
    statement: AnySelect,
    keyset: Keyset,
    *,
    cursor: str | None,
    limit: int,
    build: Callable[[AnyRow], T],
) -> Page[T]:
    """One page of `statement`; `build` makes an item of each row. InvalidCursor where the cursor is not ours."""
    limit = max(1, min(limit, MAX_LIMIT))
    if cursor:
        statement = statement.where(keyset.after(*_decode(cursor, keyset)))
    statement = keyset.ordered(statement).add_columns(keyset.column, keyset.id_column).limit(limit + 1)
    rows = session.execute(statement).all()
    shown = rows[:limit]
    following = _encode(keyset, shown[-1][-2], shown[-1][-1]) if len(rows) > limit else None
    return Page(items=tuple(build(row) for row in shown), next_cursor=following)


def _encode(keyset: Keyset, value: Key, last_id: str | int) -> str:
    plain = value.isoformat() if isinstance(value, datetime) else value
    payload = json.dumps([keyset.listing, plain, last_id], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=")


def _decode(cursor: str, keyset: Keyset) -> tuple[Key, str | int]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        listing, value, last_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if listing == keyset.listing:
            return _typed(value, keyset.kind, nullable=keyset.nullable), _typed_id(last_id, keyset.id_kind)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise InvalidCursor("this cursor was not made by this listing; start again without a cursor") from error
    raise InvalidCursor("this cursor belongs to another listing; start again without a cursor")


def _typed(value: object, kind: type, *, nullable: bool) -> Key:
    """The sort value as its column's type. ValueError or TypeError where it is none."""
    if value is None and nullable:
        return None
    if kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a time without zone")
        return moment
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if kind in (int, str):
        return _typed_id(value, kind)
    raise TypeError("not a value of this column")


def _typed_id(value: object, kind: type) -> str | int:
    if kind is str and isinstance(value, str) and "\x00" not in value:
        value.encode()  # UnicodeEncodeError, a ValueError, for lone surrogates
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    raise TypeError("not a value of this column")
