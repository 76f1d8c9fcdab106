"""The theme board, and what is done to several themes at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from api.dependencies import DbSession, SignedIn, allowed, settings_of
from api.pages.flash import Flash, Undo
from api.pages.rendering import go, is_partial, render, translator, wants_rows
from api.pages.views.board import Filters, board_view
from api.pages.views.theme import MergeSeveral, neighbour
from review import themes as review
from review.errors import Invalid
from review.permissions import Permission
from store.repositories import themes

router = APIRouter(prefix="/themes", include_in_schema=False)

_READ = [Depends(allowed(Permission.THEME_READ))]
_EDIT = [Depends(allowed(Permission.THEME_EDIT))]
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


@router.get("", dependencies=_READ)
def board(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    q: Word = "",
    channel: Word = "",
    product: Word = "",
    region: Word = "",
    intent: Word = "",
    period: Word = "",
    status: Word = "",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
    rank: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """The ranked themes; for HTMX the table, or further rows."""
    filters = Filters(q, channel, product, region, intent, period, status)
    weights = settings_of(request).demand
    view = board_view(session, translator(request), filters, weights=weights, cursor=cursor, first_rank=rank)
    template = "themes.html"
    if wants_rows(request):
        template = "parts/board_more.html"
    elif is_partial(request):
        template = "parts/board.html"
    return render(request, template, principal=principal, view=view)


def _picked(pick: list[str]) -> list[tuple[str, int | None]]:
    """``thm_…:3`` -> id and the version that was seen."""
    pairs = []
    for value in dict.fromkeys(pick):
        theme_id, _, version = value.partition(":")
        pairs.append((theme_id, int(version) if version.isascii() and version.isdigit() else None))
    return pairs


@router.get("/merge", dependencies=_EDIT)
def merge_sheet(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    pick: Annotated[list[str] | None, Query(max_length=50)] = None,
) -> Response:
    """What merging the picked themes means, and which one shall remain."""
    seen = dict(_picked(pick or []))
    found = themes.by_ids(session, seen)
    targets = tuple(neighbour(found[theme_id], version) for theme_id, version in seen.items() if theme_id in found)
    view = MergeSeveral(tuple(sorted(targets, key=lambda target: -target.people)))
    return render(request, "sheets/merge_several.html", principal=principal, view=view)


@router.post("/merge", dependencies=_EDIT)
def merge_several(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    pick: Annotated[list[str], Form(max_length=50)],
    into: Annotated[str, Form(max_length=60)],
) -> Response:
    """Merge all picked themes into one of them."""
    seen = _picked(pick)
    others = [(theme_id, version) for theme_id, version in seen if theme_id != into]
    if not others or len(others) == len(seen):
        raise Invalid(
            "pick_two",
            "Pick at least two themes and one of them to keep.",
            "请至少选择两个主题，并指定保留哪一个。",
        )
    for theme_id, version in others:
        review.merge(session, principal, theme_id, into=into, version=version)
    merged = themes.by_ids(session, [theme_id for theme_id, _ in others])
    picks = tuple(("pick", f"{theme_id}:{merged[theme_id].version}") for theme_id, _ in others)
    target = themes.by_ids(session, [into])[into]
    flash = Flash("done.merged_several", {"n": len(others), "name": target.name}, Undo("/themes/restore", picks))
    return go(request, "/themes", flash)


@router.post("/restore", dependencies=_EDIT)
def restore_several(
    request: Request, session: DbSession, principal: SignedIn, pick: Annotated[list[str], Form(max_length=50)]
) -> Response:
    """Undo a merge of several."""
    for theme_id, version in _picked(pick):
        review.restore(session, principal, theme_id, version=version)
    return go(request, "/themes", Flash("done.unmerged"))
