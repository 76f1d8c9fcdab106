"""Bearer tokens of other systems."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from store.tables import Token


def get(session: Session, token_id: str) -> Token | None:
    return session.get(Token, token_id)


def by_hash(session: Session, token_hash: str, *, now: datetime) -> Token | None:
    """The token, unless it is revoked or expired."""
    statement = select(Token).where(
        Token.token_hash == token_hash,
        Token.revoked_at.is_(None),
        or_(Token.expires_at.is_(None), Token.expires_at > now),
    )
    return session.scalar(statement)


def everything(session: Session) -> tuple[Token, ...]:
    """All tokens, newest first."""
    return tuple(session.scalars(select(Token).order_by(Token.created_at.desc(), Token.id.desc())))


def touch(session: Session, token_id: str, *, now: datetime) -> None:
    """Note that the token was used."""
    session.execute(update(Token).where(Token.id == token_id).values(last_used_at=now))
