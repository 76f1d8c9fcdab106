"""Figures of insights, kept for as long as nothing changes: many look at them, few things move them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.errors import ApiError
from review.insights import Insights, Span, insights, open_backlog, span_of_days, span_of_weeks
from store.repositories import insights as queries
from store.repositories import posts
from store.repositories.answer_figures import PROMISE
from store.repositories.post_filters import PostFilter

_KEPT: Final = 32
_QUICK: Final = 20_000  # posts that are counted before anybody notices


@dataclass(frozen=True, slots=True)
class Asked:
    """Which span somebody asks for: whole weeks up to now, or days of their own, the last one included."""

    weeks: int = 4
    first: date | None = None
    last: date | None = None

    @property
    def chosen(self) -> bool:
        return self.first is not None and self.last is not None

    def span(self, session: Session, *, now: datetime, zone: ZoneInfo) -> Span:
        """The span. Raises a 422 where the days make none."""
        if self.first is None or self.last is None:
            return span_of_weeks(self.weeks, reach=queries.reach(session), now=now, zone=zone)
        found = span_of_days(self.first, self.last, zone)
        if found is None:
            raise ApiError(
                422,
                "span_invalid",
                "The first day must not be after the last, and a span holds two years at most.",
                "起止日期有误：开始不能晚于结束，跨度最长两年。",
            )
        return found


class _Key(NamedTuple):
    span: Span
    chosen: bool
    today: date
    stamp: tuple[object, ...]


class InsightsMemory:
    """One a process. Safe to share between threads; two that ask at once may both count.

    What waits in the draft queue, against `promise`, is counted each time: promises run out while nothing changes.
    """

    def __init__(self, promise: timedelta = PROMISE) -> None:
        self._promise = promise
        self._found: OrderedDict[_Key, Insights] = OrderedDict()
        self._lock = threading.Lock()

    def at_hand(self, session: Session, asked: Asked, *, now: datetime, zone: ZoneInfo) -> bool:
        """Whether the figures come at once: they are kept, or there is little to count."""
        with self._lock:
            if self._key(session, asked, now, zone) in self._found:
                return True
        return posts.count(session, PostFilter(), most=_QUICK + 1) <= _QUICK

    def of(self, session: Session, asked: Asked, *, now: datetime, zone: ZoneInfo) -> Insights:
        """The figures as they stand. Raises a 422 for days that make no span."""
        key = self._key(session, asked, now, zone)
        with self._lock:
            kept = self._found.get(key)
            if kept is not None:
                self._found.move_to_end(key)
        if kept is not None:
            return replace(kept, backlog=open_backlog(session, now=now, promise=self._promise))
        found = insights(session, key.span, now=now, chosen=asked.chosen, promise=self._promise)
        with self._lock:
            self._found[key] = found
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return found

    def _key(self, session: Session, asked: Asked, now: datetime, zone: ZoneInfo) -> _Key:
        span = asked.span(session, now=now, zone=zone)
        return _Key(span, asked.chosen, now.astimezone(zone).date(), queries.stamp(session))
