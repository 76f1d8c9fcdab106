"""Optimistic versions: a change names the version it was decided on, and of two changes at once one is refused."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import update
from sqlalchemy.orm import Session

from review.errors import NotFound, StaleVersion, VersionMissing
from store.expressions import changed
from store.repositories import events, users
from store.tables import Connector, Draft, Knowledge, Proposal, Release, Theme, WebhookEndpoint

Reviewed = TypeVar("Reviewed", Theme, Draft, Proposal, Knowledge, WebhookEndpoint, Connector, Release)
AnyReviewed = Theme | Draft | Proposal | Knowledge | WebhookEndpoint | Connector | Release

_NAMES_ZH = {
    "theme": "主题",
    "draft": "草稿",
    "proposal": "提案",
    "knowledge": "知识条目",
    "post": "帖子",
    "webhook": "接收端",
    "delivery": "投递记录",
    "connector": "连接器",
    "release": "版本",
    "author": "用户",
}


def not_found(kind: str, subject_id: str) -> NotFound:
    """The refusal for a thing that is not there."""
    return NotFound(
        f"{kind}_not_found",
        f"There is no {kind} {subject_id}.",
        f"找不到该{_NAMES_ZH.get(kind, '内容')}。",
        id=subject_id,
    )


def kind_of(thing: AnyReviewed) -> str:
    """The word for it in ids, codes and events: ``theme``, ``draft``, …"""
    return "webhook" if isinstance(thing, WebhookEndpoint) else type(thing).__name__.lower()


def check(session: Session, thing: AnyReviewed, version: int | None) -> None:
    """Raise VersionMissing or StaleVersion unless `version` is the one the thing is at."""
    if version is None:
        raise VersionMissing
    if thing.version != version:
        raise _stale(session, thing, thing.version)


def advance(session: Session, thing: Reviewed, *, now: datetime) -> Reviewed:
    """Move the thing to its next version, or raise StaleVersion where somebody else did a moment ago.

    The UPDATE itself compares versions, so this holds whatever the isolation of the transaction.
    """
    table = type(thing)
    seen = thing.version
    statement = (
        update(table)
        .where(table.id == thing.id, table.version == seen)
        .values(version=seen + 1, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    with session.no_autoflush:
        if changed(session, statement) != 1:
            session.refresh(thing, ["version"])
            raise _stale(session, thing, thing.version)
        session.refresh(thing, ["version", "updated_at"])
    return thing


def _stale(session: Session, thing: AnyReviewed, current: int) -> StaleVersion:
    last = events.latest_of(session, kind_of(thing), thing.id)
    name = users.names(session, [last.actor]).get(last.actor, last.actor) if last else None
    return StaleVersion(
        "stale_version",
        f"This {kind_of(thing)} has changed since you read it; read it again (it is at version {current}).",
        f"该{_NAMES_ZH[kind_of(thing)]}已被{name or '他人'}修改，请刷新后重试。",
        version=current,
        changed_by=name,
        changed_at=last.at.isoformat() if last else None,
    )
