"""Figures of insights, kept for as long as nothing changes: many look at them, few things move them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.errors import ApiError
from review.insights import (
    Insights,
    Span,
    WeekFigures,
    insights,
    open_backlog,
    span_of_days,
    span_of_weeks,
    week_figures,
)
from store.repositories import insights as queries
from store.repositories import posts
from store.repositories.answer_figures import PROMISE
from store.repositories.post_filters import PostFilter

K = TypeVar("K")
V = TypeVar("V")

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


class _Kept(Generic[K, V]):
    """The values asked for last, as many as are worth keeping. Safe to share between threads."""

    def __init__(self) -> None:
        self._found: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def keep(self, key: K, value: V) -> V:
        with self._lock:
            self._found[key] = value
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return value


class InsightsMemory:
    """One a process. Safe to share between threads; two that ask at once may both count.

    What waits in the draft queue, against `promise`, is counted each time: promises run out while nothing changes.
    """

    def __init__(self, promise: timedelta = PROMISE) -> None:
        self._promise = promise
        self._figures: _Kept[_Key, Insights] = _Kept()
        self._weeks: _Kept[tuple[Span, tuple[object, ...]], tuple[WeekFigures, ...]] = _Kept()

    def at_hand(self, session: Session, asked: Asked, *, now: datetime, zone: ZoneInfo) -> bool:
        """Whether the figures come at once: they are kept, or there is little to count."""
        if self._figures.get(self._key(session, asked, now, zone)) is not None:
            return True
        return posts.count(session, PostFilter(), most=_QUICK + 1) <= _QUICK

    def of(self, session: Session, asked: Asked, *, now: datetime, zone: ZoneInfo) -> Insights:
        """The figures as they stand. Raises a 422 for days that make no span."""
        key = self._key(session, asked, now, zone)
        kept = self._figures.get(key)
        if kept is not None:
            return replace(kept, backlog=open_backlog(session, now=now, promise=self._promise))
        found = insights(session, key.span, now=now, chosen=asked.chosen, promise=self._promise)
        return self._figures.keep(key, found)

    def weeks(self, session: Session, span: Span) -> tuple[WeekFigures, ...]:
        """What each week of a span held."""
        key = (span, queries.stamp(session))
        return self._weeks.get(key) or self._weeks.keep(key, week_figures(session, span))

    def _key(self, session: Session, asked: Asked, now: datetime, zone: ZoneInfo) -> _Key:
        span = asked.span(session, now=now, zone=zone)
        return _Key(span, asked.chosen, now.astimezone(zone).date(), queries.stamp(session))
