"""Weekly trends as small bars, and growth as words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from api.pages.language import Translator

SPARK_HEIGHT = 28.0
_STEP = 8.0
_FLAT = 0.1  # growth of less than a tenth is shown as steady


@dataclass(frozen=True, slots=True)
class Bar:
    """One week in the drawing's own units."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Spark:
    """A sparkline; the last bar is the current week."""

    bars: tuple[Bar, ...]
    width: float
    label: str

    @property
    def past(self) -> str:
        """All weeks but the current one as one path: a page of rows has a hundred times twelve bars."""
        return "".join(_outline(bar) for bar in self.bars[:-1])

    @property
    def now(self) -> str:
        """The current week as a path."""
        return "".join(_outline(bar) for bar in self.bars[-1:])


def _outline(bar: Bar) -> str:
    return f"M{bar.x:g} {bar.y:g}h{bar.width:g}v{bar.height:g}h-{bar.width:g}z"


@dataclass(frozen=True, slots=True)
class Growth:
    """How fast a theme grows against its own baseline."""

    direction: Literal["up", "down", "flat"]
    short: str  # "+80%"
    words: str


def weeks_of(weekly: Sequence[Any], latest: datetime | None, *, most: int = 12) -> tuple[tuple[str, int], ...]:
    """(Monday as ISO date, people) for the last `most` weeks up to `latest`, silent weeks as 0."""
    counts = {str(week): int(people) for week, people in weekly}
    if not counts:
        return ()
    last = max(counts)
    if latest is not None:
        last = max(last, (latest.date() - timedelta(days=latest.weekday())).isoformat())
    end = date.fromisoformat(last)
    mondays = [(end - timedelta(weeks=back)).isoformat() for back in reversed(range(most))]
    return tuple((monday, counts.get(monday, 0)) for monday in mondays)


def whole_trend(weekly: Sequence[Any], latest: datetime | None) -> tuple[tuple[str, int], ...]:
    """All weeks since the first, at least eight, at most two years."""
    if not weekly:
        return ()
    first = date.fromisoformat(min(str(week) for week, _ in weekly))
    last = date.fromisoformat(max(str(week) for week, _ in weekly))
    if latest is not None:
        last = max(last, latest.date())
    return weeks_of(weekly, latest, most=min(max((last - first).days // 7 + 1, 8), 104))


def spark(t: Translator, weeks: Sequence[tuple[str, int]]) -> Spark:
    """Bars scaled to the theme's own highest week; a silent week keeps a hairline."""
    highest = max((people for _, people in weeks), default=0) or 1
    bars = []
    for index, (_, people) in enumerate(weeks):
        height = max(people / highest * SPARK_HEIGHT, 1.0)
        bars.append(Bar(index * _STEP, round(SPARK_HEIGHT - height, 1), _STEP - 2, round(height, 1)))
    label = t("trend.label", weeks=len(weeks), people=t.joined([str(people) for _, people in weeks[-4:]]))
    return Spark(tuple(bars), max(len(bars), 1) * _STEP, label)


def growth(t: Translator, rate: float) -> Growth:
    """`rate` is the natural log of recent against expected people."""
    change = math.expm1(max(min(rate, 5.0), -5.0))
    percent = round(change * 100)
    if abs(change) < _FLAT:
        return Growth("flat", t("growth.flat_short"), t("growth.flat"))
    if change > 0:
        return Growth("up", f"+{percent}%", t("growth.up", percent=percent))
    return Growth("down", f"−{abs(percent)}%", t("growth.down", percent=abs(percent)))
