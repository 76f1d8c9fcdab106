"""Boards of other systems that proposals are pushed to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.fields import ONE_LINE, Input, Output, Versioned
from review.connector_settings import FiderSettings, JsonBoardSettings, Kind
from store.repositories.connectors import ItemCounts, ItemRow
from store.tables import Connector

BoardName = Annotated[str, Field(min_length=1, max_length=100, pattern=ONE_LINE)]
BoardKey = Annotated[str, Field(max_length=500, pattern=r"^[!-~]*$", description="The board's API key; kept sealed")]
BoardSettings = FiderSettings | JsonBoardSettings
ItemStatus = Literal["pending", "pushed", "dead"]


class ConnectorOut(Output):
    """A board, without its key."""

    id: str
    kind: Kind
    name: str
    settings: dict[str, Any]
    has_key: bool
    active: bool
    disabled_reason: Literal["", "failing"] = Field(description="Why the service turned it off; empty where it did not")
    failing_since: datetime | None
    pending: int = Field(description="Proposals that wait to be pushed")
    dead: int = Field(description="Proposals given up, which can be replayed")
    pushed: int = Field(description="Proposals of which the board knows the latest")
    version: int
    created_at: datetime
    updated_at: datetime


class ConnectorIn(Input):
    """A board to push to."""

    kind: Kind
    name: BoardName
    settings: BoardSettings
    key: BoardKey = ""


class ConnectorChange(Versioned):
    """What is left out stays; an empty key takes the key away."""

    name: BoardName | None = None
    settings: BoardSettings | None = None
    key: BoardKey | None = None
    active: bool | None = None


class ConnectorRemoved(Output):
    """The connector is gone; the board keeps what was pushed."""

    id: str
    removed: Literal[True] = True


class PushingOut(Output):
    """How many proposals are on their way."""

    proposals: int


class ConnectorItemOut(Output):
    """A proposal on a board."""

    id: str
    connector_id: str
    proposal_id: str
    title: str
    remote_id: str | None = Field(description="Its id on the board")
    status: ItemStatus
    tries: int
    next_try_at: datetime | None
    last_code: int | None
    last_error: str
    updated_at: datetime


def connector_out(connector: Connector, counts: ItemCounts | None) -> ConnectorOut:
    """A connector as it is sent."""
    counted = counts or ItemCounts()
    return ConnectorOut.model_validate({
        "id": connector.id, "kind": connector.kind, "name": connector.name, "settings": connector.settings,
        "has_key": connector.sealed_key is not None, "active": connector.active,
        "disabled_reason": connector.disabled_reason, "failing_since": connector.failing_since,
        "pending": counted.pending, "dead": counted.dead, "pushed": counted.pushed, "version": connector.version,
        "created_at": connector.created_at, "updated_at": connector.updated_at,
    })  # fmt: skip


def item_out(row: ItemRow) -> ConnectorItemOut:
    """A proposal on a board as it is sent."""
    item = row.item
    return ConnectorItemOut.model_validate({
        "id": item.id, "connector_id": item.connector_id, "proposal_id": item.proposal_id,
        "title": row.proposal.title, "remote_id": item.remote_id, "status": item.status, "tries": item.tries,
        "next_try_at": item.due_at, "last_code": item.last_code, "last_error": item.last_error,
        "updated_at": item.updated_at,
    })  # fmt: skip
