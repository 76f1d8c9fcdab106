"""Processes for tests that tell and send as a worker does, each until nothing is left or until it dies as chosen.

usage: doomed_sender.py (MODULE:NAME:CALL:before|after | never)...   (settings come by the environment)
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import func, select

from pipeline.delivery import Postman
from pipeline.outbound import relay
from pipeline.settings import Settings
from store.database import Database
from store.repositories import outbox
from store.tables import WebhookDelivery
from tests.pipeline.dooming import one_after_the_other


def main() -> None:
    one_after_the_other(sys.argv[1:], _send)


def _send() -> None:
    settings = Settings(_env_file=None)
    database = Database(settings.database)
    postman = Postman(settings, database, claim_seconds=1)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        relay(database, settings)
        postman.look()
        postman.rest()
        with database.session(readonly=True) as session:
            pending = select(func.count()).select_from(WebhookDelivery).where(WebhookDelivery.status == "pending")
            if not outbox.waiting(session) and not session.scalar(pending):
                os._exit(0)
        time.sleep(0.1)
    os._exit(3)


if __name__ == "__main__":
    main()
