"""Real worker processes for tests, each until no job is open or until it dies as chosen.

usage: doomed_worker.py STATE DATABASE_URL (MODULE:NAME:CALL:before|after | never)...
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import nlp.mining  # noqa: F401 - imported late by a worker; here not once for each
from pipeline.logging import configure
from pipeline.settings import Settings
from pipeline.work import Workshop
from pipeline.worker import Worker
from store.database import Database
from store.repositories import job_progress
from tests.hashing_encoder import HashingEncoder
from tests.pipeline.dooming import one_after_the_other


def main() -> None:
    state, url, *deaths = sys.argv[1:]
    configure("ERROR")
    one_after_the_other(deaths, partial(_work, state, url))


def _work(state: str, url: str) -> None:
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
