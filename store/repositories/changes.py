"""What has changed lately, for pages that follow along: cheap questions, asked once a second by each process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from store.tables import Event, Job, Theme

MOST_EVENTS = 500  # of one look; more than that is said as "much has changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the audit log, without what it says."""

    id: str
    action: str
    subject_type: str
    subject_id: str


@dataclass(frozen=True, slots=True)
class JobState:
    """How far an open job is; two that are equal look the same to a reader."""

    id: str
    status: str
    step: str
    done: int
    total: int
    cancelling: bool


def changes_since(session: Session, since: datetime) -> tuple[Change, ...]:
    """The latest `MOST_EVENTS` events at or after `since`, latest first."""
    statement = (
        select(Event.id, Event.action, Event.subject_type, Event.subject_id)
        .where(Event.at >= since)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(MOST_EVENTS)
    )
    return tuple(Change(*row) for row in session.execute(statement))


def subject_types_since(session: Session, since: datetime) -> frozenset[str]:
    """What kinds of things were acted upon at or after `since`."""
    return frozenset(session.scalars(select(Event.subject_type).where(Event.at >= since).distinct()))


def open_job_states(session: Session) -> frozenset[JobState]:
    """Every job that has not ended."""
    columns = (Job.id, Job.status, Job.step, Job.done, Job.total, Job.cancel_requested)
    statement = select(*columns).where(Job.status.in_(("queued", "running")))
    return frozenset(JobState(*row) for row in session.execute(statement))


def any_job_moved_since(session: Session, since: datetime) -> bool:
    """Whether a job is open, or ended at or after `since`."""
    moved = or_(Job.status.in_(("queued", "running")), Job.finished_at >= since)
    return session.scalar(select(Job.id).where(moved).limit(1)) is not None


def themes_touched_at(session: Session) -> datetime | None:
    """When a theme last changed, also by posts that joined it between two runs."""
    return session.scalar(select(func.max(Theme.updated_at)))
