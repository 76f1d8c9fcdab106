"""Jobs as the service and the command line start, cancel and watch them. A worker does the work (`pipeline.worker`).

Starting a job only writes its row: it belongs to the caller's transaction, so a job exists exactly when the request
that asked for it succeeded, and a worker finds it there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import BinaryIO

from sqlalchemy.orm import Session

from pipeline.settings import Settings, zone
from pipeline.spool import Spool
from review import audit
from review.errors import Conflict, NotFound
from review.permissions import Permission, require
from review.principals import Principal
from store.database import Database
from store.ids import new_id
from store.repositories import job_progress
from store.tables import Job

_LONGEST_CHANNEL = 200  # characters of a channel's name


class JobKind(StrEnum):
    INGEST = "ingest"
    RUN = "run"


class JobRunner:
    """Starts and cancels jobs."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._spool = Spool(settings.spool)

    def start_ingest(
        self,
        session: Session,
        principal: Principal,
        *,
        stream: BinaryIO,
        name: str,
        channel: str,
        format_name: str | None = None,
        mapping: Mapping[str, str] | None = None,
        timezone: str | None = None,
    ) -> Job:
        """Keep the file and queue its reading into a channel.

        Raises Forbidden, UploadTooLargeError, or ValueError for an unknown time zone or a channel without a name.
        """
        require(principal, Permission.POST_WRITE)
        channel = channel.strip()
        if not 0 < len(channel) <= _LONGEST_CHANNEL:
            raise ValueError(f"a channel has a name of 1 to {_LONGEST_CHANNEL} characters, not {len(channel)}")
        timezone = timezone or self._settings.timezone
        zone(timezone)
        kept = self._spool.put(stream, limit=self._settings.upload_limit)
        arguments = {
            "file": kept.file,
            "sha256": kept.sha256,
            "size": kept.size,
            "name": name[:500],
            "channel": channel,
            "format": format_name,
            "mapping": dict(mapping or {}),
            "timezone": timezone,
        }
        return self._add(session, principal, JobKind.INGEST, arguments)

    def start_run(self, session: Session, principal: Principal) -> Job:
        """Queue a mining run; one that waits already is returned instead of a second."""
        require(principal, Permission.JOB_RUN)
        waiting = job_progress.queued_of_kind(session, JobKind.RUN)
        return waiting or self._add(session, principal, JobKind.RUN, {})

    def cancel(self, session: Session, principal: Principal, job_id: str) -> Job:
        """Ask a job to stop: at once where it waits, else at its next report. NotFound, or Conflict where it ended."""
        require(principal, Permission.JOB_RUN)
        job = job_progress.get(session, job_id)
        if job is None:
            raise NotFound("job_not_found", f"There is no job {job_id}.", "没有这个任务。")
        if not job_progress.request_cancel(session, job_id):
            raise Conflict(
                "job_ended", f"The job has {job.status} already.", "任务已结束，无法取消。", status=job.status
            )
        if job.status == "queued":
            job_progress.finish(session, job_id, status="cancelled", now=datetime.now(UTC))
        audit.record(session, principal, "job.cancelled", "job", job_id)
        session.refresh(job)
        return job

    def wait(
        self,
        job_id: str,
        on_change: Callable[[Job], None] | None = None,
        *,
        every: float = 0.2,
        timeout: float | None = None,
    ) -> Job:
        """Watch a job until it ends. Raises TimeoutError after `timeout` seconds, NotFound for an unknown job."""
        start = time.monotonic()
        while True:
            with self._database.session(readonly=True) as session:
                job = job_progress.get(session, job_id)
            if job is None:
                raise NotFound("job_not_found", f"There is no job {job_id}.", "没有这个任务。")
            if on_change is not None:
                on_change(job)
            if job.status in job_progress.ENDED:
                return job
            if timeout is not None and time.monotonic() - start > timeout:
                raise TimeoutError(f"job {job_id} has not ended after {timeout:.0f} s")
            time.sleep(every)

    def _add(self, session: Session, principal: Principal, kind: JobKind, arguments: Mapping[str, object]) -> Job:
        job = job_progress.add(
            session,
            new_id("job"),
            kind=kind,
            arguments=arguments,
            created_by=principal.id,
            now=datetime.now(UTC),
        )
        shown = {key: value for key, value in arguments.items() if key in ("name", "channel", "format", "size")}
        audit.record(session, principal, "job.started", "job", job.id, after={"kind": kind.value} | shown)
        return job
