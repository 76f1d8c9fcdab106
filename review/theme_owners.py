"""Who sees to a theme."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from review import versions
from review.audit import record
from review.errors import Invalid
from review.permissions import Permission, require
from review.principals import Principal
from store.repositories import board, themes, users
from store.tables import Theme, ThemeOwner


def assign(
    session: Session, principal: Principal, theme_id: str, *, owner_id: str | None, version: int | None
) -> Theme:
    """Give a theme an owner, another one, or none. Returns the theme."""
    require(principal, Permission.THEME_EDIT)
    theme = themes.locked(session, [theme_id]).get(theme_id)
    if theme is None:
        raise versions.not_found("theme", theme_id)
    versions.check(session, theme, version)
    user = users.get(session, owner_id) if owner_id else None
    if owner_id and (user is None or not user.active):
        raise Invalid("owner_unknown", f"There is no active user {owner_id}.", "找不到该负责人。", owner_id=owner_id)
    before = board.owners_of(session, [theme_id]).get(theme_id)
    now = datetime.now(UTC)
    versions.advance(session, theme, now=now)
    row = session.get(ThemeOwner, theme_id)
    if row is not None and user is None:
        session.delete(row)
    elif row is not None and user is not None:
        row.user_id, row.since = user.id, now
    elif user is not None:
        session.add(ThemeOwner(theme_id=theme_id, user_id=user.id, since=now))
    record(
        session, principal, "theme.assigned", "theme", theme_id,
        before={"owner_id": before.id if before else None, "name": before.name if before else ""},
        after={"owner_id": user.id if user else None, "name": user.display_name if user else ""},
    )  # fmt: skip
    session.flush()
    return theme
