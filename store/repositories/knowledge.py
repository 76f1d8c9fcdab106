"""Knowledge: what replies may rest on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.expressions import substring
from store.paging import Keyset, Page, fetch_page
from store.tables import Knowledge


def get(session: Session, knowledge_id: str) -> Knowledge | None:
    return session.get(Knowledge, knowledge_id)


def locked(session: Session, knowledge_id: str) -> Knowledge | None:
    """The entry, fresh, its row locked until the transaction ends."""
    return session.get(Knowledge, knowledge_id, with_for_update=True, populate_existing=True)


def by_keys(session: Session, keys: Iterable[str]) -> dict[str, Knowledge]:
    """By the id its owner knows it by; unknown keys are left out."""
    wanted = sorted(set(keys))
    found = session.scalars(select(Knowledge).where(Knowledge.key.in_(wanted))) if wanted else ()
    return {item.key: item for item in found}


def listed(
    session: Session,
    *,
    kind: str | None = None,
    product: str | None = None,
    active: bool | None = True,
    q: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Knowledge]:
    """Latest change first; `active=None` shows what was put out of use too."""
    statement = select(Knowledge)
    if kind:
        statement = statement.where(Knowledge.kind == kind)
    if product:
        statement = statement.where(Knowledge.product == product)
    if active is not None:
        statement = statement.where(Knowledge.active == active)
    if q:
        statement = statement.where(substring(q, Knowledge.title, Knowledge.body))
    keyset = Keyset("knowledge", Knowledge.updated_at, datetime, Knowledge.id)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])


def active(session: Session) -> tuple[Knowledge, ...]:
    """Everything a drafter may use, in a fixed order."""
    return tuple(session.scalars(select(Knowledge).where(Knowledge.active).order_by(Knowledge.id)))
