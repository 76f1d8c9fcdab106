"""Views of the theme board that people keep, and when they last looked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from store.expressions import insert_new
from store.tables import BoardHabit, SavedView


def get(session: Session, view_id: str) -> SavedView | None:
    return session.get(SavedView, view_id)


def named(session: Session, owner_id: str, name: str) -> SavedView | None:
    """The owner's view of that name."""
    return session.scalar(select(SavedView).where(SavedView.owner_id == owner_id, SavedView.name == name))


def owned(session: Session, owner_id: str) -> int:
    """How many views are the owner's."""
    return session.scalar(select(func.count()).where(SavedView.owner_id == owner_id)) or 0


def visible_to(session: Session, owner_id: str) -> tuple[SavedView, ...]:
    """The owner's own views, then those that others share, each by name."""
    statement = select(SavedView).where(or_(SavedView.owner_id == owner_id, SavedView.shared))
    return tuple(session.scalars(statement.order_by(SavedView.owner_id != owner_id, SavedView.name, SavedView.id)))


def habit(session: Session, user_id: str) -> BoardHabit | None:
    """When this user last looked, and the view the board opens with; None before the first time."""
    return session.get(BoardHabit, user_id)


def habit_for_update(session: Session, user_id: str) -> BoardHabit:
    """As `habit`, made where there is none yet, locked until the transaction ends."""
    insert_new(session, BoardHabit, [{"user_id": user_id}], unique=["user_id"])
    return session.get_one(BoardHabit, user_id, with_for_update=True, populate_existing=True)


def default_of(session: Session, user_id: str) -> SavedView | None:
    """The view the board opens with for this user."""
    statement = select(SavedView).join(BoardHabit, BoardHabit.default_view_id == SavedView.id)
    return session.scalar(statement.where(BoardHabit.user_id == user_id))


def forget_default(session: Session, view_id: str, *, but_of: str | None = None) -> None:
    """Nobody's board opens with this view any more, but perhaps one user's."""
    statement = update(BoardHabit).where(BoardHabit.default_view_id == view_id).values(default_view_id=None)
    if but_of is not None:
        statement = statement.where(BoardHabit.user_id != but_of)
    session.execute(statement.execution_options(synchronize_session=False))


def visited(row: BoardHabit, *, now: datetime, new_visit: bool) -> None:
    """Note a look at the board."""
    if new_visit:
        row.previous_at = row.seen_at
    row.seen_at = now
