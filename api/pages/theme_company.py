"""Notes at a theme, which contributors never see, and who sees to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, SignedIn, allowed
from api.found import found
from api.pages.flash import Flash, Undo
from api.pages.rendering import go, is_partial, render, translator
from api.pages.views.theme_company import notes_view, owner_sheet
from review import theme_notes as notes
from review import theme_owners as owners
from review.permissions import Permission
from review.principals import Principal
from store.repositories import board, theme_notes, themes

router = APIRouter(prefix="/themes/{theme_id}", include_in_schema=False)

_READ = [Depends(allowed(Permission.THEME_READ))]
_NOTE = [Depends(allowed(Permission.THEME_NOTE))]
_EDIT = [Depends(allowed(Permission.THEME_EDIT))]
Seen = Annotated[int | None, Query(alias="version", ge=1)]
Version = Annotated[int | None, Form(ge=1)]
Words = Annotated[str, Form(max_length=5000)]


def _notes(
    request: Request,
    session: Session,
    principal: Principal,
    theme_id: str,
    *,
    editing: str = "",
    flash: Flash | None = None,
) -> Response:
    """The list of notes, or the page for who has no script."""
    if not is_partial(request):
        return go(request, f"/themes/{theme_id}#notes", replace(flash, undo=None) if flash else None)
    view = notes_view(session, translator(request), principal, theme_id, editing)
    return render(request, "parts/theme_notes_answer.html", principal=principal, view=view, flash=flash)


@router.get("/notes", dependencies=_READ)
def note_list(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    edit: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The notes; one of them as a field."""
    found(themes.get(session, theme_id), "theme", theme_id)
    return _notes(request, session, principal, theme_id, editing=edit)


@router.post("/notes", dependencies=_NOTE)
def add_note(request: Request, session: DbSession, principal: SignedIn, theme_id: Id, text: Words) -> Response:
    """Leave a note."""
    notes.add(session, principal, theme_id, text=text)
    return _notes(request, session, principal, theme_id)


@router.post("/notes/{note_id}", dependencies=_NOTE)
def change_note(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    note_id: Id,
    text: Words,
    version: Version = None,
) -> Response:
    """Word one's note anew."""
    notes.change(session, principal, theme_id, note_id, text=text, version=version)
    return _notes(request, session, principal, theme_id)


@router.post("/notes/{note_id}/remove", dependencies=_NOTE)
def remove_note(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, note_id: Id, version: Version = None
) -> Response:
    """Take one's note away, or as an administrator anybody's: theirs is not to be had back under another's name."""
    note = theme_notes.get(session, note_id)
    own = note is not None and note.author_id == principal.id
    said = notes.remove(session, principal, theme_id, note_id, version=version)
    undo = Undo(f"/themes/{theme_id}/notes", (("text", said),), "#notes-list", "outerHTML") if own else None
    return _notes(request, session, principal, theme_id, flash=Flash("done.note_removed", undo=undo))


@router.get("/owner", dependencies=_EDIT)
def owner_form(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Seen = None
) -> Response:
    """Who could see to it."""
    theme = found(themes.get(session, theme_id), "theme", theme_id)
    owner = board.owners_of(session, [theme_id]).get(theme_id)
    view = owner_sheet(session, theme, owner.id if owner else "", version)
    return render(request, "sheets/theme_owner.html", principal=principal, view=view)


@router.post("/owner", dependencies=_EDIT)
def assign(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    owner: Annotated[str, Form(max_length=60)] = "",
    version: Version = None,
) -> Response:
    """Give the theme an owner, or none."""
    before = board.owners_of(session, [theme_id]).get(theme_id)
    theme = owners.assign(session, principal, theme_id, owner_id=owner or None, version=version)
    now = board.owners_of(session, [theme_id]).get(theme_id)
    fields = (("owner", before.id if before else ""), ("version", str(theme.version)))
    undo = Undo(f"/themes/{theme_id}/owner", fields)
    flash = Flash("done.assigned", {"name": now.name}, undo) if now else Flash("done.unassigned", undo=undo)
    return go(request, f"/themes/{theme_id}", flash)
