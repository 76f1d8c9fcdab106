"""The order of the draft queue: demand times waiting time against the response clock, overdue first.

The order is one number a draft, computed in the query, so that it is true at every moment without a clock that writes.
A listing is pinned to the moment its first page was made: its cursor carries that moment, so that pages never overlap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Float, Select, and_, case, func, literal

from store.expressions import epoch_seconds
from store.paging import InvalidCursor
from store.tables import Draft, DraftSkip, Post

MOST_PROMISES: Final = 4.0  # waiting weighs no more beyond this many promises: old archives are ordered by demand
READY: Final = 100.0  # of a priority: that a draft has an answer; demand times severity is at most this
OVERDUE: Final = 1_000_000.0  # above any product of demand and waiting
AnyQuery = TypeVar("AnyQuery", bound=Select[*tuple[Any, ...]])
_CURSOR = re.compile(r"(\d{1,11})\.(.+)", re.ASCII | re.DOTALL)


def waiting_since() -> ColumnElement[datetime]:
    """When the clock of a draft's post began: when it was posted; when it came in, where it carries no time."""
    return func.coalesce(Post.posted_at, Post.created_at)


@dataclass(frozen=True, slots=True)
class QueueOrder:
    """The order as one person sees it at one moment.

    A draft's place is its priority (demand of the theme times severity; what has an answer before what has none) times
    the promises it has waited, at most `MOST_PROMISES`; drafts whose promise ran out stand above all others, and what
    this person passed over stands below, the longest ago first.
    """

    as_of: datetime
    promise: timedelta
    user_id: str = ""  # whose passing over counts; "" for nobody's

    def __post_init__(self) -> None:
        object.__setattr__(self, "as_of", self.as_of.astimezone(UTC).replace(microsecond=0))

    def joined(self, statement: AnyQuery) -> AnyQuery:
        """A statement over drafts, with what `place` needs."""
        skipped = and_(DraftSkip.draft_id == Draft.id, DraftSkip.user_id == self.user_id)
        of_drafts = statement.select_from(Draft)
        return of_drafts.join(Post, Post.id == Draft.post_id).outerjoin(DraftSkip, skipped)

    @property
    def place(self) -> ColumnElement[float]:
        """Higher is earlier; ties go by the draft's id. Only in a statement that was `joined`."""
        waited = literal(self.as_of.timestamp(), Float) - epoch_seconds(waiting_since())
        promises = waited / self.promise.total_seconds()
        weight = case((promises < 0.0, 0.0), (promises > MOST_PROMISES, MOST_PROMISES), else_=promises)
        overdue = case((waiting_since() <= self.as_of - self.promise, OVERDUE), else_=0.0)
        ranked = overdue + Draft.priority * weight
        return case((DraftSkip.skipped_at.is_(None), ranked), else_=-epoch_seconds(DraftSkip.skipped_at))

    def resumed(self, cursor: str | None) -> tuple[QueueOrder, str | None]:
        """The order of the listing that the cursor belongs to, and the cursor within it."""
        if cursor is None:
            return self, None
        found = _CURSOR.fullmatch(cursor)
        if found is None:
            raise InvalidCursor("this cursor was not made by this listing; start again without a cursor")
        return replace(self, as_of=datetime.fromtimestamp(int(found[1]), UTC)), found[2]

    def marked(self, cursor: str | None) -> str | None:
        """The cursor with the moment its listing is pinned to."""
        return None if cursor is None else f"{int(self.as_of.timestamp())}.{cursor}"
