"""Settings, secret, spool, leases, progress, the job runner, knowledge files: small promises, each kept."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import stat
import time
from pathlib import Path

import pytest

from ingest.errors import NotAFileError
from nlp.demand_weights import DemandWeights
from pipeline.examples_folder import EXAMPLES, KNOWLEDGE, examples_folder
from pipeline.jobs import JobRunner
from pipeline.knowledge_file import KnowledgeFileError, read_knowledge
from pipeline.leases import FileLeases, anyone_alive, borrowed, take_free_slot
from pipeline.progress import Throttled
from pipeline.settings import Settings
from pipeline.spool import Spool, UploadTooLargeError
from pipeline.worker import JsonSerializer, leases_of, workflow_database_url
from review.errors import Conflict, Forbidden, NotFound
from review.principals import SYSTEM, Principal, Role
from store.database import Database
from store.repositories import job_progress


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ZHONGSHENG_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_database_is_in_the_state_folder_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().database == "sqlite:///.zhongsheng/zhongsheng.sqlite"
    monkeypatch.setenv("DATABASE_URL", "postgres://db/one")
    assert Settings().database == "postgres://db/one"
    monkeypatch.setenv("ZHONGSHENG_DATABASE_URL", "sqlite:///two.sqlite")
    assert Settings().database == "sqlite:///two.sqlite"


def test_a_child_process_sees_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = Settings(state=tmp_path / "s", secret="sixteen characters", port=9, encoder="use", draft_top=3)
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    seen = Settings()
    assert seen.secret_key() == given.secret_key()
    assert seen.model_dump(exclude={"database_url"}) == given.model_dump(exclude={"database_url"})
    assert seen.database == given.database


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    first = settings.secret_key()
    assert len(first) >= 32
    assert Settings(state=tmp_path / "state").secret_key() == first
    assert stat.S_IMODE((tmp_path / "state" / "secret").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["secret"]


def test_a_short_secret_and_an_unknown_time_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        Settings(secret="short").secret_key()
    with pytest.raises(ValueError, match="Asia/Shanghai"):
        Settings(timezone="Mars/Base")


def test_a_spooled_file_is_whole_hashed_and_gone_when_removed(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    kept = spool.put(io.BytesIO(b"abc"))
    assert spool.path(kept.file).read_bytes() == b"abc"
    assert (kept.size, kept.sha256[:8]) == (3, "ba7816bf")
    spool.remove(kept.file)
    spool.remove(kept.file)
    assert not list(spool.folder.iterdir())


def test_an_upload_that_is_too_large_leaves_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    with pytest.raises(UploadTooLargeError, match="10 bytes"):
        spool.put(io.BytesIO(b"x" * 11), limit=10)
    assert not list(spool.folder.iterdir())


@pytest.mark.parametrize("name", ["../secret", "upload-/../x", "/etc/passwd", "secret", ""])
def test_only_names_of_the_spool_are_looked_up_in_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a spooled file"):
        Spool(tmp_path).path(name)


def test_sweeping_takes_old_files_that_no_job_needs(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    needed, forgotten, fresh = (spool.put(io.BytesIO(b"x")).file for _ in range(3))
    for file in (needed, forgotten):
        os.utime(spool.path(file), (time.time() - 7200,) * 2)
    assert spool.sweep({needed}) == 1
    assert {path.name for path in spool.folder.iterdir()} == {needed, fresh}
    assert forgotten not in {needed, fresh}


def _hold(folder: str, ready: multiprocessing.synchronize.Event) -> None:
    FileLeases(Path(folder)).take(0)
    ready.set()
    time.sleep(60)


def test_a_slot_is_free_again_the_moment_its_holder_is_killed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    holder = context.Process(target=_hold, args=(str(tmp_path), ready))
    holder.start()
    assert ready.wait(60)
    leases = FileLeases(tmp_path)
    assert not leases.take(0)
    assert anyone_alive(leases)
    holder.kill()
    holder.join()
    assert not anyone_alive(leases)
    assert take_free_slot(leases) == 0


def test_asking_who_is_alive_leaves_nothing_behind(tmp_path: Path) -> None:
    assert not anyone_alive(FileLeases(tmp_path / "state"))
    assert list(tmp_path.iterdir()) == []


def test_slots_are_exclusive_on_either_database(database: Database) -> None:
    one, other = leases_of(database), leases_of(database)
    assert not anyone_alive(other)
    assert take_free_slot(one) == 0
    assert anyone_alive(other)
    assert take_free_slot(other) == 1
    with borrowed(other, 0) as free:
        assert not free
    one.release(0)
    with borrowed(other, 0) as free:
        assert free
    assert take_free_slot(one) == 0
    one.release(0)
    other.release(1)


def test_progress_is_told_at_a_steps_beginning_and_end_and_not_all_the_time_between() -> None:
    told: list[tuple[str, int, int]] = []
    report = Throttled(lambda *what: told.append(what), seconds=3600)
    for done in range(101):
        report("encode", done, 100)
    report("name", 0, 1)
    assert told == [("encode", 0, 100), ("encode", 100, 100), ("name", 0, 1)]


def test_checkpoints_are_json_and_survive_what_is_not() -> None:
    serializer = JsonSerializer()
    assert serializer.deserialize(serializer.serialize({"步骤": [1, None]})) == {"步骤": [1, None]}
    assert "torn" in serializer.deserialize(serializer.serialize(ValueError("torn")))


def test_checkpoints_lie_beside_the_sqlite_file_or_in_the_same_postgresql(database: Database) -> None:
    url = workflow_database_url(database)
    if url.startswith("sqlite"):
        assert url.endswith(".jobs.sqlite")
    else:
        assert url == database.url.render_as_string(hide_password=False)


def _runner(database: Database, state: Path) -> JobRunner:
    return JobRunner(Settings(state=state, database_url="sqlite://", upload_limit=10), database)


def test_a_run_that_waits_is_not_queued_twice_and_can_be_cancelled_at_once(database: Database, tmp_path: Path) -> None:
    runner = _runner(database, tmp_path)
    with database.session() as session:
        first = runner.start_run(session, SYSTEM).id
    with database.session() as session:
        assert runner.start_run(session, SYSTEM).id == first
        assert runner.cancel(session, SYSTEM, first).status == "cancelled"
    with database.session() as session:
        assert runner.start_run(session, SYSTEM).id != first
        with pytest.raises(Conflict):
            runner.cancel(session, SYSTEM, first)
        with pytest.raises(NotFound):
            runner.cancel(session, SYSTEM, "job_nothing")
    assert runner.wait(first).status == "cancelled"


def test_a_job_of_a_request_that_failed_does_not_exist(database: Database, tmp_path: Path) -> None:
    runner = _runner(database, tmp_path)

    def failing_request() -> None:
        with database.session() as session:
            runner.start_run(session, SYSTEM)
            raise RuntimeError("the request failed after all")

    with pytest.raises(RuntimeError):
        failing_request()
    with database.session(readonly=True) as session:
        assert job_progress.open_jobs(session) == ()


def test_only_those_allowed_start_jobs_and_uploads_keep_their_limit(database: Database, tmp_path: Path) -> None:
    runner = _runner(database, tmp_path)
    moderator = Principal(id="usr_m", name="m", kind="user", role=Role.MODERATOR)
    with database.session() as session:
        with pytest.raises(Forbidden):
            runner.start_run(session, moderator)
        with pytest.raises(Forbidden):
            runner.start_ingest(session, moderator, stream=io.BytesIO(b"x"), name="a.csv", channel="社区")
        with pytest.raises(UploadTooLargeError):
            runner.start_ingest(session, SYSTEM, stream=io.BytesIO(b"x" * 11), name="a.csv", channel="社区")
        with pytest.raises(ValueError, match="time zone"):
            runner.start_ingest(session, SYSTEM, stream=io.BytesIO(b"x"), name="a", channel="c", timezone="Mars")


def test_the_first_end_of_a_job_stands(database: Database, tmp_path: Path) -> None:
    from builders import START

    runner = _runner(database, tmp_path)
    with database.session() as session:
        job = runner.start_run(session, SYSTEM).id
        assert job_progress.begin(session, job, now=START)
        assert job_progress.finish(session, job, status="succeeded", now=START, result={"themes": 3})
        assert not job_progress.finish(session, job, status="failed", now=START, error="late")
        assert job_progress.begin(session, job, now=START) is None
    assert runner.wait(job).result == {"themes": 3}


def test_the_bundled_sample_is_found_with_its_knowledge() -> None:
    folder = examples_folder()
    assert all((folder / example.file).exists() for example in EXAMPLES)
    assert len(read_knowledge(folder / KNOWLEDGE)) > 10


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{broken", "not JSON"),
        ('{"id": "1"}', "kind"),
        ('{"id": "1", "kind": "faq", "title": "t", "body": 3}', "body"),
        ("[]", "line 2"),
    ],
)
def test_a_bad_line_of_knowledge_is_named(tmp_path: Path, line: str, said: str) -> None:
    good = json.dumps({"id": "K", "kind": "faq", "title": "t", "body": "b", "updated_at": "2026-05-01"})
    (tmp_path / "k.jsonl").write_text(f"{good}\n{line}\n", "utf-8")
    with pytest.raises(KnowledgeFileError, match="line 2") as raised:
        read_knowledge(tmp_path / "k.jsonl")
    assert said in str(raised.value)
    with pytest.raises(NotAFileError):
        read_knowledge(tmp_path / "nothing.jsonl")


def test_the_dials_of_demand_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHONGSHENG_DEMAND__REACH", "0.3")
    weights = Settings().demand
    assert weights.reach == 0.3
    assert weights.severity == DemandWeights().severity
