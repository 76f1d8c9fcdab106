"""The monthly report: what was heard, what was done about it, how soon, and thanks to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from review import levels
from review.errors import Invalid
from review.levels import Contributor
from store.repositories import credit, heard, posts, proposals, releases
from store.repositories.adoption import Adoption, adoption, status_steps
from store.repositories.answer_figures import PROMISE, AnswerFigures, answer_figures
from store.repositories.heard import Heard, ThemeHeard
from store.tables import Proposal, Release

SHOWN = 10  # themes of each kind
RISING = 1.5  # people against the month before …
RISING_LEAST = 3  # … and at least so many more
_PUBLIC_STEPS = ("voting", "accepted", "in_progress", "shipped", "declined")


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the product's zone, from its first moment (inclusive) to the next one's (exclusive)."""

    year: int
    month: int
    zone: ZoneInfo

    @property
    def name(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def since(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=self.zone)

    @property
    def until(self) -> datetime:
        return self.following.since

    @property
    def following(self) -> Month:
        return Month(self.year + self.month // 12, self.month % 12 + 1, self.zone)

    @property
    def previous(self) -> Month:
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1, self.zone)


@dataclass(frozen=True, slots=True)
class Done:
    """One proposal and the last status it was given in the month."""

    proposal: Proposal
    status: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """Everything in the report."""

    month: Month
    heard: Heard
    leading: tuple[ThemeHeard, ...]
    new: tuple[ThemeHeard, ...]
    rising: tuple[ThemeHeard, ...]
    done: tuple[Done, ...]
    releases: tuple[Release, ...]
    adoption: Adoption
    answers: AnswerFigures
    contributors: tuple[Contributor, ...]
    names: dict[str, str]  # author id -> the name they agreed to

    @property
    def empty(self) -> bool:
        """Whether nothing was heard and nothing done."""
        return not (self.heard.posts or self.done or self.releases or self.adoption.routed)


def month_named(name: str, zone: ZoneInfo) -> Month:
    """The month written ``2026-05``. Invalid for anything else."""
    try:
        day = date.fromisoformat(f"{name}-01")
    except ValueError:
        day = None
    if day is None or len(name) != 7 or not 1970 <= day.year <= 9998:
        raise Invalid("month_unknown", "Write a month as 2026-05.", "请以 2026-05 的形式写月份。")
    return Month(day.year, day.month, zone)


def latest_month(session: Session, zone: ZoneInfo, *, now: datetime) -> Month:
    """The month of the latest post; this month where there are no posts."""
    last = posts.latest_at(session)
    day = (min(last, now) if last else now).astimezone(zone)
    return Month(day.year, day.month, zone)


def monthly_report(session: Session, month: Month, *, promise: timedelta = PROMISE) -> MonthlyReport:
    """The report of one month."""
    since, until = month.since, month.until
    said = heard.voiced(session, since, until)
    themes = heard.themes_heard(session, since, said, heard.voiced(session, since - (until - since), since))
    contributors = levels.contributors_of(session, since, until)
    return MonthlyReport(
        month=month,
        heard=heard.heard(session, since, until, said),
        leading=themes[:SHOWN],
        new=tuple(theme for theme in themes if theme.new)[:SHOWN],
        rising=_rising(themes),
        done=_done(session, since, until),
        releases=releases.listed(session, status="published", since=since, until=until, limit=100).items,
        adoption=adoption(session, since, until),
        answers=answer_figures(session, since, until, promise=promise),
        contributors=contributors,
        names=credit.names(session, [one.author_id for one in contributors]),
    )


def _rising(themes: Sequence[ThemeHeard]) -> tuple[ThemeHeard, ...]:
    """Known themes that clearly more people voiced than in the month before, the largest rise first."""
    found = [
        theme
        for theme in themes
        if not theme.new and theme.people >= RISING * theme.before and theme.people - theme.before >= RISING_LEAST
    ]
    return tuple(sorted(found, key=lambda theme: (theme.before - theme.people, theme.theme_id)))[:SHOWN]


def _done(session: Session, since: datetime, until: datetime) -> tuple[Done, ...]:
    """What became of proposals: the last step of each in the month, shipped first."""
    last = {step.proposal_id: step for step in status_steps(session, since=since, until=until)}
    shown = {proposal_id: step for proposal_id, step in last.items() if step.status in _PUBLIC_STEPS}
    found = proposals.by_ids(session, shown)
    order = ("shipped", "in_progress", "accepted", "voting", "declined")
    done = [
        Done(proposal, shown[proposal.id].status, shown[proposal.id].at, shown[proposal.id].note) for proposal in found
    ]
    return tuple(sorted(done, key=lambda one: (order.index(one.status), one.at)))
