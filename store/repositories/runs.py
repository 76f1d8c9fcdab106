"""Mining runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.paging import Keyset, Page, fetch_page
from store.tables import Run


def get(session: Session, run_id: str) -> Run | None:
    return session.get(Run, run_id)


def of_job(session: Session, job_id: str) -> Run | None:
    return session.scalar(select(Run).where(Run.job_id == job_id))


def latest(session: Session) -> Run | None:
    return session.scalars(select(Run).order_by(Run.created_at.desc(), Run.id.desc()).limit(1)).first()


def listed(session: Session, *, cursor: str | None = None, limit: int = 50) -> Page[Run]:
    """Newest first."""
    keyset = Keyset("runs", Run.created_at, datetime, Run.id)
    return fetch_page(session, select(Run), keyset, cursor=cursor, limit=limit, build=lambda row: row[0])
