"""A worker killed with SIGKILL loses nothing and doubles nothing: another goes on, and every effect happens once."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pipeline.jobs import JobRunner
from pipeline.leases import borrowed
from pipeline.settings import Settings
from pipeline.worker import leases_of
from review.principals import SYSTEM
from store.database import Database
from store.repositories import job_progress
from store.tables import (
    Author,
    Draft,
    Event,
    Job,
    Knowledge,
    LineageEdge,
    Mention,
    Post,
    Proposal,
    RejectedRow,
    Run,
    Source,
    Theme,
)  # fmt: skip
from tests.corpus_maker import native_export
from tests.pipeline.dooming import NEVER, ended

pytestmark = pytest.mark.slow

HARNESS = Path(__file__).with_name("doomed_worker.py")
# In the order in which a job comes by, so that each process dies further on than the one before.
INGEST_DEATHS = (
    "store.repositories.job_progress:begin:1:after",  # begun, not committed
    "store.repositories.intake:add_rejected:1:after",
    "store.repositories.intake:add_posts:1:before",
    "store.repositories.intake:add_posts:3:after",  # two batches committed, the third not
    "pipeline.intake:_Intake._link:1:before",  # all batches committed
    "pipeline.intake:_Intake._close:1:after",  # counts written, not committed
    "pipeline.worker:Worker._finish:1:before",  # the step is done, the job is not
    "pipeline.spool:Spool.remove:1:after",
    "pipeline.worker:Worker._finish:1:after",  # the job has ended, the workflow has not
)
RUN_DEATHS = (
    "nlp.mining:_mined:1:before",  # in the middle of mining
    "store.repositories.mining_results:keep_mentions:1:after",  # everything written, nothing committed
    "store.repositories.mining_results:active_themes:1:before",  # mined and checkpointed
    "store.repositories.mining_results:add_drafts:2:before",  # the first batch of drafts committed, no more
    "review.themes:route_to_ballot:2:after",  # one theme routed, the second not committed
    "pipeline.worker:Worker._finish:1:after",  # the job has ended, the workflow has not
)


@dataclass(frozen=True)
class Calm:
    """Rows by table where nothing was killed."""

    ingested: dict[str, int]
    mined: dict[str, int]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    folder = tmp_path_factory.mktemp("calm")
    database = Database(f"sqlite:///{folder / 'calm.sqlite'}")
    database.migrate()
    settings = _settings(folder, database)
    _start_ingest(settings, database)
    assert _work(settings, NEVER) == [0]
    ingested = _counts(database)
    _start_run(settings, database)
    assert _work(settings, NEVER) == [0]
    mined = _counts(database)
    database.dispose()
    return Calm(ingested, mined)


def test_an_ingest_killed_at_every_step_ends_as_if_nothing_had_happened(
    database: Database, tmp_path: Path, calm: Calm
) -> None:
    settings = _settings(tmp_path / "state", database)
    job = _start_ingest(settings, database)
    assert _work(settings, *INGEST_DEATHS, NEVER) == [*(-signal.SIGKILL for _ in INGEST_DEATHS), 0]
    assert _counts(database) == calm.ingested
    with database.session(readonly=True) as session:
        ended = session.get_one(Job, job)
        source = session.scalars(select(Source)).one()
        assert ended.status == "succeeded"
        assert ended.result is not None
        assert (source.received, source.written, source.rejected) == (98, 95, 3)
        assert ended.result["written"] == 95
        assert session.scalar(select(func.count()).select_from(Post).where(Post.duplicate_of.is_not(None))) > 0
    assert not list(settings.spool.glob("*")), "the spooled file is gone once its job has ended"


def test_a_run_killed_at_every_step_ends_as_if_nothing_had_happened(
    database: Database, tmp_path: Path, calm: Calm
) -> None:
    settings = _settings(tmp_path / "state", database)
    _start_ingest(settings, database)
    assert _work(settings, NEVER) == [0]
    job = _start_run(settings, database)
    assert _work(settings, *RUN_DEATHS, NEVER) == [*(-signal.SIGKILL for _ in RUN_DEATHS), 0]
    with database.session(readonly=True) as session:
        assert session.get_one(Job, job).status == "succeeded"
        assert session.scalars(select(Run)).one().job_id == job
        routed = session.scalars(select(Event.subject_id).where(Event.action.like("proposal.%"))).all()
        assert len(routed) == len(set(routed)), "every routing is told once"
    assert _counts(database) == calm.mined


def test_a_living_worker_takes_over_from_a_dead_one(database: Database, tmp_path: Path) -> None:
    settings = _settings(tmp_path / "state", database)
    job = _start_ingest(settings, database)
    assert _work(settings, "store.repositories.intake:add_posts:2:after") == [-signal.SIGKILL]
    with borrowed(leases_of(database), 0) as dead:  # we are worker 0 as far as the next one can tell
        assert dead
        other = _spawn(settings, NEVER)
        assert other.stdout is not None
        assert other.stdout.readline() == b"working\n"
        with database.session(readonly=True) as session:
            assert session.get_one(Job, job).status == "running"
    assert other.communicate(timeout=60)[0] == b"0\n"
    with database.session(readonly=True) as session:
        assert session.get_one(Job, job).status == "succeeded"
        assert session.scalar(select(func.count()).select_from(Post)) == 95


def test_reading_the_same_file_again_adds_nothing(sqlite_database: Database, tmp_path: Path) -> None:
    settings = _settings(tmp_path / "state", sqlite_database)
    _start_ingest(settings, sqlite_database)
    assert _work(settings, NEVER) == [0]
    before = _counts(sqlite_database)
    again = _start_ingest(settings, sqlite_database)
    assert _work(settings, NEVER) == [0]
    after = _counts(sqlite_database)
    for counted in (before, after):  # that it was read again is known; nothing else is added
        for table in ("Job", "Source", "Event"):
            del counted[table]
    assert after == before
    with sqlite_database.session(readonly=True) as session:
        result = session.get_one(Job, again).result
        assert result is not None
        assert (result["written"], result["duplicate"], result["rejected"]) == (0, 95, 3)


def _settings(state: Path, database: Database) -> Settings:
    return Settings(state=state, database_url=database.url.render_as_string(hide_password=False))


def _start_ingest(settings: Settings, database: Database) -> str:
    with database.session() as session:
        stream = io.BytesIO(native_export())
        return JobRunner(settings, database).start_ingest(
            session, SYSTEM, stream=stream, name="export.jsonl", channel="社区"
        ).id  # fmt: skip


def _start_run(settings: Settings, database: Database) -> str:
    with database.session() as session:
        return JobRunner(settings, database).start_run(session, SYSTEM).id


def _spawn(settings: Settings, *deaths: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(HARNESS), str(settings.state), settings.database, *deaths],
        stdout=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "2", "ZHONGSHENG_SECRET": "a secret of these tests"},
    )


def _work(settings: Settings, *deaths: str) -> list[int]:
    """Run a worker to its end, and then the next; their exit codes (negative: the signal that killed it)."""
    said, _ = _spawn(settings, *deaths).communicate(timeout=280)
    return ended(said)


def _counts(database: Database) -> dict[str, int]:
    tables = (
        Author, Draft, Event, Job, Knowledge, LineageEdge, Mention, Post, Proposal, RejectedRow, Run, Source, Theme,
    )  # fmt: skip
    with database.session(readonly=True) as session:
        assert not job_progress.open_jobs(session)
        return {table.__name__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
