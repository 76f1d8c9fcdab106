"""A process for tests that tells and sends as a worker does, and kills itself (SIGKILL) at a chosen call.

usage: doomed_sender.py [MODULE:NAME:CALL:before|after]   (settings come by the environment)
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from doomed_worker import doom
from sqlalchemy import func, select

from pipeline.delivery import Postman
from pipeline.outbound import relay
from pipeline.settings import Settings
from store.database import Database
from store.repositories import outbox
from store.tables import WebhookDelivery


def main() -> None:
    for target in sys.argv[1:]:
        doom(target)
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
                sys.exit(0)
        time.sleep(0.1)
    sys.exit(3)


if __name__ == "__main__":
    main()
