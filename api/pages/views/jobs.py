"""Jobs and sources: how far work is, what it came to, what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.job_pace import JobPaces, Pace
from api.pages.language import Translator
from api.pages.views.people import actor_names
from api.pages.views.reasons import reason_words
from ingest.masking import mask
from store.repositories import channels, jobs, sources
from store.tables import Job, Source

PAGE_SIZE: Final = 15
_SOURCES: Final = 10
REJECTED_PAGE: Final = 50
FORMATS: Final = ("jsonl", "table", "wechat_csv", "pywxdump_csv", "qq_txt", "discuz_csv")
LIVE: Final = ("queued", "running")
_PATIENCE: Final = timedelta(seconds=20)  # a job that waits longer than this has probably no worker


@dataclass(frozen=True, slots=True)
class JobItem:
    """One job."""

    id: str
    kind: str
    status: str
    live: bool
    cancelling: bool
    subject: str
    who: str
    at: datetime
    took: str
    step: str
    done: int
    total: int
    rate: str
    left: str
    error: str
    outcome: str
    unattended: bool


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One file that was read."""

    id: str
    name: str
    channel: str
    format: str
    at: datetime
    written: int
    duplicate: int
    skipped: int
    rejected: int


@dataclass(frozen=True, slots=True)
class JobsView:
    """The page of jobs."""

    rows: tuple[JobItem, ...]
    more: str
    sources: tuple[SourceItem, ...]
    channels: list[str]
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """A row that could not become a post."""

    line: int
    reason: str
    raw: str  # with personal data masked; shown only to whom may read posts as received


@dataclass(frozen=True, slots=True)
class SourceView:
    """The rejected rows of a source."""

    name: str
    written: int
    rejected: int
    rows: tuple[RejectedItem, ...]
    more: str


def jobs_view(session: Session, t: Translator, paces: JobPaces, *, cursor: str | None) -> JobsView:
    """Jobs, newest first, and the latest sources."""
    page = jobs.listed(session, cursor=cursor, limit=PAGE_SIZE)
    return JobsView(
        rows=job_items(session, t, paces, page.items),
        more=f"/jobs?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else "",
        sources=latest_sources(session),
        channels=[channel.name for channel in channels.everything(session)],
        formats=FORMATS,
    )


def job_items(session: Session, t: Translator, paces: JobPaces, found: Sequence[Job]) -> tuple[JobItem, ...]:
    """Jobs in words."""
    names = actor_names(session, t, {job.created_by for job in found})
    return tuple(_job(t, job, names[job.created_by], paces.of(job, t.now)) for job in found)


def _job(t: Translator, job: Job, who: str, pace: Pace | None) -> JobItem:
    live = job.status in LIVE
    waiting_long = job.status == "queued" and t.now - job.created_at > _PATIENCE
    step = t.either(f"job.step.{job.step}", job.step) if job.step else t(f"job.status.{job.status}")
    return JobItem(
        id=job.id,
        kind=job.kind,
        status=job.status,
        live=live,
        cancelling=job.cancel_requested,
        subject=" → ".join(str(job.arguments[key]) for key in ("name", "channel") if job.arguments.get(key)),
        who=who,
        at=job.created_at,
        took=_span(t, (job.finished_at or t.now) - job.started_at) if job.started_at else "",
        step=step,
        done=job.done,
        total=job.total,
        rate=_rate(t, pace),
        left=t("job.left", span=_span(t, timedelta(seconds=pace.left))) if pace and job.done < job.total else "",
        error=job.error or "",
        outcome=_outcome(t, job),
        unattended=waiting_long,
    )


def _rate(t: Translator, pace: Pace | None) -> str:
    """Units a second, or a minute where it is less than one."""
    if pace is None:
        return ""
    if pace.rate >= 1:
        return t("job.rate_second", n=t.number(round(pace.rate)))
    return t("job.rate_minute", n=t.number(max(round(pace.rate * 60), 1)))


def _span(t: Translator, span: timedelta) -> str:
    seconds = max(round(span.total_seconds()), 0)
    if seconds < 90:
        return t("span.seconds", n=seconds)
    return t("span.minutes", n=round(seconds / 60))


def _outcome(t: Translator, job: Job) -> str:
    """The numbers of the result that people ask for, those we have words for, in the order of the catalogue."""
    result = _flat(job.result or {})
    told = [
        t(f"job.result.{name}", n=t.number(int(result[name])))
        for name in ("received", "written", "duplicate", "rejected", "skipped", "posts", "mentions", "themes",
                     "drafts", "drafts_needing_a_person", "routed")
        if isinstance(result.get(name), int | float) and t.has(f"job.result.{name}")
    ]  # fmt: skip
    return " · ".join(told)


def _flat(result: dict[str, object]) -> dict[str, float]:
    """Numbers of the result, those of its steps included."""
    numbers: dict[str, float] = {}
    for name, value in result.items():
        if isinstance(value, dict):
            numbers.update(_flat(value))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            numbers[name] = value
    return numbers


def latest_sources(session: Session) -> tuple[SourceItem, ...]:
    """The files read last."""
    names = {channel.id: channel.name for channel in channels.everything(session)}
    return tuple(
        SourceItem(
            source.id, source.name, names.get(source.channel_id, ""), source.format, source.created_at,
            source.written, source.duplicate, source.skipped, source.rejected,
        )
        for source in sources.listed(session, limit=_SOURCES).items
    )  # fmt: skip


def source_view(session: Session, t: Translator, source: Source, *, cursor: str | None) -> SourceView:
    """The rejected rows of a source, in the order of the file."""
    page = sources.rejected(session, source.id, cursor=cursor, limit=REJECTED_PAGE)
    more = f"/sources/{source.id}?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else ""
    rows = tuple(RejectedItem(row.line, reason_words(t, row.reason), mask(row.raw).text) for row in page.items)
    return SourceView(source.name, source.written, source.rejected, rows, more)
