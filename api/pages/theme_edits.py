"""What is done to one theme: each sheet shows the consequence first, and applying carries what it showed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from api.dependencies import DbSession, Id, SignedIn, allowed
from api.found import found
from api.pages.flash import Flash, Undo
from api.pages.rendering import go, render, translator
from api.pages.views.theme_sheets import MergeSheet, dismiss_consequence, merge_targets, sheet_of, split_consequence
from review import theme_previews as previews
from review import themes as review
from review.permissions import Permission
from store.repositories import themes

router = APIRouter(prefix="/themes/{theme_id}", include_in_schema=False)

_EDIT = [Depends(allowed(Permission.THEME_EDIT))]
_ROUTE = [Depends(allowed(Permission.THEME_ROUTE))]
Seen = Annotated[int | None, Query(alias="version", ge=1)]
Version = Annotated[int | None, Form(ge=1)]
Basis = Annotated[str, Form(max_length=4000)]
MentionIds = Annotated[list[str] | None, Query(alias="mention", max_length=previews.MOST_SPLIT)]


@router.get("/merge", dependencies=_EDIT)
def merge_sheet(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Seen = None
) -> Response:
    """Into which theme; what that means is shown next (`/themes/merge`)."""
    theme = found(themes.get(session, theme_id), "theme", theme_id)
    view = MergeSheet(theme.id, theme.name, version or theme.version, merge_targets(session, theme, ""))
    return render(request, "sheets/merge.html", principal=principal, view=view)


@router.get("/merge/targets", dependencies=_EDIT)
def merge_choices(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    q: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
) -> Response:
    """Themes to merge into that fit what was typed."""
    theme = found(themes.get(session, theme_id), "theme", theme_id)
    view = MergeSheet(theme.id, theme.name, theme.version, merge_targets(session, theme, q))
    return render(request, "sheets/merge_targets.html", principal=principal, view=view)


@router.get("/split", dependencies=[*_EDIT, Depends(allowed(Permission.POST_READ))])
def split_sheet(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    mention: MentionIds = None,
    version: Seen = None,
) -> Response:
    """What would leave and what would stay, and the new theme's name."""
    preview = previews.split(session, principal, theme_id, mention or [])
    view = split_consequence(translator(request), preview, version)
    return render(request, "sheets/split.html", principal=principal, view=view)


@router.post("/split", dependencies=_EDIT)
def split(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    name: Annotated[str, Form(max_length=500)],
    basis: Basis,
    mention: Annotated[list[str] | None, Form(max_length=previews.MOST_SPLIT)] = None,
    version: Version = None,
) -> Response:
    """Make a theme of its own from the chosen mentions."""
    new = review.split_off(
        session, principal, theme_id, mention_ids=mention or [], name=name, version=version, basis=basis
    )
    undo = Undo(f"/themes/{new.id}/rejoin", (("version", str(new.version)),))
    return go(request, f"/themes/{new.id}", Flash("done.split", {"name": new.name, "n": new.size}, undo))


@router.post("/rejoin", dependencies=_EDIT)
def rejoin(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Version = None
) -> Response:
    """Undo a split."""
    origin = review.rejoin(session, principal, theme_id, version=version)
    return go(request, f"/themes/{origin.id}", Flash("done.rejoined", {"name": origin.name}))


@router.get("/dismiss", dependencies=_EDIT)
def dismiss_sheet(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Seen = None
) -> Response:
    """What dismissing would do."""
    view = dismiss_consequence(translator(request), previews.dismissal(session, principal, theme_id), version)
    return render(request, "sheets/dismiss.html", principal=principal, view=view)


@router.post("/dismiss", dependencies=_EDIT)
def dismiss(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    basis: Basis,
    note: Annotated[str, Form(max_length=3000)] = "",
    version: Version = None,
) -> Response:
    """Not a theme."""
    theme = review.mark_not_a_theme(session, principal, theme_id, version=version, note=note, basis=basis)
    undo = Undo(f"/themes/{theme_id}/restore", (("version", str(theme.version)),))
    return go(request, "/themes", Flash("done.dismissed", {"name": theme.name}, undo))


@router.post("/restore", dependencies=_EDIT)
def restore(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Version = None
) -> Response:
    """Undo a merge or a dismissal."""
    theme = review.restore(session, principal, theme_id, version=version)
    return go(request, f"/themes/{theme_id}", Flash("done.restored", {"name": theme.name}))


@router.get("/route", dependencies=_ROUTE)
def route_sheet(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Seen = None
) -> Response:
    """What putting it to the vote means, and its title there."""
    view = sheet_of(found(themes.get(session, theme_id), "theme", theme_id), version)
    return render(request, "sheets/route.html", principal=principal, view=view)


@router.post("/route", dependencies=_ROUTE)
def route(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    title: Annotated[str, Form(max_length=500)] = "",
    version: Version = None,
) -> Response:
    """Put the theme before contributors."""
    proposal = review.route_to_ballot(session, principal, theme_id, title=title or None, version=version)
    return go(request, f"/ballot/{proposal.id}", Flash("done.routed", {"name": proposal.title}))
