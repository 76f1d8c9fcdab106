"""Sources: what was read into a channel, and the rows of it that were rejected."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.paging import Keyset, Page, fetch_page
from store.tables import RejectedRow, Source


def get(session: Session, source_id: str) -> Source | None:
    return session.get(Source, source_id)


def by_sha256(session: Session, channel_id: str, sha256: str) -> Source | None:
    """The first source of this channel with this content."""
    statement = select(Source).where(Source.channel_id == channel_id, Source.sha256 == sha256)
    return session.scalars(statement.order_by(Source.created_at, Source.id).limit(1)).first()


def listed(session: Session, *, channel: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Source]:
    """Newest first."""
    statement = select(Source)
    if channel:
        statement = statement.where(Source.channel_id == channel)
    keyset = Keyset("sources", Source.created_at, datetime, Source.id)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])


def rejected(session: Session, source_id: str, *, cursor: str | None = None, limit: int = 50) -> Page[RejectedRow]:
    """The rejected rows of a source in the order of the file. They hold raw text: show only to whom may read it."""
    statement = select(RejectedRow).where(RejectedRow.source_id == source_id)
    keyset = Keyset("rejected", RejectedRow.line, int, RejectedRow.id, int, descending=False)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])
