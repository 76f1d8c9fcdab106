"""Users, their sessions, and failed sign-ins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from store.expressions import changed
from store.tables import SignInFailure, User, UserSession


def get(session: Session, user_id: str) -> User | None:
    return session.get(User, user_id)


def by_username(session: Session, username: str) -> User | None:
    if "\x00" in username:  # PostgreSQL refuses to be asked
        return None
    return session.scalar(select(User).where(User.username == username))


def everyone(session: Session) -> tuple[User, ...]:
    """All users by name of sign-in."""
    return tuple(session.scalars(select(User).order_by(User.username)))


def admins_locked(session: Session) -> frozenset[str]:
    """Ids of those who are admins and may sign in, fresh, their rows locked until the transaction ends."""
    statement = select(User).where(User.role == "admin", User.active).order_by(User.id).with_for_update()
    return frozenset(user.id for user in session.scalars(statement.execution_options(populate_existing=True)))


def names(session: Session, user_ids: Iterable[str]) -> dict[str, str]:
    """User id -> display name; unknown ids (tokens, the system) are left out."""
    wanted = sorted(set(user_ids))
    if not wanted:
        return {}
    return dict(session.execute(select(User.id, User.display_name).where(User.id.in_(wanted))).all())


def of_session(session: Session, token_hash: str, *, now: datetime) -> User | None:
    """The active user of a session that has not expired."""
    statement = (
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.token_hash == token_hash, UserSession.expires_at > now, User.active)
    )
    return session.scalar(statement)


def end_session(session: Session, token_hash: str) -> bool:
    """Whether there was such a session."""
    return changed(session, delete(UserSession).where(UserSession.token_hash == token_hash)) == 1


def end_sessions_of(session: Session, user_id: str, *, but: str | None = None) -> int:
    """Every session of a user goes, but the one of this hash; how many went."""
    statement = delete(UserSession).where(UserSession.user_id == user_id)
    return changed(session, statement.where(UserSession.token_hash != but) if but else statement)


def forget_expired_sessions(session: Session, *, now: datetime) -> int:
    return changed(session, delete(UserSession).where(UserSession.expires_at <= now))


def failures_since(session: Session, username_hash: str, since: datetime) -> int:
    """How many sign-ins under this name failed since then."""
    statement = select(func.count(SignInFailure.id)).where(
        SignInFailure.username_hash == username_hash, SignInFailure.at > since
    )
    return session.scalars(statement).one()


def forget_failures(session: Session, *, username_hash: str | None = None, before: datetime | None = None) -> None:
    """Those of one name, or those older than a moment, or both."""
    statement = delete(SignInFailure)
    if username_hash is not None:
        statement = statement.where(SignInFailure.username_hash == username_hash)
    if before is not None:
        statement = statement.where(SignInFailure.at <= before)
    session.execute(statement)
