"""When somebody last looked at the board: what has changed since then is marked for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from review.permissions import Permission, require
from review.principals import Principal
from store.repositories import saved_views
from store.tables import BoardHabit

PAUSE: Final = timedelta(minutes=30)  # who comes back after it begins another visit


def last_visit(session: Session, principal: Principal, *, now: datetime) -> datetime | None:
    """When the visit before this one ended; None where there was none."""
    if principal.kind != "user":
        return None
    habit = saved_views.habit(session, principal.id)
    if habit is None or habit.seen_at is None:
        return None
    return habit.seen_at if _begins(habit, now) else habit.previous_at


def note_visit(session: Session, principal: Principal, *, now: datetime) -> None:
    """The person looks at the board now. Not a decision, so it leaves no line in the audit log."""
    require(principal, Permission.THEME_READ)
    if principal.kind != "user":
        return
    habit = saved_views.habit_for_update(session, principal.id)
    saved_views.visited(habit, now=now, new_visit=_begins(habit, now))
    session.flush()


def _begins(habit: BoardHabit, now: datetime) -> bool:
    return habit.seen_at is not None and now - habit.seen_at > PAUSE
