"""The page of insights in words, tiles, charts and tables; each number leads to what is behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.pages.language import Translator
from api.pages.views.charts import Chart
from api.pages.views.counted import counted_of
from api.pages.views.insight_charts import charts_of
from api.pages.views.posts import PostQuery
from api.pages.views.trend import SPARK_HEIGHT, Bar, Growth, Spark
from review.insights import WEEKS, Insights, Mover, Span
from store.repositories.insights import RunFigures

_STEP: Final = 8.0


@dataclass(frozen=True, slots=True)
class Change:
    """How a number stands to the one before it."""

    direction: str  # up, down, flat
    tone: str  # good, bad or nothing: more is not always better
    words: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One number a manager asks for first."""

    label: str
    value: str
    unit: str
    change: Change | None
    href: str
    help: str


@dataclass(frozen=True, slots=True)
class MoverRow:
    """A theme that rose or fell."""

    name: str
    theme_href: str
    posts_href: str
    people: int
    expected: str
    difference: Growth
    spark: Spark
    new: bool


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run and how well it fitted."""

    at: datetime
    encoder: str
    revision: str
    changed: bool  # another encoder than the run before it
    posts: int
    themes: int
    pending: str
    strength: str
    drift: str  # against the run before, where the encoder is the same


@dataclass(frozen=True, slots=True)
class SpanChoice:
    """One of the spans on offer."""

    weeks: int
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value, perhaps with a way to what is behind it."""

    name: str
    value: str
    href: str = ""
    code: bool = False  # the name of a program: the same in every language


@dataclass(frozen=True, slots=True)
class InsightsView:
    """The page."""

    period: str
    before: str  # the span before, or why there is none
    acts: str  # the span of answers and adoption, where it is another one
    backlog: str  # what waits for an answer now
    choices: tuple[SpanChoice, ...]
    first: str
    last: str
    query: str  # of the span, for downloads
    tiles: tuple[Tile, ...]
    charts: dict[str, Chart]
    risers: tuple[MoverRow, ...]
    fallers: tuple[MoverRow, ...]
    baseline: str
    answers: tuple[Fact, ...]
    adoption: tuple[Fact, ...]
    health: tuple[Fact, ...]
    runs: tuple[RunRow, ...]
    empty: bool


def insights_view(t: Translator, found: Insights, *, weeks: int, first: str, last: str) -> InsightsView:
    """The page of these figures; `weeks` is 0 where somebody named the days."""
    query = f"from={first}&to={last}" if not weeks else f"weeks={weeks}"
    return InsightsView(
        period=period(t, found.span),
        before=t("insights.before", span=period(t, found.span.before)) if found.before else t("insights.no_before"),
        acts=period(t, found.acts) if found.acts != found.span else "",
        backlog=_backlog(t, found),
        choices=tuple(
            SpanChoice(number, t("insights.weeks", n=number), f"/insights?weeks={number}", current=number == weeks)
            for number in WEEKS
        ),
        first=t.day(found.span.since),
        last=t.day(found.span.last_moment),
        query=query,
        tiles=tiles(t, found),
        charts=charts_of(t, found),
        risers=mover_rows(t, found.span, found.risers),
        fallers=mover_rows(t, found.span, found.fallers),
        baseline=_baseline(t, found),
        answers=_answers(t, found),
        adoption=_adoption(t, found),
        health=_health(t, found),
        runs=_runs(t, found.health.runs),
        empty=found.latest is None,
    )


def period(t: Translator, span: Span) -> str:
    """From the first day to the last."""
    return t("insights.period", first=t.day(span.since), last=t.day(span.last_moment))


def posts_of(t: Translator, span: Span, **filters: str) -> str:
    """The address of the posts of a span."""
    return PostQuery(first=t.day(span.since), last=t.day(span.last_moment), **filters).href()


def hours(t: Translator, value: float | None) -> tuple[str, str]:
    """A duration and its unit: hours, or days from three on."""
    if value is None:
        return "—", ""
    if value < 72:
        return f"{value:.1f}", t("unit.hours")
    return f"{value / 24:.1f}", t("unit.days")


def _baseline(t: Translator, found: Insights) -> str:
    if not found.baseline_spans:
        return t("insights.no_baseline")
    return t("insights.baseline", n=found.baseline_spans, span=_length(t, found.span))


def _backlog(t: Translator, found: Insights) -> str:
    open_now = found.backlog
    if not open_now.waiting:
        return t("insights.backlog_none")
    return t("insights.backlog", n=open_now.waiting, late=t.number(open_now.overdue))


def _of_acts(t: Translator, found: Insights, key: str, **said: str) -> str:
    """What a number of people's acts means, with its days where the page is about others."""
    meant = t(key, **said)
    return meant if found.acts == found.span else t("insights.acts_help", help=meant, span=period(t, found.acts))


def _hours(t: Translator, promise: timedelta) -> str:
    return t.number(promise / timedelta(hours=1))


def _length(t: Translator, span: Span) -> str:
    days = round(span.length / timedelta(days=1))
    return t("insights.length_weeks", n=days // 7) if days % 7 == 0 else t("insights.length_days", n=days)


def _change(
    t: Translator, now: float | None, before: float | None, *, better: str = "", points: bool = False
) -> Change | None:
    """The change from before; `better` names the good direction, `points` compares shares."""
    if now is None or before is None or (not points and before == 0):
        return None
    change = (now - before) * 100 if points else (now / before - 1) * 100
    if abs(change) < 0.5:
        return Change("flat", "", t("change.none"))
    direction = "up" if change > 0 else "down"
    tone = "" if not better else "good" if better == direction else "bad"
    key = "change.points" if points else "change.percent"
    return Change(direction, tone, t(f"{key}_{direction}", n=f"{abs(change):.0f}"))


def tiles(t: Translator, found: Insights) -> tuple[Tile, ...]:
    """The numbers a manager asks for first."""
    now, before, span = found.totals, found.before, found.span
    answers, earlier = found.answers, found.answers_before
    median, unit = hours(t, answers.hours_median)
    pending = found.health.pending_share
    return (
        Tile(t("insights.posts"), t.number(now.posts), t("unit.posts"),
             _change(t, now.posts, before.posts if before else None), posts_of(t, span), t("insights.posts_help")),
        Tile(t("insights.people"), t.number(now.people), t("unit.people"),
             _change(t, now.people, before.people if before else None), posts_of(t, span), t("insights.people_help")),
        Tile(t("insights.needs"), t.number(now.needs), t("unit.mentions"),
             _change(t, now.needs, before.needs if before else None), posts_of(t, span, intent="need"),
             t("insights.needs_help")),
        Tile(t("insights.within"), t.percent(answers.within_promise_share), "",
             _change(t, answers.within_promise_share, earlier.within_promise_share, better="up", points=True),
             posts_of(t, found.acts, reply="answered"),
             _of_acts(t, found, "insights.within_help", hours=_hours(t, found.promise))),
        Tile(t("insights.median"), median, unit,
             _change(t, answers.hours_median, earlier.hours_median, better="down"),
             posts_of(t, found.acts, reply="answered"), _of_acts(t, found, "insights.median_help")),
        Tile(t("insights.adoption"), t.percent(found.adoption.rate), "",
             _change(t, found.adoption.rate, found.adoption_before.rate, better="up", points=True),
             counted_of(t, found.acts, "decided"), _of_acts(t, found, "insights.adoption_help")),
        Tile(t("insights.pending"), t.percent(pending), "", None, PostQuery(pending="1").href(),
             t("insights.pending_help")),
    )  # fmt: skip


def mover_rows(t: Translator, span: Span, movers: tuple[Mover, ...]) -> tuple[MoverRow, ...]:
    """Themes that rose, or fell, as rows."""
    return tuple(_mover(t, span, mover) for mover in movers)


def _mover(t: Translator, span: Span, mover: Mover) -> MoverRow:
    return MoverRow(
        name=mover.name,
        theme_href=f"/themes/{mover.theme_id}",
        posts_href=posts_of(t, span, theme=mover.theme_id, intent="need"),
        people=mover.people,
        expected=f"{mover.expected:.1f}".removesuffix(".0"),
        difference=_difference(t, mover),
        spark=_spark(t, mover.weeks),
        new=mover.new,
    )


def _difference(t: Translator, mover: Mover) -> Growth:
    """People more or fewer than usual: a percentage of few people would only sound exact."""
    more = mover.people - mover.expected
    number = f"{abs(more):.1f}".removesuffix(".0")
    if more > 0:
        return Growth("up", f"+{number}", t("insights.more_people", n=number))
    return Growth("down", f"−{number}", t("insights.fewer_people", n=number))


def _spark(t: Translator, weeks: tuple[int, ...]) -> Spark:
    highest = max(weeks, default=0) or 1
    bars = []
    for number, people in enumerate(weeks):
        height = max(people / highest * SPARK_HEIGHT, 1.0)
        bars.append(Bar(number * _STEP, round(SPARK_HEIGHT - height, 1), _STEP - 2, round(height, 1)))
    label = t("trend.label", weeks=len(weeks), people=t.joined([str(people) for people in weeks[-4:]]))
    return Spark(tuple(bars), max(len(bars), 1) * _STEP, label)


def _answers(t: Translator, found: Insights) -> tuple[Fact, ...]:
    figures, span = found.answers, found.acts
    late, unit = hours(t, figures.hours_p90)
    distance = figures.edit_distance_mean
    return (
        Fact(t("insights.answered"), t.number(figures.answered), posts_of(t, span, reply="answered")),
        Fact(t("insights.missed"), t.number(figures.missed), posts_of(t, span, reply="missed")),
        Fact(t("insights.rejected"), t.number(figures.rejected), posts_of(t, span, reply="rejected")),
        Fact(t("insights.p90"), f"{late} {unit}".strip()),
        Fact(t("insights.unchanged"), t.percent(figures.unchanged_share)),
        Fact(t("insights.edited"), t.percent(distance)),
        Fact(t("insights.without_knowledge"), t.percent(figures.without_knowledge_share)),
    )


def _adoption(t: Translator, found: Insights) -> tuple[Fact, ...]:
    figures, span = found.adoption, found.acts
    return (
        Fact(t("insights.routed"), t.number(figures.routed), counted_of(t, span, "routed")),
        Fact(t("proposal.status.accepted"), t.number(figures.accepted), counted_of(t, span, "accepted")),
        Fact(t("proposal.status.shipped"), t.number(figures.shipped), counted_of(t, span, "shipped")),
        Fact(t("proposal.status.declined"), t.number(figures.declined), counted_of(t, span, "declined")),
        Fact(t("insights.to_answer"), _days(t, figures.days_to_first_answer)),
        Fact(t("insights.to_ship"), _days(t, figures.days_to_ship)),
    )


def _days(t: Translator, value: float | None) -> str:
    return "—" if value is None else f"{value:.1f} {t('unit.days')}"


def _health(t: Translator, found: Insights) -> tuple[Fact, ...]:
    health = found.health
    facts = [Fact(t("insights.pending_count"), t.number(health.pending), PostQuery(pending="1").href())]
    if health.by_run:
        facts.append(Fact(t("insights.fit_run"), similarity(health.by_run.strength)))
    if health.since_run and health.since_run.mentions:
        since = health.since_run
        facts.append(Fact(t("insights.fit_since"), similarity(since.strength)))
        facts.append(Fact(t("insights.unplaced_since"), t.percent(1 - since.placed / since.mentions)))
    if health.runs:
        facts.append(Fact(t("insights.encoder"), _encoder(health.runs[0]), code=True))
        facts.append(Fact(t("insights.encoder_revision"), str(health.runs[0].encoder.get("revision", "")), code=True))
    return tuple(facts)


def similarity(value: float | None) -> str:
    """A mean similarity with three digits; a dash where there is none."""
    return "—" if value is None or math.isnan(value) else f"{value:.3f}"


def _encoder(run: RunFigures) -> str:
    return f"{run.encoder.get('name', '?')} · {run.encoder.get('dimension', '?')}"


def _runs(t: Translator, runs: tuple[RunFigures, ...]) -> tuple[RunRow, ...]:
    rows = []
    for number, run in enumerate(runs):
        before = runs[number + 1] if number + 1 < len(runs) else None
        same = before is not None and before.encoder.get("digest") == run.encoder.get("digest")
        rows.append(
            RunRow(
                at=run.created_at,
                encoder=_encoder(run),
                revision=str(run.encoder.get("revision", "")),
                changed=before is not None and not same,
                posts=run.posts,
                themes=run.themes,
                pending=t.percent(None if run.placed_share is None else 1 - run.placed_share),
                strength=similarity(run.strength),
                drift=_drift(t, run, before) if before and same else "",
            )
        )
    return tuple(rows)


def _drift(t: Translator, run: RunFigures, before: RunFigures) -> str:
    if run.strength is None or before.strength is None:
        return ""
    return t("insights.drift", n=f"{run.strength - before.strength:+.3f}".replace("-", "−"))
