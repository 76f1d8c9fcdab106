"""The life of a job as its worker writes it: queued, running with progress, ended; and the wish to cancel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.tables import Job

OPEN = ("queued", "running")
ENDED = ("succeeded", "failed", "cancelled")


def get(session: Session, job_id: str) -> Job | None:
    return session.get(Job, job_id)


def add(
    session: Session, job_id: str, *, kind: str, arguments: Mapping[str, Any], created_by: str, now: datetime
) -> Job:
    """A queued job. Workers see it once the caller's transaction is committed."""
    job = Job(
        id=job_id,
        kind=kind,
        arguments=dict(arguments),
        status="queued",
        step="",
        done=0,
        total=0,
        cancel_requested=False,
        created_by=created_by,
        created_at=now,
    )
    session.add(job)
    session.flush()
    return job


def open_jobs(session: Session) -> tuple[Job, ...]:
    """Jobs that have not ended, oldest first."""
    return tuple(session.scalars(select(Job).where(Job.status.in_(OPEN)).order_by(Job.created_at, Job.id)))


def queued_of_kind(session: Session, kind: str) -> Job | None:
    """The oldest job of a kind that no worker has begun."""
    statement = select(Job).where(Job.kind == kind, Job.status == "queued", Job.cancel_requested.is_(False))
    return session.scalars(statement.order_by(Job.created_at, Job.id).limit(1)).first()


def begin(session: Session, job_id: str, *, now: datetime) -> Job | None:
    """Mark an open job as running, keeping its first start; None where it has ended or does not exist."""
    session.execute(
        update(Job).where(Job.id == job_id, Job.status == "queued").values(status="running", started_at=now)
    )
    job = session.get(Job, job_id, populate_existing=True)
    return job if job is not None and job.status == "running" else None


def report(session: Session, job_id: str, *, step: str, done: int, total: int) -> bool:
    """Write how far a running job is. True where somebody wants it cancelled."""
    session.execute(
        update(Job).where(Job.id == job_id, Job.status == "running").values(step=step[:60], done=done, total=total)
    )
    return bool(session.scalar(select(Job.cancel_requested).where(Job.id == job_id)))


def request_cancel(session: Session, job_id: str) -> bool:
    """Ask an open job to stop at its next report. False where it has ended or does not exist."""
    result = session.execute(
        update(Job).where(Job.id == job_id, Job.status.in_(OPEN)).values(cancel_requested=True).returning(Job.id)
    )
    return result.first() is not None


def finish(
    session: Session,
    job_id: str,
    *,
    status: str,
    now: datetime,
    result: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> bool:
    """End an open job. False where it had ended before: the first end stands."""
    ended = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.status.in_(OPEN))
        .values(status=status, result=dict(result) if result is not None else None, error=error, finished_at=now)
        .returning(Job.id)
    )
    return ended.first() is not None
