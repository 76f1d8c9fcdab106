"""One theme: its page, the sheets that say what an action will do, and the actions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, SignedIn, allowed, settings_of
from api.pages.flash import Flash, Undo
from api.pages.rendering import go, is_partial, render, translator
from api.pages.views.theme import (
    MergeSheet,
    NameView,
    Sheet,
    SplitSheet,
    chosen_mentions,
    mention_list,
    merge_targets,
    theme_view,
)
from review import themes as review
from review.permissions import Permission
from review.versions import not_found
from store.repositories import themes
from store.tables import Theme

router = APIRouter(prefix="/themes/{theme_id}", include_in_schema=False)

_READ = [Depends(allowed(Permission.THEME_READ))]
_EDIT = [Depends(allowed(Permission.THEME_EDIT))]
_ROUTE = [Depends(allowed(Permission.THEME_ROUTE))]
Seen = Annotated[int | None, Query(alias="version", ge=1)]
Version = Annotated[int | None, Form(ge=1)]
MentionIds = Annotated[list[str] | None, Query(alias="mention", max_length=500)]


def _found(session: Session, theme_id: str) -> Theme:
    theme = themes.get(session, theme_id)
    if theme is None:
        raise not_found("theme", theme_id)
    return theme


@router.get("", dependencies=_READ)
def page(request: Request, session: DbSession, principal: SignedIn, theme_id: Id) -> Response:
    """Everything about the theme."""
    view = theme_view(session, translator(request), _found(session, theme_id), settings_of(request).demand)
    return render(request, "theme.html", principal=principal, view=view)


@router.get("/mentions", dependencies=_READ)
def more_mentions(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Further mentions."""
    view = mention_list(session, translator(request), _found(session, theme_id), cursor=cursor)
    return render(request, "parts/mention_more.html", principal=principal, view=view)


@router.get("/name", dependencies=_EDIT)
def name_form(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Seen = None, cancel: bool = False
) -> Response:
    """The name as a field, or as it was."""
    theme = _found(session, theme_id)
    template = "parts/theme_name.html" if cancel else "parts/theme_name_form.html"
    return render(request, template, principal=principal, view=NameView.of(theme, version))


@router.post("/name", dependencies=_EDIT)
def rename(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    name: Annotated[str, Form(max_length=500)],
    version: Version = None,
) -> Response:
    """Give the theme a name."""
    before = _found(session, theme_id).name
    theme = review.rename(session, principal, theme_id, name=name, version=version)
    undo = Undo(f"/themes/{theme_id}/name", (("name", before), ("version", str(theme.version))), "#name", "innerHTML")
    flash = Flash("done.renamed", {"name": theme.name}, undo)
    if not is_partial(request):
        return go(request, f"/themes/{theme_id}", flash)
    view = NameView.of(theme, theme.version)
    return render(request, "parts/theme_named.html", principal=principal, view=view, flash=flash)


@router.get("/merge", dependencies=_EDIT)
def merge_sheet(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Seen = None
) -> Response:
    """What merging means, and into which theme."""
    theme = _found(session, theme_id)
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
    theme = _found(session, theme_id)
    view = MergeSheet(theme.id, theme.name, theme.version, merge_targets(session, theme, q))
    return render(request, "sheets/merge_targets.html", principal=principal, view=view)


@router.post("/merge", dependencies=_EDIT)
def merge(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    into: Annotated[str, Form(max_length=60)],
    version: Version = None,
) -> Response:
    """Make one need of two."""
    target = review.merge(session, principal, theme_id, into=into, version=version)
    merged = _found(session, theme_id)
    undo = Undo(f"/themes/{theme_id}/restore", (("version", str(merged.version)),))
    return go(request, f"/themes/{target.id}", Flash("done.merged", {"name": merged.name, "into": target.name}, undo))


@router.get("/split", dependencies=_EDIT)
def split_sheet(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    mention: MentionIds = None,
    version: Seen = None,
) -> Response:
    """What splitting off means, and the new theme's name."""
    theme = _found(session, theme_id)
    view = SplitSheet(theme.id, theme.name, version or theme.version, chosen_mentions(session, mention or []))
    return render(request, "sheets/split.html", principal=principal, view=view)


@router.post("/split", dependencies=_EDIT)
def split(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    name: Annotated[str, Form(max_length=500)],
    mention: Annotated[list[str] | None, Form(max_length=500)] = None,
    version: Version = None,
) -> Response:
    """Make a theme of its own from the chosen mentions."""
    new = review.split_off(session, principal, theme_id, mention_ids=mention or [], name=name, version=version)
    undo = Undo(f"/themes/{new.id}/merge", (("into", theme_id), ("version", str(new.version))))
    return go(request, f"/themes/{new.id}", Flash("done.split", {"name": new.name, "n": new.size}, undo))


@router.get("/dismiss", dependencies=_EDIT)
def dismiss_sheet(
    request: Request, session: DbSession, principal: SignedIn, theme_id: Id, version: Seen = None
) -> Response:
    """What dismissing means."""
    view = Sheet.of(_found(session, theme_id), version)
    return render(request, "sheets/dismiss.html", principal=principal, view=view)


@router.post("/dismiss", dependencies=_EDIT)
def dismiss(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    note: Annotated[str, Form(max_length=3000)] = "",
    version: Version = None,
) -> Response:
    """Not a theme."""
    theme = review.mark_not_a_theme(session, principal, theme_id, version=version, note=note)
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
    view = Sheet.of(_found(session, theme_id), version)
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
