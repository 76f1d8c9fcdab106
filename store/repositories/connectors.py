"""Boards of other systems, and how each proposal stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from store.expressions import changed, insert_new
from store.ids import new_id
from store.paging import Keyset, Page, fetch_page
from store.tables import Connector, ConnectorItem, Proposal


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """How a connector's proposals stand."""

    pending: int = 0
    dead: int = 0
    pushed: int = 0


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A proposal on a board."""

    item: ConnectorItem
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class OnBoard:
    """What is known of a proposal on a board."""

    remote_id: str | None = None  # None: whether it is there has to be found out
    pushed: Mapping[str, Any] | None = None  # what the board was told last


@dataclass(frozen=True, slots=True)
class DueItem:
    """One push as its sender sees it."""

    id: str
    connector_id: str
    proposal_id: str
    wanted: int
    tries: int  # before this one


def get(session: Session, connector_id: str) -> Connector | None:
    return session.get(Connector, connector_id)


def locked(session: Session, connector_id: str) -> Connector | None:
    """The connector, fresh, its row locked until the transaction ends."""
    return session.get(Connector, connector_id, with_for_update=True, populate_existing=True)


def everything(session: Session) -> tuple[Connector, ...]:
    """All connectors, oldest first."""
    return tuple(session.scalars(select(Connector).order_by(Connector.created_at, Connector.id)))


def remove(session: Session, connector_id: str) -> None:
    """The connector and what we know of its board; the board itself keeps what was pushed."""
    session.execute(delete(Connector).where(Connector.id == connector_id))


def want(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Have every connector push this proposal as it is then; one that is off, when it is turned on again."""
    connector_ids = session.scalars(select(Connector.id).order_by(Connector.id)).all()
    if connector_ids:
        _insert(session, [(connector_id, proposal_id) for connector_id in connector_ids], now=now)
        _wake(session, ConnectorItem.proposal_id == proposal_id, now=now)


def want_all(session: Session, connector_id: str, *, now: datetime) -> int:
    """Have one connector push every proposal of the backlog; how many that is."""
    ids = session.scalars(select(Proposal.id).order_by(Proposal.created_at, Proposal.id)).all()
    _insert(session, [(connector_id, proposal_id) for proposal_id in ids], now=now)
    _wake(session, ConnectorItem.connector_id == connector_id, now=now)
    return len(ids)


def want_merged_into(session: Session, connector_id: str, proposal_id: str, *, now: datetime) -> None:
    """Have a connector push those of its proposals that were merged into this one: it is on the board now."""
    merged = select(Proposal.id).where(Proposal.merged_into == proposal_id)
    _wake(session, ConnectorItem.connector_id == connector_id, ConnectorItem.proposal_id.in_(merged), now=now)


def forget_cards(session: Session, connector_id: str, *, now: datetime) -> None:
    """The connector leads to another board: nothing is known of it. Everything is looked for there and pushed."""
    of_it = ConnectorItem.connector_id == connector_id
    session.execute(update(ConnectorItem).where(of_it).values(remote_id=None, pushed=None))
    _wake(session, of_it, now=now)


def _insert(session: Session, pairs: list[tuple[str, str]], *, now: datetime) -> None:
    rows = [
        {
            "id": new_id("connector_item"), "connector_id": connector_id, "proposal_id": proposal_id,
            "wanted": 0, "status": "pending", "tries": 0, "due_at": now, "last_error": "", "created_at": now,
            "updated_at": now,
        }
        for connector_id, proposal_id in pairs
    ]  # fmt: skip
    insert_new(session, ConnectorItem, rows, unique=["connector_id", "proposal_id"])


def _wake(session: Session, *which: ColumnElement[bool], now: datetime) -> None:
    """One that is being pushed keeps its due time: its pusher sees the new wish when it is done."""
    session.execute(update(ConnectorItem).where(*which).values(wanted=ConnectorItem.wanted + 1))
    settled = update(ConnectorItem).where(*which, ConnectorItem.status != "pending")
    session.execute(settled.values(status="pending", tries=0, due_at=now, updated_at=now))


def connectors_due(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Connectors that something waits to be pushed by."""
    statement = (
        select(ConnectorItem.connector_id)
        .join(Connector, Connector.id == ConnectorItem.connector_id)
        .where(Connector.active, ConnectorItem.status == "pending", ConnectorItem.due_at <= now)
    )
    return tuple(session.scalars(statement.distinct().order_by(ConnectorItem.connector_id)))


def claim(session: Session, connector_id: str, *, now: datetime, until: datetime) -> DueItem | None:
    """The next push of a connector, taken until `until`: when its sender dies, another takes it then."""
    statement = (
        select(ConnectorItem)
        .join(Connector, Connector.id == ConnectorItem.connector_id)
        .where(
            ConnectorItem.connector_id == connector_id,
            Connector.active,
            ConnectorItem.status == "pending",
            ConnectorItem.due_at <= now,
        )
        .order_by(ConnectorItem.due_at, ConnectorItem.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=ConnectorItem)
    )
    item = session.scalars(statement).first()
    if item is None:
        return None
    item.due_at = until
    session.flush()
    return DueItem(item.id, connector_id, item.proposal_id, item.wanted, item.tries)


def item(session: Session, item_id: str) -> ConnectorItem | None:
    """The item, fresh, its row locked until the transaction ends."""
    return session.get(ConnectorItem, item_id, with_for_update=True, populate_existing=True)


def items(
    session: Session, connector_id: str, *, status: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[ItemRow]:
    """Latest change first."""
    statement = (
        select(ConnectorItem, Proposal)
        .join(Proposal, Proposal.id == ConnectorItem.proposal_id)
        .where(ConnectorItem.connector_id == connector_id)
    )
    if status:
        statement = statement.where(ConnectorItem.status == status)
    keyset = Keyset("connector_items", ConnectorItem.updated_at, datetime, ConnectorItem.id)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: ItemRow(row[0], row[1]))


def replay_dead(session: Session, connector_id: str, *, now: datetime) -> int:
    """Push everything again that could not be pushed; how many."""
    statement = (
        update(ConnectorItem)
        .where(ConnectorItem.connector_id == connector_id, ConnectorItem.status == "dead")
        .values(status="pending", tries=0, due_at=now, updated_at=now)
    )
    return changed(session, statement)


def want_again(session: Session, item: ConnectorItem, *, now: datetime) -> None:
    """Push one again, from the first try on."""
    item.status, item.tries, item.due_at, item.updated_at = "pending", 0, now, now
    item.wanted += 1
    session.flush()


def remote_of(session: Session, connector_id: str, proposal_id: str) -> str | None:
    """The id a proposal has on a board."""
    statement = select(ConnectorItem.remote_id).where(
        ConnectorItem.connector_id == connector_id, ConnectorItem.proposal_id == proposal_id
    )
    return session.scalar(statement)


def on_board(session: Session, item_id: str) -> OnBoard:
    """What is known of the item on its board now."""
    statement = select(ConnectorItem.remote_id, ConnectorItem.pushed).where(ConnectorItem.id == item_id)
    row = session.execute(statement).first()
    return OnBoard(*row) if row else OnBoard()


def keep_remote(session: Session, item_id: str, remote_id: str) -> None:
    """Remember the id on the board as soon as it is known, whatever comes of the rest of the push."""
    session.execute(update(ConnectorItem).where(ConnectorItem.id == item_id).values(remote_id=remote_id))


def settle(
    session: Session,
    due: DueItem,
    *,
    now: datetime,
    status: str,
    due_at: datetime | None,
    pushed: Mapping[str, Any] | None = None,
    code: int | None = None,
    error: str = "",
) -> None:
    """Keep what came of a push. A wish that came meanwhile makes it due again at once."""
    found = item(session, due.id)
    if found is None:  # its connector was removed meanwhile
        return
    wished_again = status != "pending" and found.wanted != due.wanted
    found.status, found.due_at = ("pending", now) if wished_again else (status, due_at)
    found.tries = 0 if status == "pushed" or wished_again else found.tries + 1
    if pushed is not None:
        found.pushed = dict(pushed)
    found.last_code, found.last_error, found.updated_at = code, error[:300], now
    session.flush()


def item_counts(session: Session) -> Mapping[str, ItemCounts]:
    """Connector id -> how its proposals stand; connectors without any are left out."""
    statement = select(
        ConnectorItem.connector_id,
        func.count().filter(ConnectorItem.status == "pending"),
        func.count().filter(ConnectorItem.status == "dead"),
        func.count().filter(ConnectorItem.status == "pushed"),
    ).group_by(ConnectorItem.connector_id)
    return {row[0]: ItemCounts(*row[1:]) for row in session.execute(statement)}
