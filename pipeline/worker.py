"""The process that does the work: durable workflows (DBOS) that go on where a killed worker stopped.

The row in `jobs` is the truth people see. The worker hands every open row to a workflow of the same id; handing it
over twice starts one workflow. Each finished step is checkpointed; a step that was interrupted runs again, and every
step is written so that its effects happen once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, Serializer, SetWorkflowID

from ingest.errors import IngestError
from pipeline.assigning import Arrivals
from pipeline.connectors.pushing import Pusher
from pipeline.delivery import Postman
from pipeline.housekeeping import sweep
from pipeline.jobs import JobKind
from pipeline.leases import AdvisoryLeases, FileLeases, Leases, borrowed, take_free_slot
from pipeline.outbound import relay
from pipeline.steps.draft import draft_replies
from pipeline.steps.mine import mine_posts
from pipeline.steps.rank import rank_themes
from pipeline.steps.read import read_file
from pipeline.steps.route import route_leading
from pipeline.work import JobCancelledError, Result, Step, Task, Workshop
from store.database import Database, is_sqlite
from store.repositories import job_progress

STEPS: Mapping[JobKind, tuple[tuple[str, Step], ...]] = {
    JobKind.INGEST: (("read", read_file),),
    JobKind.RUN: (
        ("mine", mine_posts),
        ("rank", rank_themes),
        ("draft", draft_replies),
        ("route", route_leading),
    ),
}
# Raise it when the steps of a job change so that a job begun before cannot be continued after.
PROTOCOL = "jobs-1"
_LOOK_SECONDS = 0.3  # how often new jobs are looked for
_ADOPT_SECONDS = 5.0  # how often dead workers are looked for
_ARRIVALS_SECONDS = 1.0  # how often new posts are looked for
_TELL_SECONDS = 0.5  # how often there is looked for what other systems should hear
_SWEEP_SECONDS = 600.0  # how often house is kept
_HOPELESS = frozenset({"ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})

log = structlog.get_logger()


class JsonSerializer(Serializer):
    """Checkpoints as JSON: readable, and loading one can run nothing."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, ensure_ascii=False, default=repr)

    def deserialize(cls, serialized_data: str) -> Any:  # noqa: N805 - the library's spelling
        return json.loads(serialized_data)

    def name(self) -> str:
        return "zhongsheng_json"


class Worker:
    """One a process. Start it, and it takes jobs until it is stopped or killed."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._leases = leases_of(shop.database)
        self._stopping = Event()
        self._threads: list[Thread] = []
        self._slot: int | None = None
        self._workflow: Callable[[str], Any] | None = None

    def start(self) -> None:
        """Launch. What this slot's worker was doing when it died goes on."""
        self._slot = take_free_slot(self._leases)
        DBOS(config=dbos_config(self._shop.database, self._slot))

        @DBOS.workflow(name="job")
        def job(job_id: str) -> str:  # a function: the library cannot mark a bound method
            return self._run_job(job_id)

        self._workflow = job
        DBOS.launch()
        for kind in JobKind:
            DBOS.register_queue(
                kind.value, global_concurrency=1, polling_interval_sec=_LOOK_SECONDS, on_conflict="always_update"
            )
        with self._shop.database.session(readonly=True) as session:
            needed = {job.arguments.get("file", "") for job in job_progress.open_jobs(session)}
        self._shop.spool.sweep(needed)
        self._threads = [
            Thread(target=self._dispatch, name="dispatcher", daemon=True),
            Thread(target=self._assign, name="assigner", daemon=True),
            Thread(target=self._tell, name="teller", daemon=True),
            Thread(target=self._sweep, name="sweeper", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        log.info("worker started", slot=self._slot)

    def stop(self) -> None:
        """Take no more jobs. One in the middle of a step is left to the next worker, as after a kill."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=5)
        DBOS.destroy(destroy_registry=True)
        if self._slot is not None:
            self._leases.release(self._slot)
            self._slot = None

    def _run_job(self, job_id: str) -> str:
        """The workflow. Its steps return what happened instead of raising, so that a checkpoint is always JSON."""
        kind = DBOS.run_step({"name": "begin"}, self._begin, job_id)
        if kind is None:
            return "ended before"
        status = "succeeded"
        error: str | None = None
        result: Result = {}
        for name, step in STEPS[JobKind(kind)]:
            outcome = DBOS.run_step({"name": name}, self._guarded, step, job_id)
            result |= outcome.get("result", {})
            if outcome["status"] != "succeeded":
                status, error = outcome["status"], outcome.get("error")
                break
        DBOS.run_step({"name": "finish"}, self._finish, job_id, status, error, result)
        return str(status)

    def _begin(self, job_id: str) -> str | None:
        with self._shop.database.session() as session:
            job = job_progress.begin(session, job_id, now=datetime.now(UTC))
            return job.kind if job is not None else None

    def _guarded(self, step: Step, job_id: str) -> dict[str, Any]:
        with self._shop.database.session(readonly=True) as session:
            job = job_progress.get(session, job_id)
        assert job is not None
        try:
            return {"status": "succeeded", "result": step(Task(job_id, job.arguments, self._shop))}
        except JobCancelledError:
            return {"status": "cancelled"}
        except (IngestError, ValueError) as error:  # the input's fault: the message says what to do
            log.warning("job failed", job=job_id, error=str(error))
            return {"status": "failed", "error": str(error)}
        except Exception as error:  # a step's failure ends its job, never its worker
            log.exception("job failed", job=job_id)
            return {"status": "failed", "error": f"{type(error).__name__}: {error}"[:2_000]}

    def _finish(self, job_id: str, status: str, error: str | None, result: Result) -> None:
        with self._shop.database.session(readonly=True) as session:
            job = job_progress.get(session, job_id)
        file = job.arguments.get("file") if job is not None else None
        if file:  # first: reading is checkpointed and over, and an ended job is looked at by nobody
            self._shop.spool.remove(file)
        with self._shop.database.session() as session:
            job_progress.finish(session, job_id, status=status, now=datetime.now(UTC), result=result, error=error)
        log.info("job ended", job=job_id, status=status)

    def _dispatch(self) -> None:
        handed: set[str] = set()
        since_adoption = 0.0
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self._hand_over(handed)
                since_adoption += _LOOK_SECONDS
                if since_adoption >= _ADOPT_SECONDS:
                    since_adoption = 0.0
                    self._adopt()
            except Exception:  # the database may be away for a moment; the next look tries again
                log.exception("looking for jobs failed")

    def _assign(self) -> None:
        """Give new posts their themes as they come."""
        arrivals = Arrivals(self._shop)
        while not self._stopping.wait(_ARRIVALS_SECONDS):
            try:
                done = arrivals.look()
                if done.posts:
                    log.info("new posts placed", posts=done.posts, mentions=done.mentions, pending=done.pending)
            except Exception:  # nothing is lost: what was not read is found at the next look
                log.exception("placing new posts failed")

    def _tell(self) -> None:
        """Tell other systems what happened, and send what is due."""
        senders = [kind(self._shop.settings, self._shop.database) for kind in (Postman, Pusher)]
        while not self._stopping.wait(_TELL_SECONDS):
            try:
                relay(self._shop.database, self._shop.settings)
                for sender in senders:
                    sender.look()
            except Exception:  # nothing is lost: the outbox and what is due are in the store
                log.exception("telling other systems failed")
        for sender in senders:
            sender.stop()

    def _sweep(self) -> None:
        """Keep house."""
        while True:
            try:
                sweep(self._shop.database, self._shop.settings)
            except Exception:  # it is tried again soon enough
                log.exception("housekeeping failed")
            if self._stopping.wait(_SWEEP_SECONDS):
                return

    def _hand_over(self, handed: set[str]) -> None:
        with self._shop.database.session(readonly=True) as session:
            waiting = [(job.id, job.kind) for job in job_progress.open_jobs(session)]
        assert self._workflow is not None
        for job_id, kind in waiting:
            if job_id not in handed:
                with SetWorkflowID(job_id):
                    DBOS.enqueue_workflow(kind, self._workflow, job_id)
                handed.add(job_id)

    def _adopt(self) -> None:
        """Take over from workers that died and were not restarted; end jobs whose workflow cannot go on."""
        orphans: dict[str, list[tuple[str, str]]] = {}
        for workflow in DBOS.list_workflows(status="PENDING", load_input=False, load_output=False):
            if workflow.executor_id and workflow.executor_id != _executor(self._slot):
                orphans.setdefault(workflow.executor_id, []).append(
                    (workflow.workflow_id, workflow.queue_name or JobKind.RUN.value)
                )
        for executor, workflows in orphans.items():
            with borrowed(self._leases, _slot_of(executor)) as dead:
                for workflow_id, queue in workflows if dead else ():
                    log.warning("taking over from a dead worker", job=workflow_id, worker=executor)
                    DBOS.resume_workflow(workflow_id, queue_name=queue)
        for workflow in DBOS.list_workflows(status=sorted(_HOPELESS), load_input=False, load_output=False):
            with self._shop.database.session() as session:
                job_progress.finish(
                    session,
                    workflow.workflow_id,
                    status="failed",
                    now=datetime.now(UTC),
                    error=f"the workflow ended as {workflow.status}; start the job again",
                )


def dbos_config(database: Database, slot: int) -> DBOSConfig:
    """Where workflows keep their checkpoints: beside a SQLite database, or in the schema `dbos` of PostgreSQL."""
    return DBOSConfig(
        name="zhongsheng",
        system_database_url=workflow_database_url(database),
        dbos_system_schema="dbos",
        executor_id=_executor(slot),
        application_version=PROTOCOL,
        serializer=JsonSerializer(),
        use_listen_notify=False,
        log_level="ERROR",
        enable_otlp=False,
    )


def workflow_database_url(database: Database) -> str:
    """The URL of the database of checkpoints."""
    url = database.url
    if not is_sqlite(url):
        return url.render_as_string(hide_password=False)
    path = Path(url.database or "zhongsheng.sqlite")
    return f"sqlite:///{path.with_name(path.stem + '.jobs.sqlite')}"


def leases_of(database: Database) -> Leases:
    """The slots of the workers of this database."""
    if is_sqlite(database.url):
        return FileLeases(Path(database.url.database or ".").resolve().parent)
    return AdvisoryLeases(database.url.render_as_string(hide_password=False))


@contextmanager
def working(shop: Workshop) -> Iterator[None]:
    """A worker for the block."""
    worker = Worker(shop)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def _executor(slot: int | None) -> str:
    return f"worker-{slot}"


def _slot_of(executor: str) -> int:
    return int(executor.removeprefix("worker-"))
