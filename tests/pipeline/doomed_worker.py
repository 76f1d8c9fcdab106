"""A real worker process for tests, that kills itself (SIGKILL) at a chosen call, or ends when no job is open.

usage: doomed_worker.py STATE DATABASE_URL [MODULE:NAME:CALL:before|after]
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hashing_encoder import HashingEncoder

from pipeline.logging import configure
from pipeline.settings import Settings
from pipeline.work import Workshop
from pipeline.worker import Worker
from store.database import Database
from store.repositories import job_progress


def doom(target: str) -> None:
    """Wrap MODULE:NAME (NAME may be Class.method) so that its CALLth call kills this process before or after it."""
    module, name, call, when = target.split(":")
    owner: Any = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    original: Callable[..., Any] = getattr(owner, last)
    calls = 0

    def doomed(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == int(call) and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if calls == int(call):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, last, doomed)


def main() -> None:
    state, url, *targets = sys.argv[1:]
    configure("ERROR")
    for target in targets:
        doom(target)
    settings = Settings(state=Path(state), database_url=url, intake_batch=20, draft_top=50, ballot_people=2)
    database = Database(url)
    worker = Worker(Workshop(settings, database, load=lambda _: HashingEncoder()))
    worker.start()
    sys.stdout.write("working\n")
    sys.stdout.flush()
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with database.session(readonly=True) as session:
            if not job_progress.open_jobs(session):
                break
        time.sleep(0.1)
    else:
        os._exit(3)
    worker.stop()
    os._exit(0)


if __name__ == "__main__":
    main()
