"""Sending what is due to endpoints: signed, in order of age, one at a time to each endpoint, many endpoints at once.

What is due is in the store, and a delivery is claimed before it is sent: when its sender dies, another sends it again
once the claim has run out, under the same `webhook-id`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from pipeline.outgoing import Answer, Outgoing
from pipeline.retries import next_wait
from pipeline.rounds import Rounds
from pipeline.settings import Settings
from review import webhooks as rules
from review.outbound_events import TEST
from review.sealing import SealBrokenError
from store.database import Database
from store.repositories import deliveries, webhooks
from store.repositories.deliveries import DueDelivery, Outcome

_GONE: Final = 410  # the receiver wants to hear no more

log = structlog.get_logger()


class Postman:
    """Brings deliveries to their endpoints. One a worker; any number of workers."""

    def __init__(self, settings: Settings, database: Database, *, claim_seconds: float | None = None) -> None:
        self._database = database
        self._key = settings.secret_key()
        self._outgoing = Outgoing(settings.outgoing_allow_private, settings.outgoing_timeout)
        self._patience = timedelta(days=settings.webhook_patience_days)
        # Longer than any request may take, so that nobody else sends what is being sent.
        self._claim = timedelta(seconds=claim_seconds or 4 * settings.outgoing_timeout + 10)
        self._rounds = Rounds(self._send_next, name="postman")

    def look(self) -> None:
        """Begin to send whatever is due."""
        with self._database.session(readonly=True) as session:
            due = deliveries.endpoints_due(session, now=datetime.now(UTC))
        self._rounds.begin(due)

    def rest(self) -> None:
        """Wait until what is due has been sent."""
        self._rounds.rest()

    def stop(self) -> None:
        """End after the request of the moment; what is not sent is due for the next worker."""
        self._rounds.stop()

    def _send_next(self, endpoint_id: str) -> bool:
        """Send what is due first; False where nothing is."""
        now = datetime.now(UTC)
        with self._database.session() as session:
            due = deliveries.claim(session, endpoint_id, now=now, until=now + self._claim)
            if due is None:
                return False
            try:
                secrets = rules.signing_secrets(session, endpoint_id, key=self._key, now=now)
                broken = ""
            except SealBrokenError:
                secrets, broken = (), "secret_unreadable"
        answer = self._post(due, secrets, now) if not broken else Answer(None, broken, 0)
        with self._database.session() as session:
            self._settle(session, due, answer, now)
        return True

    def _post(self, due: DueDelivery, secrets: tuple[str, ...], now: datetime) -> Answer:
        signatures = " ".join(Webhook(secret).sign(due.message_id, now, due.body) for secret in secrets)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "webhook-id": due.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signatures,
        }
        return self._outgoing.send("POST", due.url, headers=headers, content=due.body.encode())

    def _settle(self, session: Session, due: DueDelivery, answer: Answer, now: datetime) -> None:
        """Keep what came of it, plan the next try, and turn off an endpoint that is gone or has failed for days."""
        endpoint = webhooks.locked(session, due.endpoint_id)
        if endpoint is None:  # removed while it was being sent
            return
        outcome = Outcome(now, answer.milliseconds, answer.code, _why(answer), "" if answer.good else answer.text)
        if answer.good:
            deliveries.settle(session, due.id, outcome, status="delivered", due_at=None)
            if due.type != TEST:
                endpoint.failing_since = None
            return
        final = due.type == TEST or answer.code == _GONE
        wait = None if final else next_wait(due.tries + 1, asked=answer.asked_to_wait(now=now))
        status = "dead" if wait is None else "pending"
        deliveries.settle(session, due.id, outcome, status=status, due_at=now + wait if wait else None)
        log.warning("delivery failed", delivery=due.id, endpoint=due.endpoint_id, code=answer.code, status=status)
        if due.type == TEST:  # a test says nothing about what people rely on
            return
        endpoint.failing_since = endpoint.failing_since or now
        if answer.code == _GONE:
            rules.disable(session, due.endpoint_id, reason="gone")
        elif now - endpoint.failing_since >= self._patience:
            rules.disable(session, due.endpoint_id, reason="failing")


def _why(answer: Answer) -> str:
    redirected = answer.code is not None and 300 <= answer.code < 400
    return "redirect" if redirected else answer.error
