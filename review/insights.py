"""What a span of time tells: counts beside those before, what rose and fell against its own past, answers, adoption."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from store.repositories import adoption as adoption_queries
from store.repositories import answer_figures as answer_queries
from store.repositories import desk, themes
from store.repositories import insights as queries
from store.repositories.adoption import Adoption
from store.repositories.answer_figures import PROMISE, AnswerFigures
from store.repositories.desk import OpenCounts
from store.repositories.draft_order import QueueOrder
from store.repositories.insights import ChannelCount, Fit, IntentCount, PostCount, RunFigures
from store.repositories.theme_filters import NEED_INTENTS

WEEKS: Final = (4, 12, 26)
WEEK: Final = timedelta(weeks=1)
LONGEST: Final = timedelta(days=730)
PAST_SPANS: Final = 4  # how many earlier spans make up a theme's own baseline
MOST_MOVERS: Final = 8
_PRIOR_PEOPLE: Final = 3.0  # shrinks the growth of small counts, as in demand
_NOTABLE: Final = 0.1  # log growth below this is no movement …
_LEAST_PEOPLE: Final = 2  # … nor is a difference of fewer people
_MOST_TIDE: Final = 10.0
_RUNS: Final = 12


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` (inclusive) to `until` (exclusive), both at midnight of the product's zone."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        return self.until - self.since

    @property
    def before(self) -> Span:
        """The span of the same length before this one."""
        return Span(self.since - self.length, self.since)

    @property
    def last_moment(self) -> datetime:
        """A moment of its last day."""
        return self.until - timedelta(seconds=1)

    @property
    def seconds(self) -> int:
        return int(self.length.total_seconds())

    @property
    def weeks(self) -> int:
        """How many weeks it touches, counted from its first day."""
        return math.ceil(self.length / WEEK)


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """One week: posts, people, and mentions of needs; of those, how many stand in a theme and how alike they are."""

    since: datetime
    until: datetime
    posts: int
    people: int
    needs: int
    placed: int
    strength: float | None
    intents: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a span held."""

    posts: int
    people: int
    needs: int


@dataclass(frozen=True, slots=True)
class Mover:
    """A theme that rose or fell: people of the span against those its own past lets expect."""

    theme_id: str
    name: str
    intent: str
    people: int
    expected: float
    rate: float  # ln((people + k) / (expected + k)): 0 is as usual
    weeks: tuple[int, ...]  # people a week over the span
    new: bool  # nobody voiced it in the past looked at


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """One channel in the span, and its posts in the span before."""

    channel_id: str
    name: str
    posts: int
    people: int
    posts_with_needs: int
    posts_before: int


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the themes still fit: what waits for a place, by whom mentions were placed, and the runs so far."""

    needs: int
    pending: int
    by_run: Fit | None
    since_run: Fit | None
    runs: tuple[RunFigures, ...]  # latest first

    @property
    def pending_share(self) -> float | None:
        return self.pending / self.needs if self.needs else None


@dataclass(frozen=True, slots=True)
class Insights:
    """Everything the page tells. `before` is None where the posts do not reach back through the whole span before."""

    span: Span
    acts: Span  # the span of answers and adoption: what people did, by the clock
    latest: datetime | None
    totals: Totals
    before: Totals | None
    weeks: tuple[WeekFigures, ...]
    risers: tuple[Mover, ...]
    fallers: tuple[Mover, ...]
    baseline_spans: int  # how many earlier spans the movers are measured against; 0: there is no past yet
    channels: tuple[ChannelFigures, ...]
    answers: AnswerFigures
    answers_before: AnswerFigures
    answers_by_week: tuple[AnswerFigures, ...]
    backlog: OpenCounts  # of the draft queue as it is now, whatever the span
    promise: timedelta  # of a first answer, which answers and backlog are held against
    adoption: Adoption
    adoption_before: Adoption
    health: Health


def span_of_weeks(weeks: int, *, reach: queries.Reach, now: datetime, zone: ZoneInfo) -> Span:
    """The last whole weeks, Monday to Sunday, up to the latest post.

    The week under way is left out, unless there is nothing else: half a week beside whole ones looks like a fall.
    """
    this_monday = _monday(now.astimezone(zone).date())
    last = reach.last.astimezone(zone).date() if reach.last else now.astimezone(zone).date()
    end = min(_monday(last) + WEEK, this_monday)
    if reach.first is not None and reach.first.astimezone(zone).date() >= end:
        end += WEEK
    return Span(_midnight(end - weeks * WEEK, zone), _midnight(end, zone))


def span_of_days(first: date, last: date, zone: ZoneInfo) -> Span | None:
    """From the first day to the end of the last; None where that is no span, or longer than two years."""
    if not first <= last or last - first >= LONGEST or last.year > 9000 or first.year < 1900:
        return None
    return Span(_midnight(first, zone), _midnight(last + timedelta(days=1), zone))


def acts_span(span: Span, *, now: datetime, chosen: bool) -> Span:
    """Where people's acts are counted: the span itself where somebody chose its days, else as long up to today."""
    if chosen:
        return span
    zone = span.since.tzinfo
    assert isinstance(zone, ZoneInfo)
    end = _midnight(now.astimezone(zone).date() + timedelta(days=1), zone)
    return Span(end - span.length, end)


def week_of(day: date, zone: ZoneInfo) -> Span:
    """The week, Monday to Sunday, that a day lies in."""
    return Span(_midnight(_monday(day), zone), _midnight(_monday(day) + WEEK, zone))


def week_figures(session: Session, span: Span) -> tuple[WeekFigures, ...]:
    """What each week of a span held."""
    return _weeks(session, span)


def open_backlog(session: Session, *, now: datetime, promise: timedelta = PROMISE) -> OpenCounts:
    """What waits for a first answer at this moment, and how much of it longer than was promised: as the queue says."""
    return desk.open_counts(session, QueueOrder(now, promise))


def insights(
    session: Session, span: Span, *, now: datetime, chosen: bool = False, promise: timedelta = PROMISE
) -> Insights:
    """All figures of a span. `chosen`: somebody named its days; `promise`: of a first answer."""
    reach = queries.reach(session)
    before = span.before
    posts = queries.posts_by_stretch(session, before.since, span.until, seconds=span.seconds)
    needs = queries.intents_by_stretch(session, before.since, before.until, seconds=span.seconds)
    weeks = _weeks(session, span)
    risers, fallers, spans = _movers(session, span, reach)
    whole = reach.first is not None and reach.first < before.since + timedelta(days=1)
    acts = acts_span(span, now=now, chosen=chosen)
    return Insights(
        span=span,
        acts=acts,
        latest=reach.last,
        totals=_totals(posts.get(1), sum(week.needs for week in weeks)),
        before=_totals(posts.get(0), _needs_of(needs)) if whole else None,
        weeks=weeks,
        risers=risers,
        fallers=fallers,
        baseline_spans=spans,
        channels=_channels(queries.channels_by_stretch(session, before.since, span.until, seconds=span.seconds)),
        answers=answer_queries.answer_figures(session, acts.since, acts.until, promise=promise),
        answers_before=answer_queries.answer_figures(session, acts.before.since, acts.before.until, promise=promise),
        answers_by_week=_answers_by_week(session, acts, promise),
        backlog=open_backlog(session, now=now, promise=promise),
        promise=promise,
        adoption=adoption_queries.adoption(session, acts.since, acts.until),
        adoption_before=adoption_queries.adoption(session, acts.before.since, acts.before.until),
        health=_health(session),
    )


def stretches(span: Span) -> tuple[Span, ...]:
    """The weeks of a span from its first day on; the last ends with it."""
    return tuple(
        Span(span.since + number * WEEK, min(span.since + (number + 1) * WEEK, span.until))
        for number in range(span.weeks)
    )


def movement(people: int, expected: float) -> float:
    """ln((people + k) / (expected + k)): how far a count is from its past, shrunk where both are small."""
    return math.log((people + _PRIOR_PEOPLE) / (expected + _PRIOR_PEOPLE))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _totals(count: PostCount | None, needs: int) -> Totals:
    return Totals(count.posts, count.people, needs) if count else Totals(0, 0, needs)


def _needs_of(counts: Sequence[IntentCount]) -> int:
    return sum(count.mentions for count in counts if count.intent in NEED_INTENTS)


def _weeks(session: Session, span: Span) -> tuple[WeekFigures, ...]:
    posts = queries.posts_by_stretch(session, span.since, span.until, seconds=queries.WEEK_SECONDS)
    intents: dict[int, list[IntentCount]] = defaultdict(list)
    for count in queries.intents_by_stretch(session, span.since, span.until, seconds=queries.WEEK_SECONDS):
        intents[count.stretch].append(count)
    return tuple(
        _week(week, posts.get(number, PostCount(0, 0)), intents[number]) for number, week in enumerate(stretches(span))
    )


def _week(week: Span, posts: PostCount, intents: Sequence[IntentCount]) -> WeekFigures:
    needs = [count for count in intents if count.intent in NEED_INTENTS]
    placed = sum(count.placed for count in needs)
    total = math.fsum(count.placed * count.strength for count in needs if count.strength is not None)
    return WeekFigures(
        since=week.since,
        until=week.until,
        posts=posts.posts,
        people=posts.people,
        needs=_needs_of(intents),
        placed=placed,
        strength=total / placed if placed else None,
        intents={count.intent: count.mentions for count in intents},
    )


def _movers(session: Session, span: Span, reach: queries.Reach) -> tuple[tuple[Mover, ...], tuple[Mover, ...], int]:
    """Themes that rose, themes that fell, and how many earlier spans there are to measure them against."""
    if reach.first is None:
        return (), (), 0
    past = max(min(PAST_SPANS, int((span.since - reach.first + timedelta(days=1)) / span.length)), 0)
    if not past:
        return (), (), 0
    since = span.since - past * span.length
    people = queries.theme_people(session, since, span.until, seconds=span.seconds)
    crowd = queries.posts_by_stretch(session, since, span.until, seconds=span.seconds)
    tide = _tide([crowd.get(number, PostCount(0, 0)).people for number in range(past + 1)])
    rates = {
        theme_id: (found := _against_past(counts, past, tide), movement(counts.get(past, 0), found))
        for theme_id, counts in people.items()
    }
    rates = {
        theme_id: pair
        for theme_id, pair in rates.items()
        if abs(people[theme_id].get(past, 0) - pair[0]) >= _LEAST_PEOPLE
    }
    up = sorted((pair for pair in rates.items() if pair[1][1] >= _NOTABLE), key=lambda pair: (-pair[1][1], pair[0]))
    down = sorted((pair for pair in rates.items() if pair[1][1] <= -_NOTABLE), key=lambda pair: (pair[1][1], pair[0]))
    shown = [theme_id for theme_id, _ in (*up[:MOST_MOVERS], *down[:MOST_MOVERS])]
    named = themes.by_ids(session, shown)
    weekly = _weekly_people(session, span, {theme_id: people[theme_id].get(past, 0) for theme_id in shown})

    def mover(theme_id: str) -> Mover:
        counts, (expected, rate) = people[theme_id], rates[theme_id]
        theme = named[theme_id]
        new = not any(counts.get(number, 0) for number in range(past))
        return Mover(theme_id, theme.name, theme.intent, counts.get(past, 0), expected, rate, weekly[theme_id], new=new)

    return (
        tuple(mover(theme_id) for theme_id, _ in up[:MOST_MOVERS]),
        tuple(mover(theme_id) for theme_id, _ in down[:MOST_MOVERS]),
        past,
    )


def _tide(people: Sequence[int]) -> float:
    """How much the whole crowd has grown or shrunk, the last of `people` against the mean of those before.

    Where everybody speaks twice as much, a theme that is voiced twice as much has not risen.
    """
    usual = sum(people[:-1]) / (len(people) - 1)
    return min(max(people[-1] / usual, 1 / _MOST_TIDE), _MOST_TIDE) if usual and people[-1] else 1.0


def _against_past(counts: Mapping[int, int], past: int, tide: float) -> float:
    return sum(counts.get(number, 0) for number in range(past)) / past * tide


def _weekly_people(session: Session, span: Span, people: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Theme id -> people of each week, of those whose `people` of the span are known."""
    if span.seconds == queries.WEEK_SECONDS:
        return {theme_id: (count,) for theme_id, count in people.items()}
    found = queries.people_of_themes(
        session, span.since, span.until, seconds=queries.WEEK_SECONDS, theme_ids=people
    ) if people else {}  # fmt: skip
    return {
        theme_id: tuple(found.get(theme_id, {}).get(number, 0) for number in range(span.weeks)) for theme_id in people
    }


def _channels(counts: Sequence[ChannelCount]) -> tuple[ChannelFigures, ...]:
    before = {count.channel_id: count for count in counts if count.stretch == 0}
    now = {count.channel_id: count for count in counts if count.stretch == 1}
    rows = [
        ChannelFigures(
            channel_id=channel_id,
            name=(now.get(channel_id) or before[channel_id]).name,
            posts=now[channel_id].posts if channel_id in now else 0,
            people=now[channel_id].people if channel_id in now else 0,
            posts_with_needs=now[channel_id].posts_with_needs if channel_id in now else 0,
            posts_before=before[channel_id].posts if channel_id in before else 0,
        )
        for channel_id in now.keys() | before.keys()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.posts, -row.posts_before, row.name)))


def _answers_by_week(session: Session, span: Span, promise: timedelta) -> tuple[AnswerFigures, ...]:
    return tuple(
        answer_queries.answer_figures(session, week.since, week.until, promise=promise) for week in stretches(span)
    )


def _health(session: Session) -> Health:
    fits = {fit.placed_by: fit for fit in queries.fits(session)}
    return Health(
        needs=sum(fit.mentions for fit in fits.values()),
        pending=sum(fit.mentions - fit.placed for fit in fits.values()),
        by_run=fits.get("run"),
        since_run=fits.get("assignment"),
        runs=queries.run_figures(session, limit=_RUNS),
    )
