"""The monthly report in words and rows, for the page, the file and the sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.pages.language import Translator
from api.pages.views.charts import table_csv
from api.pages.views.people import alias
from review.levels import LEVELS
from review.monthly import Done, Month, MonthlyReport
from store.repositories.heard import ThemeHeard

NOTHING: Final = "—"
_DAYS_FROM: Final = 2.0  # below, hours say more


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its unit and what it means."""

    key: str
    label: str
    value: str
    help: str


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Numbers that belong together."""

    title: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme with people now and in the month before."""

    id: str
    name: str
    people: int
    before: int
    new: bool


@dataclass(frozen=True, slots=True)
class ThemeList:
    """Themes of one kind."""

    title: str
    empty: str
    themes: tuple[ThemeLine, ...]


@dataclass(frozen=True, slots=True)
class DoneLine:
    """A proposal and what became of it."""

    id: str
    title: str
    status: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release of the month."""

    id: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContributorLine:
    """One person, by name or pseudonym, with what was adopted of theirs."""

    name: str
    named: bool
    level: str
    adopted: int
    first: int
    ever: int


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A level and what it takes."""

    name: str
    least: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """The report of one month."""

    month: str
    title: str
    previous: str
    following: str  # empty for the month that is running
    running: bool
    empty: bool
    groups: tuple[FigureGroup, ...]
    lists: tuple[ThemeList, ...]
    done: tuple[DoneLine, ...]
    releases: tuple[ReleaseLine, ...]
    contributors: tuple[ContributorLine, ...]
    levels: tuple[LevelLine, ...]
    made_at: datetime


def report_view(t: Translator, report: MonthlyReport) -> ReportView:
    """Everything on the page."""
    month, running = report.month, report.month.until > t.now
    return ReportView(
        month=month.name,
        title=t("report.of", month=month_words(t, month)),
        previous=month.previous.name,
        following="" if running else month.following.name,
        running=running,
        empty=report.empty,
        groups=(_heard(t, report), _did(t, report), _answered(t, report)),
        lists=(
            ThemeList(t("report.new"), t("report.no_new"), _themes(report.new)),
            ThemeList(t("report.rising"), t("report.no_rising"), _themes(report.rising)),
            ThemeList(t("report.leading"), t("report.no_leading"), _themes(report.leading)),
        ),
        done=tuple(_done(one) for one in report.done),
        releases=tuple(ReleaseLine(release.id, release.title, release.released_at) for release in report.releases),
        contributors=tuple(
            ContributorLine(
                name=report.names.get(one.author_id) or alias(t, one.author_id),
                named=one.author_id in report.names,
                level=one.level.name,
                adopted=one.in_span.adopted,
                first=one.in_span.first,
                ever=one.ever.adopted,
            )
            for one in report.contributors
        ),
        levels=tuple(LevelLine(level.name, level.least) for level in LEVELS),
        made_at=t.now,
    )


def month_words(t: Translator, month: Month) -> str:
    """The month as people write it."""
    return t("report.month", year=month.year, name=t(f"month.{month.month}"))


def _figure(t: Translator, key: str, value: str) -> Figure:
    return Figure(key, t(f"report.figure.{key}"), value, t(f"report.help.{key}"))


def _heard(t: Translator, report: MonthlyReport) -> FigureGroup:
    found = report.heard
    numbers = {"posts": found.posts, "people": found.people, "channels": found.channels, "needs": found.mentions}
    return FigureGroup(t("report.heard"), tuple(_figure(t, key, t.number(n)) for key, n in numbers.items()))


def _did(t: Translator, report: MonthlyReport) -> FigureGroup:
    found = report.adoption
    numbers = {
        "routed": found.routed, "accepted": found.accepted, "shipped": found.shipped, "declined": found.declined,
    }  # fmt: skip
    figures = [_figure(t, key, t.number(n)) for key, n in numbers.items()]
    figures.append(_figure(t, "adoption", t.percent(found.rate)))
    figures.append(_figure(t, "first_answer", _days(t, found.days_to_first_answer)))
    figures.append(_figure(t, "to_ship", _days(t, found.days_to_ship)))
    return FigureGroup(t("report.did"), tuple(figures))


def _answered(t: Translator, report: MonthlyReport) -> FigureGroup:
    found = report.answers
    hours = t("report.hours", n=t.number(round(found.hours_median, 1))) if found.hours_median is not None else NOTHING
    figures = (
        _figure(t, "answered", t.number(found.answered)),
        _figure(t, "hours", hours),
        _figure(t, "promise", t.percent(found.within_promise_share)),
        _figure(t, "unchanged", t.percent(found.unchanged_share)),
    )
    return FigureGroup(t("report.answered"), figures)


def _days(t: Translator, days: float | None) -> str:
    if days is None:
        return NOTHING
    if days < _DAYS_FROM:
        return t("report.hours", n=t.number(round(days * 24, 1)))
    return t("report.days", n=t.number(round(days, 1)))


def _themes(found: Iterable[ThemeHeard]) -> tuple[ThemeLine, ...]:
    return tuple(ThemeLine(one.theme_id, one.name, one.people, one.before, one.new) for one in found)


def _done(one: Done) -> DoneLine:
    return DoneLine(one.proposal.id, one.proposal.title, one.status, one.at, one.note)


def report_csv(t: Translator, view: ReportView) -> bytes:
    """The report as a sheet that spreadsheets open: part, item, value, remark."""
    head = [t(f"report.csv.{column}") for column in ("part", "item", "value", "remark")]
    return table_csv([head, *_rows(t, view)]).encode()


def _rows(t: Translator, view: ReportView) -> Iterator[tuple[str, str, str, str]]:
    for group in view.groups:
        for figure in group.figures:
            yield group.title, figure.label, figure.value, figure.help
    for listed in view.lists:
        for theme in listed.themes:
            yield listed.title, theme.name, str(theme.people), t("report.people_before", n=theme.before)
    for done in view.done:
        yield t("report.done"), done.title, t(f"proposal.status.{done.status}"), done.note
    for release in view.releases:
        yield t("report.releases"), release.title, t.day(release.at), ""
    for one in view.contributors:
        remark = t("report.contributed", adopted=one.adopted, first=one.first, ever=one.ever)
        yield t("report.contributors"), one.name, t(f"level.{one.level}"), remark
