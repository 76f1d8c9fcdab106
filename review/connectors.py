"""Connectors: boards of other systems that people set up so that proposals are pushed there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from review import versions
from review.audit import record
from review.connector_settings import checked, same_board
from review.errors import Conflict
from review.outgoing_urls import origin
from review.permissions import Permission, require
from review.principals import SYSTEM, Principal
from review.sealing import seal, unseal
from review.wording import optional, required
from store.ids import new_id
from store.repositories import connectors
from store.tables import Connector, ConnectorItem

NAME_LIMIT: Final = 100
KEY_LIMIT: Final = 500
MOST_CONNECTORS: Final = 20


def create(
    session: Session,
    principal: Principal,
    *,
    key: bytes,
    kind: str,
    name: str,
    settings: dict[str, Any],
    board_key: str = "",
    allow_private: bool = False,
) -> Connector:
    """A new connector in use. It pushes what changes from now on; `push_all` pushes the backlog as it is."""
    require(principal, Permission.INTEGRATION_MANAGE)
    name = required(name, "name", "名称", limit=NAME_LIMIT)
    board_key = optional(board_key, "board_key", "密钥", limit=KEY_LIMIT)
    valid = checked(kind, settings, allow_private=allow_private)
    if len(connectors.everything(session)) >= MOST_CONNECTORS:
        raise Conflict(
            "too_many_connectors", f"There are {MOST_CONNECTORS} connectors already; remove one first.",
            f"最多 {MOST_CONNECTORS} 个看板连接，请先删除不用的。", limit=MOST_CONNECTORS,
        )  # fmt: skip
    now = datetime.now(UTC)
    connector = Connector(
        id=new_id("connector"),
        kind=kind,
        name=name,
        settings=valid.model_dump(),
        sealed_key=seal(key, board_key) if board_key else None,
        active=True,
        disabled_reason="",
        version=1,
        created_by=principal.id,
        created_at=now,
        updated_at=now,
    )
    session.add(connector)
    record(session, principal, "connector.created", "connector", connector.id, after=_state(connector))
    session.flush()
    return connector


def change(
    session: Session,
    principal: Principal,
    connector_id: str,
    *,
    key: bytes,
    version: int | None,
    name: str | None = None,
    settings: dict[str, Any] | None = None,
    board_key: str | None = None,
    active: bool | None = None,
    allow_private: bool = False,
) -> Connector:
    """Change what is given; None leaves a field as it is, an empty key takes the key away.

    Where the board is another one now, the ids of its cards are forgotten and every card is looked for by its mark.
    """
    connector = _opened(session, principal, connector_id, version)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = required(name, "name", "名称", limit=NAME_LIMIT)
    if settings is not None:
        values["settings"] = checked(connector.kind, settings, allow_private=allow_private).model_dump()
    if board_key is not None:
        board_key = optional(board_key, "board_key", "密钥", limit=KEY_LIMIT)
        values["sealed_key"] = seal(key, board_key) if board_key else None
    if active is not None:
        values["active"] = active
        if active:
            values |= {"disabled_reason": "", "failing_since": None}
    before, known = _state(connector), connector.settings
    now = datetime.now(UTC)
    versions.advance(session, connector, now=now)
    for field, value in values.items():
        setattr(connector, field, value)
    if not same_board(known, connector.settings):
        connectors.forget_cards(session, connector_id, now=now)
    after = _state(connector)
    if touched := _touched(known, connector.settings) + (["key"] if board_key is not None else []):
        after["settings"] = ", ".join(touched)
    record(session, principal, "connector.changed", "connector", connector_id, before=before, after=after)
    session.flush()
    return connector


def remove(session: Session, principal: Principal, connector_id: str, *, version: int | None) -> Connector:
    """The connector goes; the board keeps what was pushed. A connector made anew finds its cards by their marks."""
    connector = _opened(session, principal, connector_id, version)
    record(session, principal, "connector.removed", "connector", connector_id, before=_state(connector))
    session.flush()
    connectors.remove(session, connector_id)
    return connector


def push_all(session: Session, principal: Principal, connector_id: str) -> int:
    """Push every proposal as it is now; what the board has already is not made again. How many are looked at."""
    require(principal, Permission.INTEGRATION_MANAGE)
    if connectors.locked(session, connector_id) is None:
        raise versions.not_found("connector", connector_id)
    count = connectors.want_all(session, connector_id, now=datetime.now(UTC))
    record(session, principal, "connector.pushed_all", "connector", connector_id, after={"count": count})
    session.flush()
    return count


def replay_dead(session: Session, principal: Principal, connector_id: str) -> int:
    """Try again what could not be pushed; how much that is."""
    require(principal, Permission.INTEGRATION_MANAGE)
    if connectors.locked(session, connector_id) is None:
        raise versions.not_found("connector", connector_id)
    count = connectors.replay_dead(session, connector_id, now=datetime.now(UTC))
    if count:
        record(session, principal, "connector.replayed", "connector", connector_id, after={"count": count})
    session.flush()
    return count


def replay(session: Session, principal: Principal, item_id: str) -> ConnectorItem:
    """Try one push again."""
    require(principal, Permission.INTEGRATION_MANAGE)
    item = connectors.item(session, item_id)
    if item is None:
        raise versions.not_found("connector_item", item_id)
    if item.status == "pending":
        raise Conflict("push_pending", "The push is on its way already.", "该提案正在同步中。")
    connectors.want_again(session, item, now=datetime.now(UTC))
    after = {"proposal_id": item.proposal_id, "count": 1}
    record(session, principal, "connector.replayed", "connector", item.connector_id, after=after)
    session.flush()
    return item


def disable(session: Session, connector_id: str) -> None:
    """The system turns a connector off after days of nothing but failures; a person turns it on again."""
    connector = connectors.locked(session, connector_id)
    if connector is None or not connector.active:
        return
    before = _state(connector)
    versions.advance(session, connector, now=datetime.now(UTC))
    connector.active, connector.disabled_reason = False, "failing"
    record(session, SYSTEM, "connector.disabled", "connector", connector_id, before=before, after=_state(connector))
    session.flush()


def board_key(connector: Connector, *, key: bytes) -> str:
    """The key for the board; empty where it needs none. Raises SealBrokenError under another installation's secret."""
    return unseal(key, connector.sealed_key) if connector.sealed_key else ""


def _opened(session: Session, principal: Principal, connector_id: str, version: int | None) -> Connector:
    require(principal, Permission.INTEGRATION_MANAGE)
    connector = connectors.locked(session, connector_id)
    if connector is None:
        raise versions.not_found("connector", connector_id)
    versions.check(session, connector, version)
    return connector


def _touched(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names of the settings that differ. What they say stays out of the log: an address may hold a secret."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _state(connector: Connector) -> dict[str, Any]:
    return {
        "kind": connector.kind,
        "name": connector.name,
        "url": origin(connector.settings["url"]),
        "active": connector.active,
        "disabled_reason": connector.disabled_reason,
    }
