"""Start a job, show how far it is, and say how it ended."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from api.cli.failures import JobFailedError
from api.cli.progress import Bars
from pipeline.jobs import JobRunner
from pipeline.settings import Settings
from store.database import Database
from store.tables import Job


def completed(settings: Settings, database: Database, start: Callable[[JobRunner, Session], Job], bars: Bars) -> Job:
    """Start a job with `start`, draw its progress until it ends. A worker must be running. Raises JobFailedError."""
    runner = JobRunner(settings, database)
    with database.session() as session:
        job_id = start(runner, session).id

    def draw(job: Job) -> None:
        if job.step and job.status == "running":
            bars(job.step, job.done, job.total)

    job = runner.wait(job_id, draw)
    bars.restart()
    if job.status != "succeeded":
        raise JobFailedError(job.error or f"the job was {job.status}")
    return job
