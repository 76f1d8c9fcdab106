"""The response clock in words: how much time is left until the promised first answer, and why a draft stands where it
stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from api.pages.language import Translator
from store.repositories.desk import Place
from store.repositories.draft_order import MOST_PROMISES, QueueOrder

_SPANS: Final = ((365 * 86_400, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute"))
_SOON: Final = 0.25  # of the promise: less than this is left

ClockState = Literal["overdue", "soon", "time"]


@dataclass(frozen=True, slots=True)
class Clock:
    """Time left, always in words; `state` chooses the mark beside them."""

    state: ClockState
    words: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """Why a draft stands where it stands in the queue: its rank, and one reason a line."""

    rank: int
    waiting: int
    reasons: tuple[str, ...]


def span(t: Translator, length: timedelta) -> str:
    """A length of time in its largest unit, at least a minute."""
    seconds = max(length.total_seconds(), 60)
    for unit_seconds, unit in _SPANS:
        if seconds >= unit_seconds:
            return t(f"wait.{unit}", n=int(seconds // unit_seconds))
    return t("wait.minute", n=1)


def clock(t: Translator, waiting_since: datetime, promise: timedelta) -> Clock:
    """The clock of a post that has waited since then."""
    due = waiting_since + promise
    left = due - t.now
    if left <= timedelta(0):
        return Clock("overdue", t("clock.overdue", span=span(t, -left)), due)
    state: ClockState = "soon" if left < promise * _SOON else "time"
    return Clock(state, t("clock.left", span=span(t, left)), due)


def why(t: Translator, place: Place, order: QueueOrder, *, priority: float, needs_person: bool, waiting: int) -> Why:
    """The reasons for a draft's place, as `QueueOrder` computes it."""
    waited = max(order.as_of - place.waiting_since, timedelta(0))
    promises = min(waited / order.promise, MOST_PROMISES)
    if place.place < 0:
        return Why(place.ahead + 1, waiting, (t("why.skipped"),))
    reasons = [
        t("why.overdue" if promises >= 1 else "why.in_time", promise=span(t, order.promise), waited=span(t, waited)),
        t(
            "why.product",
            priority=t.score(priority),
            promises=f"{promises:.1f}",
            place=t.score(priority * promises),
        ),
        t("why.needs_person" if needs_person else "why.ready"),
    ]
    if promises >= MOST_PROMISES:
        reasons.append(t("why.saturated", n=int(MOST_PROMISES)))
    return Why(place.ahead + 1, waiting, tuple(reasons))
