"""Notes at a theme, among colleagues: contributors never see them, and no draft rests on them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from review import versions
from review.audit import record
from review.errors import Forbidden, NotFound, StaleVersion, VersionMissing
from review.permissions import Permission, require
from review.principals import Principal, Role
from review.wording import required
from store.ids import new_id
from store.repositories import theme_notes, themes
from store.tables import ThemeNote

NOTE_LIMIT = 2_000


def add(session: Session, principal: Principal, theme_id: str, *, text: str) -> ThemeNote:
    """Leave a note. Returns it. What it says stays out of the audit log, which cannot be corrected."""
    require(principal, Permission.THEME_NOTE)
    text = required(text, "text", "备注", limit=NOTE_LIMIT)
    if themes.get(session, theme_id) is None:
        raise versions.not_found("theme", theme_id)
    now = datetime.now(UTC)
    note = ThemeNote(
        id=new_id("theme_note"), theme_id=theme_id, author_id=principal.id, text=text, version=1, created_at=now,
        updated_at=now,
    )  # fmt: skip
    session.add(note)
    record(session, principal, "theme.noted", "theme", theme_id, after={"note_id": note.id})
    session.flush()
    return note


def change(
    session: Session, principal: Principal, theme_id: str, note_id: str, *, text: str, version: int | None
) -> ThemeNote:
    """Word one's own note anew. Returns it. No administrator puts words into another's mouth."""
    note = _seen(session, principal, theme_id, note_id, version, by_admin=False)
    note.text = required(text, "text", "备注", limit=NOTE_LIMIT)
    note.version += 1
    note.updated_at = datetime.now(UTC)
    record(session, principal, "theme.note_changed", "theme", theme_id, after={"note_id": note.id})
    session.flush()
    return note


def remove(session: Session, principal: Principal, theme_id: str, note_id: str, *, version: int | None) -> str:
    """Take one's own note away (an administrator anybody's). Returns what it said."""
    note = _seen(session, principal, theme_id, note_id, version, by_admin=True)
    said = note.text
    session.delete(note)
    record(session, principal, "theme.note_removed", "theme", theme_id, before={"note_id": note_id})
    session.flush()
    return said


def _seen(
    session: Session, principal: Principal, theme_id: str, note_id: str, version: int | None, *, by_admin: bool
) -> ThemeNote:
    require(principal, Permission.THEME_NOTE)
    note = theme_notes.locked(session, note_id)
    if note is None or note.theme_id != theme_id:
        raise NotFound("note_not_found", f"There is no note {note_id} at this theme.", "找不到该备注。", id=note_id)
    if note.author_id != principal.id and not (by_admin and principal.role is Role.ADMIN):
        raise Forbidden("not_your_note", "This note is somebody else's.", "这是他人的备注，不能修改。")
    if version is None:
        raise VersionMissing
    if note.version != version:
        raise StaleVersion(
            "stale_version", f"This note has changed since you read it (it is at version {note.version}).",
            "该备注已被修改，请刷新后重试。", version=note.version, changed_at=note.updated_at.isoformat(),
        )  # fmt: skip
    return note
