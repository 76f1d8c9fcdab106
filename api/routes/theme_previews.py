"""Search among themes, and what an edit of them would do before it is done."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from api.dependencies import DbSession, GuardedRoute, Id, SignedIn, allowed, finder_of
from api.envelopes import One
from api.errors import documented
from api.schemas.fields import AnyId, Search
from api.schemas.theme_board import (
    DismissPreviewOut,
    HitOut,
    MergePreviewOut,
    SearchAnswer,
    SearchMeta,
    SplitPreviewOut,
    dismiss_preview_out,
    merge_preview_out,
    split_preview_out,
)
from api.schemas.themes import ThemeStatus, theme_out
from pipeline.finder import Finder
from review import theme_previews as previews
from review.permissions import Permission
from review.theme_search import snippets
from store.repositories import themes
from store.repositories.theme_filters import ThemeFilter

router = APIRouter(prefix="/themes", tags=["themes"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.THEME_READ))]
_EDIT = [Depends(allowed(Permission.THEME_EDIT))]


@router.get("/search", summary="Search by words and by meaning", dependencies=_READ, responses=documented(422))
def search(
    session: DbSession,
    finder: Annotated[Finder, Depends(finder_of)],
    *,
    q: Annotated[Search, Query(description="In either script, full-width or not; words or a whole sentence")],
    by: Annotated[Literal["both", "words", "meaning"], Query(description="How to look")] = "both",
    status: ThemeStatus = "active",
    needs_only: Annotated[bool, Query(description="Leave out praise and chatter")] = True,
    limit: Annotated[int, Query(ge=1, le=100, description="Most hits")] = 20,
) -> SearchAnswer:
    """Best first. Words find names, keyphrases, quotes and mentions; meaning finds what is said otherwise."""
    found = finder.themes(session, q)
    hits = [
        hit for hit in found.hits if by == "both" or (hit.by_words if by == "words" else hit.similarity is not None)
    ]
    fitting = themes.passing(
        session, ThemeFilter(status=status, needs_only=needs_only, ids=frozenset(hit.theme_id for hit in hits))
    )
    shown = [hit for hit in hits if hit.theme_id in fitting]
    by_id = themes.by_ids(session, [hit.theme_id for hit in shown[:limit]])
    said = snippets(session, q, [hit.theme_id for hit in shown[:limit] if hit.by_words])
    data = [
        HitOut(
            theme=theme_out(by_id[hit.theme_id]),
            by_words=hit.by_words,
            by_meaning=hit.similarity is not None,
            similarity=hit.similarity,
            snippet=said.get(hit.theme_id, ""),
        )
        for hit in shown[:limit]
    ]
    return SearchAnswer(data=data, meta=SearchMeta(meaning=found.meaning, found=len(shown)))


@router.get(
    "/merge-preview",
    summary="What a merge would do",
    dependencies=_EDIT,
    responses=documented(404, 409, 422),
)
def merge_preview(
    session: DbSession,
    principal: SignedIn,
    *,
    theme_id: Annotated[list[AnyId], Query(min_length=1, max_length=50, description="Repeatable: those to merge")],
    into: Annotated[AnyId, Query(description="The one that is kept")],
) -> One[MergePreviewOut]:
    """The union counted once, whose votes would be joined, and what to mind. Nothing is changed."""
    return One(data=merge_preview_out(previews.merge(session, principal, theme_id, into=into)))


@router.get(
    "/{theme_id}/split-preview",
    summary="What a split would do",
    dependencies=_EDIT,
    responses=documented(404, 409, 422),
)
def split_preview(
    session: DbSession,
    principal: SignedIn,
    theme_id: Id,
    mention_id: Annotated[list[AnyId], Query(min_length=1, max_length=previews.MOST_SPLIT, description="Repeatable")],
) -> One[SplitPreviewOut]:
    """What would leave and what would stay. Mentions that are not in the theme are left out."""
    return One(data=split_preview_out(previews.split(session, principal, theme_id, mention_id)))


@router.get(
    "/{theme_id}/dismissal-preview",
    summary="What a dismissal would do",
    dependencies=_EDIT,
    responses=documented(404, 409, 422),
)
def dismissal_preview(session: DbSession, principal: SignedIn, theme_id: Id) -> One[DismissPreviewOut]:
    """What would leave the board."""
    return One(data=dismiss_preview_out(previews.dismissal(session, principal, theme_id)))
