"""Jobs as people see them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.paging import Keyset, Page, fetch_page
from store.tables import Job


def get(session: Session, job_id: str) -> Job | None:
    return session.get(Job, job_id)


def listed(
    session: Session,
    *,
    kind: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Job]:
    """Newest first."""
    statement = select(Job)
    if kind:
        statement = statement.where(Job.kind == kind)
    if status:
        statement = statement.where(Job.status == status)
    keyset = Keyset("jobs", Job.created_at, datetime, Job.id)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])


def count_by_status(session: Session) -> dict[str, int]:
    return dict(session.execute(select(Job.status, func.count()).group_by(Job.status)).all())
