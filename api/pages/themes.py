"""The theme board, the views people keep of it, and what is done to several themes at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.board_filters import Filters, read_filters
from api.dependencies import DbSession, Id, SignedIn, allowed, finder_of, settings_of
from api.pages.flash import Flash, Undo
from api.pages.rendering import go, is_partial, render, translator, wants_rows
from api.pages.views.board import BoardRequest, board_view, rows_view
from api.pages.views.saved_views import EVERYTHING, save_sheet
from api.pages.views.theme_sheets import merge_consequence, neighbour
from review import saved_views as views
from review import theme_previews as previews
from review import themes as review
from review import visits
from review.permissions import Permission
from store.repositories import saved_views, themes

router = APIRouter(prefix="/themes", include_in_schema=False)

_READ = [Depends(allowed(Permission.THEME_READ))]
_EDIT = [Depends(allowed(Permission.THEME_EDIT))]
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Day = Annotated[str, Query(max_length=10, pattern=r"^(\d{4}-\d\d-\d\d)?$")]


def _filters(
    *,
    q: Word = "",
    channel: Word = "",
    product: Word = "",
    region: Word = "",
    intent: Word = "",
    period: Word = "",
    since: Day = "",
    until: Day = "",
    status: Word = "",
    owner: Word = "",
    changed: Word = "",
    sort: Word = "",
) -> Filters:
    return Filters(q, channel, product, region, intent, period, since, until, status, owner, changed, sort)


Asked = Annotated[Filters, Depends(_filters)]


@router.get("", dependencies=_READ)
def board(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    filters: Asked,
    view: Annotated[str, Query(max_length=60)] = "",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
    rank: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """The ranked themes; for HTMX the table, or further rows. Without any wish, the person's default view."""
    if not request.url.query and not is_partial(request):
        default = saved_views.default_of(session, principal.id)
        if default is not None:
            return RedirectResponse(read_filters(default.query).query(view=default.id), status_code=303)
    weights = settings_of(request).demand
    asked = BoardRequest(principal, filters, cursor, rank, "" if view == EVERYTHING else view)
    t, finder = translator(request), finder_of(request)
    if wants_rows(request):
        rows = rows_view(session, t, finder, asked, weights)
        return render(request, "parts/board_more.html", principal=principal, view=rows)
    shown = board_view(session, t, finder, asked, weights)
    template = "parts/board.html" if is_partial(request) else "themes.html"
    return render(request, template, principal=principal, view=shown)


@router.get("/fresh", dependencies=_READ)
def fresh(request: Request, principal: SignedIn) -> Response:
    """That the board has changed since it was shown; it is not changed under the reader's hand."""
    return render(request, "parts/board_fresh.html", principal=principal)


@router.post("/visit", dependencies=_READ)
def visit(session: DbSession, principal: SignedIn) -> Response:
    """The page has been looked at; sent by the page itself, so that looking never waits for a writer."""
    visits.note_visit(session, principal, now=datetime.now(UTC))
    return Response(status_code=204)


@router.get("/views/new", dependencies=_READ)
def new_view(request: Request, session: DbSession, principal: SignedIn, filters: Asked, view: Word = "") -> Response:
    """A name for the filters that are set; `view` is the saved one they began with."""
    sheet = save_sheet(session, principal, filters, view)
    return render(request, "sheets/save_view.html", principal=principal, view=sheet)


@router.post("/views", dependencies=_READ)
def save_view(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    name: Annotated[str, Form(max_length=200)],
    parameters: Annotated[str, Form(max_length=2000)] = "",
    shared: Annotated[str, Form(max_length=5)] = "",
    default: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Keep the filters under a name."""
    kept = read_filters(parameters)
    made = views.save(
        session, principal, name=name, query=kept.parameters(), shared=bool(shared), default=bool(default)
    )
    return go(request, kept.query(view=made.id), Flash("done.view_saved", {"name": made.name}))


@router.post("/views/{view_id}/default", dependencies=_READ)
def make_default(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    view_id: Id,
    off: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Open the board with this view, or with none."""
    views.open_with(session, principal, None if off else view_id)
    return go(request, f"/themes?view={EVERYTHING}", Flash("done.view_undefaulted" if off else "done.view_defaulted"))


@router.post("/views/{view_id}/share", dependencies=_READ)
def share(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    view_id: Id,
    off: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Show the view to all, or keep it to oneself."""
    view = views.change(session, principal, view_id, shared=not off)
    flash = Flash("done.view_unshared" if off else "done.view_shared", {"name": view.name})
    return go(request, read_filters(view.query).query(view=view.id), flash)


@router.post("/views/{view_id}/remove", dependencies=_READ)
def remove_view(request: Request, session: DbSession, principal: SignedIn, view_id: Id) -> Response:
    """Forget the view."""
    views.remove(session, principal, view_id)
    return go(request, f"/themes?view={EVERYTHING}", Flash("done.view_removed"))


def _picked(pick: list[str]) -> list[tuple[str, int | None]]:
    """``thm_…:3`` -> id and the version that was seen; the first word about a theme holds."""
    pairs: dict[str, int | None] = {}
    for value in pick:
        theme_id, _, version = value.partition(":")
        pairs.setdefault(theme_id, int(version) if version.isascii() and version.isdigit() else None)
    return list(pairs.items())


@router.get("/merge", dependencies=_EDIT)
def merge_sheet(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    pick: Annotated[list[str] | None, Query(max_length=51)] = None,
    into: Annotated[str, Query(max_length=60)] = "",
    back: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """What the union of the picked themes would look like, and which one shall remain (the largest without a wish)."""
    seen = dict(_picked([*(pick or []), *([into] if into else [])]))
    found = themes.by_ids(session, seen)
    targets = [neighbour(found[theme_id], version) for theme_id, version in seen.items() if theme_id in found]
    targets.sort(key=lambda target: -target.people)
    kept = into or (targets[0].id if targets else "")
    preview = previews.merge(session, principal, seen, into=kept)
    view = merge_consequence(session, translator(request), preview, targets, back)
    return render(request, "sheets/merge_preview.html", principal=principal, view=view)


@router.post("/merge", dependencies=_EDIT)
def merge_several(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    pick: Annotated[list[str], Form(max_length=51)],
    into: Annotated[str, Form(max_length=60)],
    basis: Annotated[str, Form(max_length=4000)],
    back: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Merge all picked themes into one of them, as the preview showed."""
    seen = dict(_picked(pick))
    target = review.merge_several(session, principal, seen, into=into, basis=basis)
    merged = themes.by_ids(session, [theme_id for theme_id in seen if theme_id != into])
    if back == "theme" and len(merged) == 1:
        (one,) = merged.values()
        undo = Undo(f"/themes/{one.id}/restore", (("version", str(one.version)),))
        return go(request, f"/themes/{into}", Flash("done.merged", {"name": one.name, "into": target.name}, undo))
    picks = tuple(("pick", f"{theme.id}:{theme.version}") for theme in merged.values())
    flash = Flash("done.merged_several", {"n": len(merged), "name": target.name}, Undo("/themes/restore", picks))
    return go(request, "/themes", flash)


@router.post("/restore", dependencies=_EDIT)
def restore_several(
    request: Request, session: DbSession, principal: SignedIn, pick: Annotated[list[str], Form(max_length=50)]
) -> Response:
    """Undo a merge of several."""
    for theme_id, version in _picked(pick):
        review.restore(session, principal, theme_id, version=version)
    return go(request, "/themes", Flash("done.unmerged"))
