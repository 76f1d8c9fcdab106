"""Pushing proposals to boards: what is due is in the store, claimed before it is pushed, and brought to the state of
that moment, so that neither order nor repetition matters. A card is looked for before one is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from ingest.masking import mask
from pipeline.connectors.board import Board, Card, JsonCaller, PushError
from pipeline.connectors.fider import FiderBoard
from pipeline.connectors.json_board import JsonBoard
from pipeline.outgoing import Outgoing
from pipeline.retries import next_wait
from pipeline.rounds import Rounds
from pipeline.settings import Settings
from review import connectors as rules
from review.connector_settings import FiderSettings, parsed, same_board
from review.outbound_events import rfc3339
from review.sealing import SealBrokenError
from store.database import Database
from store.repositories import connectors, proposals, votes
from store.repositories.connectors import DueItem, OnBoard
from store.tables import Connector

_ANSWER_LIMIT: Final = 4 * 1024 * 1024  # bytes: lists of a board's cards may be long
_REQUESTS: Final = 6  # most requests that one push may need
# These are brought up to date on a board, but not put there: what closed already, and what nobody has read yet.
_NEVER_MADE: Final = frozenset({"received", "merged", "declined"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Push:
    """Everything one push needs, read in one transaction."""

    due: DueItem
    board: Board
    settings: Mapping[str, Any]  # as the board was reached by
    there: OnBoard
    card: Card


class Pusher:
    """Brings proposals to boards. One a worker; any number of workers."""

    def __init__(self, settings: Settings, database: Database, *, claim_seconds: float | None = None) -> None:
        self._database = database
        self._key = settings.secret_key()
        self._outgoing = Outgoing(settings.outgoing_allow_private, settings.outgoing_timeout, _ANSWER_LIMIT)
        self._patience = timedelta(days=settings.webhook_patience_days)
        self._claim = timedelta(seconds=claim_seconds or (_REQUESTS + 2) * settings.outgoing_timeout + 10)
        self._rounds = Rounds(self._push_next, name="pusher")

    def look(self) -> None:
        """Begin to push whatever is due."""
        with self._database.session(readonly=True) as session:
            due = connectors.connectors_due(session, now=datetime.now(UTC))
        self._rounds.begin(due)

    def rest(self) -> None:
        """Wait until what is due has been pushed."""
        self._rounds.rest()

    def stop(self) -> None:
        """End after the push of the moment; the rest is due for the next worker."""
        self._rounds.stop()

    def _push_next(self, connector_id: str) -> bool:
        """Push what is due first; False where nothing is."""
        now = datetime.now(UTC)
        with self._database.session() as session:
            due = connectors.claim(session, connector_id, now=now, until=now + self._claim)
            if due is None:
                return False
        try:
            with self._database.session(readonly=True) as session:
                push = self._prepared(session, due)
            shown = self._do(push) if push is not None else None
        except PushError as error:
            with self._database.session() as session:
                self._failed(session, due, error, now)
        except SealBrokenError:
            with self._database.session() as session:
                self._failed(session, due, PushError("secret_unreadable"), now)
        except Exception:  # whatever the board answered: it counts as a failure, and is not tried for ever
            log.exception("a push failed unexpectedly", connector=due.connector_id, proposal=due.proposal_id)
            with self._database.session() as session:
                self._failed(session, due, PushError("unexpected"), now)
        else:
            with self._database.session() as session:
                self._pushed(session, due, push, shown, now)
        return True

    def _prepared(self, session: Session, due: DueItem) -> _Push | None:
        """None where there is nothing to push, or nothing to push it with any more."""
        connector = connectors.get(session, due.connector_id)  # before the ids of its cards: they are of this board
        there = connectors.on_board(session, due.id)
        card = card_of(session, due.connector_id, due.proposal_id)
        if connector is None or card is None:
            return None
        if there.remote_id is None and card.status in _NEVER_MADE:
            return None
        return _Push(due, self._board(connector), connector.settings, there, card)

    def _board(self, connector: Connector) -> Board:
        settings = parsed(connector.kind, connector.settings)
        key = rules.board_key(connector, key=self._key)
        if isinstance(settings, FiderSettings):
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            return FiderBoard(JsonCaller(self._outgoing, headers), settings.url)
        headers = {settings.key_header: f"{settings.key_prefix}{key}"} if key else {}
        return JsonBoard(JsonCaller(self._outgoing, headers), settings)

    def _do(self, push: _Push) -> dict[str, object]:
        """Find or make the card and bring it up to date; what the board was told."""
        due, board, card = push.due, push.board, push.card
        shown = board.shown(card)
        remote_id, before = push.there.remote_id, push.there.pushed
        if remote_id is None:
            remote_id, before = board.find(card), None
            if remote_id is None:
                remote_id, before = board.create(card)
            with self._database.session() as session:
                if _still_the_board(connectors.locked(session, due.connector_id), push):
                    connectors.keep_remote(session, due.id, remote_id)
        board.update(remote_id, card, before)
        return shown

    def _pushed(
        self, session: Session, due: DueItem, push: _Push | None, shown: dict[str, object] | None, now: datetime
    ) -> None:
        connector = connectors.locked(session, due.connector_id)
        told = shown if push is not None and _still_the_board(connector, push) else None
        connectors.settle(session, due, now=now, status="pushed", due_at=None, pushed=told)
        if connector is None or push is None or told is None:
            return
        connector.failing_since = None
        if push.there.remote_id is None:  # the card is new: others may point to it now
            connectors.want_merged_into(session, due.connector_id, due.proposal_id, now=now)

    def _failed(self, session: Session, due: DueItem, error: PushError, now: datetime) -> None:
        answer = error.answer
        asked = answer.asked_to_wait(now=now) if answer is not None else None
        wait = None if error.final else next_wait(due.tries + 1, asked=asked)
        code = answer.code if answer is not None else None
        status = "dead" if wait is None else "pending"
        connector = connectors.locked(session, due.connector_id)  # before the item: whoever needs both goes this way
        connectors.settle(
            session, due, now=now, status=status, due_at=now + wait if wait else None, code=code, error=str(error)
        )
        log.warning("push failed", connector=due.connector_id, proposal=due.proposal_id, code=code, status=status)
        if connector is None or error.final:
            return
        connector.failing_since = connector.failing_since or now
        if now - connector.failing_since >= self._patience:
            rules.disable(session, due.connector_id)


def _still_the_board(connector: Connector | None, push: _Push) -> bool:
    """Whether what the push learned holds: the connector may lead to another board since it began."""
    return connector is not None and same_board(connector.settings, push.settings)


def public_words(problem: str) -> str:
    """People's words, one a line, masked once more: strangers read them on a board."""
    return "\n".join(mask(line).text for line in problem.splitlines())


def card_of(session: Session, connector_id: str, proposal_id: str) -> Card | None:
    """The proposal as it is now, for a board; None where it is gone."""
    proposal = proposals.get(session, proposal_id)
    if proposal is None:
        return None
    merged_into = proposal.merged_into
    return Card(
        proposal_id=proposal.id,
        theme_id=proposal.theme_id,
        title=proposal.title,
        problem=public_words(proposal.problem),
        status=proposal.status,
        reason=proposal.reason,
        note=proposal.note,
        votes=votes.counts(session, [proposal.id])[proposal.id],
        people=proposal.people,
        demand_score=proposal.demand_score,
        merged_into=merged_into,
        merged_remote_id=connectors.remote_of(session, connector_id, merged_into) if merged_into else None,
        updated_at=rfc3339(proposal.updated_at),
    )
