"""Workers as processes: mining must not hold up the service, and a worker that dies is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import IO

import structlog

from pipeline.logging import configure
from pipeline.settings import Settings
from store.database import Database

_RESTART_SECONDS = (1, 2, 5, 15, 60)  # longer waits while it keeps dying
_HEALTHY_SECONDS = 60.0  # a worker that lived this long starts the waits anew

_HOPELESS_DEATHS = 3  # in a row: somebody who waits for it is told

log = structlog.get_logger()


class WorkerFailedError(RuntimeError):
    """The worker dies as soon as it is started."""


def work(settings: Settings, stop: Event) -> None:
    """Take jobs until `stop` is set. The schema must be current."""
    from pipeline.work import Workshop
    from pipeline.worker import working

    database = Database(settings.database)
    try:
        with working(Workshop(settings, database)):
            stop.wait()
    finally:
        database.dispose()


def work_until_told(settings: Settings, *, attached: bool = False) -> None:
    """Take jobs until SIGINT or SIGTERM, or, where `attached`, until the parent closes our standard input.

    Ends the process: a step in the middle is left as after a kill, and the next worker goes on with it.
    """
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if attached:
        Thread(target=_wait_for_parent, args=(stop,), name="parent", daemon=True).start()
    code = 0
    try:
        work(settings, stop)
    except Exception:
        log.exception("the worker cannot work")
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _wait_for_parent(stop: Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()


class WorkerProcess:
    """One child process that works, started again when it dies, ended with its parent."""

    def __init__(self, settings: Settings, *, log_file: Path | None = None) -> None:
        self._settings = settings
        self._log_file = log_file
        self._stopping = Event()
        self._deaths = 0  # in a row
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher = Thread(target=self._watch, name="worker watcher", daemon=True)

    def start(self) -> None:
        """Start the child and watch over it."""
        self._process = self._spawn()
        self._watcher.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Ask the child to end; kill it where it does not."""
        self._stopping.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def check(self) -> None:
        """Raise WorkerFailedError where the child has died several times in a row."""
        if self._deaths >= _HOPELESS_DEATHS:
            where = f"; its log is {self._log_file}" if self._log_file is not None else ""
            raise WorkerFailedError(f"the worker dies as soon as it is started{where}")

    @property
    def pid(self) -> int | None:
        """The process id of the child of the moment."""
        return self._process.pid if self._process is not None else None

    def _spawn(self) -> subprocess.Popen[bytes]:
        output: IO[bytes] | None = None
        if self._log_file is not None:
            self._log_file.parent.mkdir(parents=True, exist_ok=True)
            output = self._log_file.open("ab")
        try:
            # The pipe is the child's leash: it closes when we die, however we die.
            return subprocess.Popen(  # our own interpreter and module
                [sys.executable, "-m", "pipeline.worker_process"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=os.environ | self._settings.environment(),
                start_new_session=True,  # Ctrl-C is for the parent, which then ends us in order
            )
        finally:
            if output is not None:
                output.close()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            assert self._process is not None
            began = time.monotonic()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            lived_well = time.monotonic() - began > _HEALTHY_SECONDS
            self._deaths = 1 if lived_well else self._deaths + 1
            pause = _RESTART_SECONDS[min(self._deaths, len(_RESTART_SECONDS)) - 1]
            log.warning("the worker died and is started again", code=code, in_seconds=pause)
            if not self._stopping.wait(pause):
                self._process = self._spawn()


@contextmanager
def worker_process(settings: Settings, *, log_file: Path | None = None) -> Iterator[WorkerProcess]:
    """A working child process for the block."""
    process = WorkerProcess(settings, log_file=log_file)
    process.start()
    try:
        yield process
    finally:
        process.stop()


if __name__ == "__main__":
    _settings = Settings()
    configure(_settings.log_level)
    work_until_told(_settings, attached=True)
