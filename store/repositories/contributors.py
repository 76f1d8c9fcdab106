"""Keys of contributors: links that work once, and the sessions they opened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store.expressions import changed
from store.tables import Author, ContributorKey


def by_secret(session: Session, secret_hash: str, *, kind: str, now: datetime) -> ContributorKey | None:
    """The key, unless it is over."""
    statement = select(ContributorKey).where(
        ContributorKey.secret_hash == secret_hash, ContributorKey.kind == kind, ContributorKey.expires_at > now
    )
    return session.scalar(statement)


def author_of_session(session: Session, secret_hash: str, *, now: datetime) -> tuple[ContributorKey, Author] | None:
    """Whose session this is; None where it is unknown or over."""
    statement = (
        select(ContributorKey, Author)
        .join(Author, Author.id == ContributorKey.author_id)
        .where(
            ContributorKey.secret_hash == secret_hash,
            ContributorKey.kind == "session",
            ContributorKey.expires_at > now,
        )
    )
    row = session.execute(statement).first()
    return (row[0], row[1]) if row else None


def use_up(session: Session, key_id: str) -> bool:
    """Remove a key; of several who use a link at once, exactly one is told True."""
    return changed(session, delete(ContributorKey).where(ContributorKey.id == key_id)) == 1


def revoke_all(session: Session, author_id: str) -> int:
    """Every link and session of the author goes; how many there were."""
    return changed(session, delete(ContributorKey).where(ContributorKey.author_id == author_id))


def sweep(session: Session, *, now: datetime) -> None:
    """Remove the keys that are over."""
    session.execute(delete(ContributorKey).where(ContributorKey.expires_at <= now))
