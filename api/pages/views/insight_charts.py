"""The charts of the insights page, by name."""

from __future__ import annotations

from typing import Final

from api.pages.language import Translator
from api.pages.views.charts import Chart, Series, Value
from api.pages.views.posts import PostQuery
from review.insights import Insights, Mover, Span, WeekFigures, stretches

CHARTS: Final = ("demand", "movers", "answers", "channels", "intents", "health")
_INTENTS: Final = (
    ("pain_point", "part-severity"), ("request", "part-reach"), ("question", "part-votes"), ("praise", "part-recency"),
    ("chatter", "line-strong"),
)  # fmt: skip


def charts_of(t: Translator, found: Insights) -> dict[str, Chart]:
    """Every chart, also those with nothing to draw."""
    made = (
        demand_chart(t, found.span, found.weeks),
        movers_chart(t, found),
        _answers(t, found),
        _channels(t, found),
        _intents(t, found),
        _health(t, found),
    )
    return {chart.id: chart for chart in made}


def demand_chart(t: Translator, span: Span, weeks: tuple[WeekFigures, ...]) -> Chart:
    """Posts, people and needs a week."""
    labels = _labels(t, span)
    people = tuple(week.people for week in weeks)
    return Chart(
        id="demand",
        title=t("insights.demand"),
        label_name=t("col.week"),
        labels=labels,
        series=(
            Series(t("insights.posts"), tuple(week.posts for week in weeks), "bar", 0, "line-strong"),
            Series(t("insights.people"), people, "line", 0, "accent"),
            Series(t("insights.needs"), tuple(week.needs for week in weeks), "line", 0, "hot"),
        ),
        units=(t("unit.count"),),
        words=t(
            "insights.demand_words", first=labels[0], last=labels[-1], people=t.joined([str(n) for n in people[-4:]])
        ),
        hrefs=_hrefs(t, weeks),
    )


def movers_chart(t: Translator, found: Insights) -> Chart:
    """People of the themes that rose and fell, beside their usual."""
    movers: tuple[Mover, ...] = (*found.risers, *reversed(found.fallers))
    return Chart(
        id="movers",
        title=t("insights.movers"),
        label_name=t("col.theme"),
        labels=tuple(mover.name for mover in movers),
        series=(
            Series(t("insights.people_now"), tuple(mover.people for mover in movers), "bar", 0, "accent"),
            Series(
                t("insights.people_usual"),
                tuple(round(mover.expected, 1) for mover in movers),
                "bar",
                0,
                "line-strong",
                1,
            ),
        ),
        units=(t("unit.people"),),
        words=t("insights.movers_words", n=len(found.risers), m=len(found.fallers)),
        hrefs=tuple(_posts(t, found.span, theme=mover.theme_id, intent="need") for mover in movers),
        lying=True,
    )


def _answers(t: Translator, found: Insights) -> Chart:
    figures = found.answers_by_week
    return Chart(
        id="answers",
        title=t("insights.answers_chart"),
        label_name=t("col.week"),
        labels=_labels(t, found.acts),
        series=(
            Series(t("insights.answered"), tuple(week.answered for week in figures), "bar", 0, "accent"),
            Series(t("insights.missed"), tuple(week.missed for week in figures), "bar", 0, "bad"),
            Series(
                t("insights.within"), tuple(_percent(week.within_promise_share) for week in figures), "line", 1, "info"
            ),
        ),
        units=(t("unit.count_posts"), "%"),
        words=t("insights.answers_words", n=found.answers.answered, m=found.answers.missed),
        hrefs=tuple(_posts(t, week, reply="answered") for week in stretches(found.acts)),
        stacked=True,
    )


def _channels(t: Translator, found: Insights) -> Chart:
    rows = found.channels
    now = Series(t("insights.this_span"), tuple(row.posts for row in rows), "bar", 0, "accent")
    before = Series(t("insights.span_before"), tuple(row.posts_before for row in rows), "bar", 0, "line-strong")
    return Chart(
        id="channels",
        title=t("insights.channels"),
        label_name=t("filter.channel"),
        labels=tuple(row.name for row in rows),
        series=(now, before) if found.before else (now,),
        units=(t("unit.count_posts"),),
        words=t("insights.channels_words", channels=t.joined([f"{row.name} {row.posts}" for row in rows[:5]])),
        hrefs=tuple(_posts(t, found.span, channel=row.channel_id) for row in rows),
        lying=True,
    )


def _intents(t: Translator, found: Insights) -> Chart:
    return Chart(
        id="intents",
        title=t("insights.intents"),
        label_name=t("col.week"),
        labels=_labels(t, found.span),
        series=tuple(
            Series(t(f"intent.{name}"), tuple(week.intents.get(name, 0) for week in found.weeks), "bar", 0, tone)
            for name, tone in _INTENTS
        ),
        units=(t("unit.count_mentions"),),
        words=t("insights.intents_words", intents=t.joined([
            f"{t(f'intent.{name}')} {sum(week.intents.get(name, 0) for week in found.weeks)}" for name, _ in _INTENTS
        ])),
        hrefs=_hrefs(t, found.weeks),
        stacked=True,
    )  # fmt: skip


def _health(t: Translator, found: Insights) -> Chart:
    unplaced = tuple(_percent(1 - week.placed / week.needs) if week.needs else None for week in found.weeks)
    return Chart(
        id="health",
        title=t("insights.health_chart"),
        label_name=t("col.week"),
        labels=_labels(t, found.span),
        series=(
            Series(t("insights.unplaced"), unplaced, "bar", 0, "warn", 1),
            Series(t("insights.similarity"), tuple(week.strength for week in found.weeks), "line", 1, "accent", 3),
        ),
        units=("%", t("unit.similarity")),
        words=t("insights.health_words", unplaced=t.joined([f"{value or 0:.1f}%" for value in unplaced[-4:]])),
        hrefs=_hrefs(t, found.weeks, pending="1"),
    )


def _labels(t: Translator, span: Span) -> tuple[str, ...]:
    """The first day of each week; with the year where the span has two of them."""
    days = [t.day(week.since) for week in stretches(span)]
    return tuple(day[2:] for day in days) if days[0][:4] != days[-1][:4] else tuple(day[5:] for day in days)


def _hrefs(t: Translator, weeks: tuple[WeekFigures, ...], **filters: str) -> tuple[str, ...]:
    return tuple(_posts(t, Span(week.since, week.until), **filters) for week in weeks)


def _posts(t: Translator, span: Span, **filters: str) -> str:
    return PostQuery(first=t.day(span.since), last=t.day(span.last_moment), **filters).href()


def _percent(share: float | None) -> Value:
    return None if share is None else round(100 * share, 1)
