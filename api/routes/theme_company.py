"""What stands around a theme: others like it, how it stood over time, notes among colleagues, its owner."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, IfMatch, VersionQuery, allowed, finder_of, seen_version
from api.envelopes import Many, Meta, One, everything
from api.errors import documented
from api.found import found
from api.idempotency import Writing
from api.schemas.theme_board import (
    AlikeOut,
    NoteChange,
    NoteNew,
    NoteOut,
    OwnerChange,
    OwnerOut,
    PointOut,
    alike_out,
    note_out,
    owner_out,
    point_out,
)
from pipeline.finder import Finder
from review import theme_notes as notes
from review import theme_owners as owners
from review.permissions import Permission
from review.theme_likeness import similar
from store.repositories import board, theme_digests, theme_notes, themes

router = APIRouter(prefix="/themes/{theme_id}", tags=["themes"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.THEME_READ))]
_NOTE = [Depends(allowed(Permission.THEME_NOTE))]
_EDIT = [Depends(allowed(Permission.THEME_EDIT))]
_ERRORS = documented(403, 404, 409, 413, 422, 428)


@router.get("/similar", summary="Themes like it", dependencies=_READ, responses=documented(404, 422))
def similar_themes(
    session: DbSession,
    finder: Annotated[Finder, Depends(finder_of)],
    theme_id: Id,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> Many[AlikeOut]:
    """Near in meaning, or spoken of by the same people; the likest first."""
    theme = found(themes.get(session, theme_id), "theme", theme_id)
    return everything(similar(session, theme, finder.prototypes(session), limit=limit), alike_out)


@router.get("/standings", summary="How it stood over time", dependencies=_READ, responses=documented(404, 422))
def standings(session: DbSession, theme_id: Id) -> Many[PointOut]:
    """After each run, and in between where mentions came or went; oldest first."""
    found(themes.get(session, theme_id), "theme", theme_id)
    return everything(theme_digests.points(session, theme_id), point_out)


@router.get("/owner", summary="Who sees to it", dependencies=_READ, responses=documented(404, 422))
def owner(session: DbSession, theme_id: Id) -> One[OwnerOut]:
    """Null where nobody does."""
    theme = found(themes.get(session, theme_id), "theme", theme_id)
    return One(data=owner_out(theme_id, board.owners_of(session, [theme_id]).get(theme_id), theme.version))


@router.put("/owner", summary="Choose an owner", response_model=One[OwnerOut], dependencies=_EDIT, responses=_ERRORS)
def assign(write: Writing, theme_id: Id, body: OwnerChange, if_match: IfMatch) -> Response:
    """Give the theme an owner, another one, or none."""
    version = seen_version(if_match, body.version)

    def act() -> One[OwnerOut]:
        theme = owners.assign(write.session, write.principal, theme_id, owner_id=body.owner_id, version=version)
        return One(data=owner_out(theme_id, board.owners_of(write.session, [theme_id]).get(theme_id), theme.version))

    return write.once(act)


@router.get("/notes", summary="Notes among colleagues", dependencies=_READ, responses=documented(404, 422))
def note_list(session: DbSession, theme_id: Id) -> Many[NoteOut]:
    """Latest first, all in one page."""
    found(themes.get(session, theme_id), "theme", theme_id)
    return everything(theme_notes.of_theme(session, theme_id), note_out)


@router.post(
    "/notes",
    summary="Leave a note",
    status_code=201,
    response_model=One[NoteOut],
    dependencies=_NOTE,
    responses=documented(404, 409, 413, 422),
)
def add_note(write: Writing, theme_id: Id, body: NoteNew) -> Response:
    """Contributors never see it."""
    return write.once(
        lambda: One(data=note_out(notes.add(write.session, write.principal, theme_id, text=body.text))), status=201
    )


@router.patch(
    "/notes/{note_id}",
    summary="Word a note anew",
    response_model=One[NoteOut],
    dependencies=_NOTE,
    responses=_ERRORS,
)
def change_note(write: Writing, theme_id: Id, note_id: Id, body: NoteChange, if_match: IfMatch) -> Response:
    """One's own, or anybody's for an administrator."""
    version = seen_version(if_match, body.version)
    return write.once(
        lambda: One(
            data=note_out(
                notes.change(write.session, write.principal, theme_id, note_id, text=body.text, version=version)
            )
        )
    )


@router.delete(
    "/notes/{note_id}",
    summary="Take a note away",
    response_model=One[Meta],
    dependencies=_NOTE,
    responses=_ERRORS,
)
def remove_note(
    write: Writing,
    theme_id: Id,
    note_id: Id,
    if_match: IfMatch,
    version: VersionQuery = None,
) -> Response:
    """One's own, or anybody's for an administrator."""
    seen = seen_version(if_match, version)

    def act() -> One[Meta]:
        notes.remove(write.session, write.principal, theme_id, note_id, version=seen)
        return One(data=Meta())

    return write.once(act)
