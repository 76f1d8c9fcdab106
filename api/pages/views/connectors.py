"""Boards of other systems as pages show them: how they are spoken to, and where each proposal stands there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.language import Translator
from review.connector_settings import FIELDS, FiderSettings, JsonBoardSettings, Kind
from review.outgoing_urls import origin
from store.repositories import connectors, proposals
from store.repositories.connectors import ItemCounts
from store.repositories.connectors import ItemRow as StoredRow
from store.tables import Connector

PAGE_SIZE: Final = 20
_EXAMPLE: Final = {
    "title": "{title}", "description": "{problem}", "status": "{status}", "votes": "{votes}", "external_id": "{marker}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConnectorCard:
    """A connector in the list."""

    id: str
    kind: str
    name: str
    origin: str
    active: bool
    reason: str
    insecure: bool
    failing_since: datetime | None
    pending: int
    dead: int
    pushed: int


@dataclass(frozen=True, slots=True)
class BoardForm:
    """What a person fills in; texts as they stand in the form."""

    url: str = ""
    method: str = "POST"
    template: str = ""
    id_path: str = "id"
    update_url: str = ""
    update_method: str = "PUT"
    find_url: str = ""
    find_path: str = ""
    statuses: str = ""
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A proposal on the board."""

    id: str
    proposal_id: str
    title: str
    proposal_status: str
    remote_id: str
    status: str
    code: int | None
    error: str
    tries: int
    at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemsView:
    """Proposals on a board, latest change first."""

    connector_id: str
    status: str
    rows: tuple[ItemRow, ...]
    more: str


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """One connector, or a new one (`id` empty)."""

    id: str
    kind: Kind
    action: str
    name: str
    url: str
    has_key: bool
    active: bool
    reason: str
    insecure: bool
    failing_since: datetime | None
    form: BoardForm
    fields: tuple[str, ...]
    version: int
    pending: int
    dead: int
    pushed: int
    proposals: int
    items: ItemsView | None


def connector_cards(session: Session) -> tuple[ConnectorCard, ...]:
    """All connectors, oldest first."""
    counts = connectors.item_counts(session)
    return tuple(_card(one, counts.get(one.id, ItemCounts())) for one in connectors.everything(session))


def _card(connector: Connector, counts: ItemCounts) -> ConnectorCard:
    url = connector.settings["url"]
    return ConnectorCard(
        id=connector.id,
        kind=connector.kind,
        name=connector.name,
        origin=origin(url),
        active=connector.active,
        reason=connector.disabled_reason,
        insecure=url.startswith("http://"),
        failing_since=connector.failing_since,
        pending=counts.pending,
        dead=counts.dead,
        pushed=counts.pushed,
    )


def new_connector(kind: str) -> ConnectorView:
    """An empty form of this kind; Fider where the kind is unknown."""
    chosen: Kind = "json_board" if kind == "json_board" else "fider"
    form = BoardForm(template=_readable(_EXAMPLE)) if chosen == "json_board" else BoardForm()
    return ConnectorView(
        id="", kind=chosen, action="/integrations/connectors/new", name="", url="", has_key=False, active=True,
        reason="", insecure=False, failing_since=None, form=form, fields=tuple(sorted(FIELDS)), version=0, pending=0,
        dead=0, pushed=0, proposals=0, items=None,
    )  # fmt: skip


def connector_view(
    session: Session, t: Translator, connector: Connector, *, status: str = "", cursor: str | None = None
) -> ConnectorView:
    """One connector with the proposals on its board."""
    counts = connectors.item_counts(session).get(connector.id, ItemCounts())
    url = connector.settings["url"]
    return ConnectorView(
        id=connector.id,
        kind="json_board" if connector.kind == "json_board" else "fider",
        action=f"/integrations/connectors/{connector.id}",
        name=connector.name,
        url=url,
        has_key=connector.sealed_key is not None,
        active=connector.active,
        reason=connector.disabled_reason,
        insecure=url.startswith("http://"),
        failing_since=connector.failing_since,
        form=_form(connector.settings),
        fields=tuple(sorted(FIELDS)),
        version=connector.version,
        pending=counts.pending,
        dead=counts.dead,
        pushed=counts.pushed,
        proposals=sum(proposals.count_by_status(session).values()),
        items=items_view(session, t, connector.id, status=status, cursor=cursor),
    )


def items_view(
    session: Session, t: Translator, connector_id: str, *, status: str = "", cursor: str | None = None
) -> ItemsView:
    """Proposals on a board, latest change first; `status` is "" or "dead"."""
    wanted = "dead" if status == "dead" else ""
    page = connectors.items(session, connector_id, status=wanted or None, cursor=cursor, limit=PAGE_SIZE)
    pairs = {"status": wanted, "cursor": page.next_cursor or ""}
    query = urlencode({name: value for name, value in pairs.items() if value})
    rows = tuple(
        ItemRow(
            row.item.id, row.item.proposal_id, row.proposal.title, row.proposal.status, row.item.remote_id or "",
            _state(row), row.item.last_code, t.either(f"webhook.error.{row.item.last_error}", row.item.last_error),
            row.item.tries, row.item.updated_at,
            row.item.due_at,
        )
        for row in page.items
    )  # fmt: skip
    more = f"/integrations/connectors/{connector_id}/items?{query}" if page.next_cursor else ""
    return ItemsView(connector_id, wanted, rows, more)


def _state(row: StoredRow) -> str:
    """How the row stands. Settled without a card there, it was not made: unread here as yet, or closed already."""
    if row.item.status != "pushed" or row.item.remote_id is not None:
        return row.item.status
    return "held_back" if row.proposal.status == "received" else "left_out"


def _form(settings: dict[str, Any]) -> BoardForm:
    if set(settings) == set(FiderSettings.model_fields):
        return BoardForm(url=settings["url"])
    found = JsonBoardSettings(**settings)
    return BoardForm(
        url=found.url,
        method=found.method,
        template=_readable(found.template),
        id_path=found.id_path,
        update_url=found.update_url,
        update_method=found.update_method,
        find_url=found.find_url,
        find_path=found.find_path,
        statuses=_readable(found.statuses) if found.statuses else "",
        key_header=found.key_header,
        key_prefix=found.key_prefix,
    )


def _readable(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
