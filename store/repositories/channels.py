"""Channels: where text comes from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.expressions import insert_new
from store.ids import new_id
from store.tables import Channel


def get(session: Session, channel_id: str) -> Channel | None:
    return session.get(Channel, channel_id)


def by_name(session: Session, name: str) -> Channel | None:
    return session.scalar(select(Channel).where(Channel.name == name))


def obtain(session: Session, name: str, *, timezone: str, now: datetime) -> Channel:
    """The channel of this name, made where there is none; two at once end with one."""
    found = by_name(session, name)
    if found is None:
        row = {"id": new_id("channel"), "name": name, "timezone": timezone, "created_at": now}
        insert_new(session, Channel, [row], unique=["name"])
        found = session.scalars(select(Channel).where(Channel.name == name)).one()
    return found


def everything(session: Session) -> tuple[Channel, ...]:
    """All channels by name."""
    return tuple(session.scalars(select(Channel).order_by(Channel.name)))
