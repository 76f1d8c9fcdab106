"""Start jobs, show how far they are, and say how they ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.cli.failures import JobFailedError
from api.cli.progress import Bars, bars
from pipeline.jobs import JobRunner
from pipeline.leases import anyone_alive
from pipeline.settings import Settings
from pipeline.worker import leases_of
from pipeline.worker_process import worker_process
from review.principals import SYSTEM
from store.database import Database
from store.tables import Job


@dataclass(frozen=True, slots=True)
class HowToRead:
    """How a person said files are to be read."""

    format_name: str | None = None
    mapping: dict[str, str] | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Foreman:
    """Has jobs done and draws their progress."""

    settings: Settings
    database: Database
    bars: Bars
    check_worker: Callable[[], None]  # raises where there is no worker any more

    def ingest(self, file: Path, channel: str, how: HowToRead) -> dict[str, Any]:
        """Read one file into the store; the job's result. Raises JobFailedError."""
        self.bars.restart(file.name)
        with file.open("rb") as stream:
            return self._completed(
                lambda runner, session: runner.start_ingest(
                    session,
                    SYSTEM,
                    stream=stream,
                    name=file.name,
                    channel=channel,
                    format_name=how.format_name,
                    mapping=how.mapping,
                    timezone=how.timezone,
                )
            )

    def run(self) -> dict[str, Any]:
        """Mine, rank, draft and route; the job's result. Raises JobFailedError."""
        self.bars.restart()
        return self._completed(lambda runner, session: runner.start_run(session, SYSTEM))

    def _completed(self, start: Callable[[JobRunner, Session], Job]) -> dict[str, Any]:
        runner = JobRunner(self.settings, self.database)
        with self.database.session() as session:
            job_id = start(runner, session).id
        job = runner.wait(job_id, self._draw)
        self.bars.finish()
        if job.status != "succeeded":
            raise JobFailedError(job.error or f"the job was {job.status}")
        return job.result or {}

    def _draw(self, job: Job) -> None:
        self.check_worker()
        if job.step and job.status == "running":
            self.bars(job.step, job.done, job.total)


@contextmanager
def foreman(settings: Settings, database: Database) -> Iterator[Foreman]:
    """A foreman with a worker: a process of our own, unless one works on this database already."""
    if anyone_alive(leases_of(database)):
        with bars() as drawn:
            yield Foreman(settings, database, drawn, lambda: None)
        return
    with worker_process(settings, log_file=settings.state / "worker.log") as process, bars() as drawn:
        yield Foreman(settings, database, drawn, process.check)
