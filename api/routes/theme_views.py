"""Saved views of the theme board: one's own, and those that colleagues share."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.board_filters import read_filters
from api.dependencies import DbSession, GuardedRoute, Id, SignedIn, allowed
from api.envelopes import Many, Meta, One, everything
from api.errors import documented
from api.idempotency import Writing
from api.schemas.theme_board import SavedViewChange, SavedViewNew, SavedViewOut, view_out
from review import saved_views as views
from review.permissions import Permission
from store.repositories import saved_views

router = APIRouter(prefix="/theme-views", tags=["themes"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.THEME_READ))]
_WRITE = [Depends(allowed(Permission.THEME_NOTE))]  # who only reads leaves no views behind


@router.get("", summary="Saved views", dependencies=_READ, responses=documented(422))
def listed(session: DbSession, principal: SignedIn) -> Many[SavedViewOut]:
    """One's own first, then those shared; all in one page."""
    return everything(saved_views.visible_to(session, principal.id), view_out)


@router.post(
    "",
    summary="Keep a view",
    status_code=201,
    response_model=One[SavedViewOut],
    dependencies=_WRITE,
    responses=documented(409, 413, 422),
)
def save(write: Writing, body: SavedViewNew) -> Response:
    """Parameters that the board does not know are left out."""
    query = read_filters(body.query).parameters()
    return write.once(
        lambda: One(
            data=view_out(views.save(write.session, write.principal, name=body.name, query=query, shared=body.shared))
        ),
        status=201,
    )


@router.patch(
    "/{view_id}",
    summary="Rename or share a view",
    response_model=One[SavedViewOut],
    dependencies=_WRITE,
    responses=documented(403, 404, 409, 413, 422),
)
def change(write: Writing, view_id: Id, body: SavedViewChange) -> Response:
    """One's own, or anybody's for an administrator."""
    return write.once(
        lambda: One(
            data=view_out(views.change(write.session, write.principal, view_id, name=body.name, shared=body.shared))
        )
    )


@router.delete(
    "/{view_id}",
    summary="Forget a view",
    response_model=One[Meta],
    dependencies=_WRITE,
    responses=documented(403, 404, 409, 422),
)
def remove(write: Writing, view_id: Id) -> Response:
    """One's own, or anybody's for an administrator."""

    def act() -> One[Meta]:
        views.remove(write.session, write.principal, view_id)
        return One(data=Meta())

    return write.once(act)
