"""Stored answers to writes that carried an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from store.expressions import changed, insert_new
from store.tables import IdempotencyKey

_PENDING = 0  # the status of a key whose transaction has not ended


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What the first request with a key was, and what it was answered."""

    request_hash: str
    status: int
    body: Any
    headers: Mapping[str, str]


def claim(session: Session, principal: str, key: str, request_hash: str) -> StoredAnswer | None:
    """Take the key for this transaction; None when it was free, else the answer it was given before.

    Of two transactions at once, one waits at the primary key until the other ends, then finds its answer.
    """
    row = {
        "principal": principal, "key": key, "request_hash": request_hash, "status": _PENDING, "body": {},
        "created_at": datetime.now(UTC),
    }  # fmt: skip
    if insert_new(session, IdempotencyKey, [row], unique=["principal", "key"]):
        return None
    found = session.execute(
        select(IdempotencyKey.request_hash, IdempotencyKey.status, IdempotencyKey.body, IdempotencyKey.headers).where(
            IdempotencyKey.principal == principal, IdempotencyKey.key == key
        )
    ).one()
    return StoredAnswer(found.request_hash, found.status, found.body, found.headers or {})


def complete(session: Session, principal: str, key: str, *, status: int, body: Any, headers: Mapping[str, str]) -> None:
    """Store the answer beside the effects it reports, in their transaction."""
    session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.principal == principal, IdempotencyKey.key == key)
        .values(status=status, body=body, headers=dict(headers) or None)
    )


def forget(session: Session, *, before: datetime) -> int:
    """Drop the answers to requests that came before; how many."""
    return changed(session, delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
