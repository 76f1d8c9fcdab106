"""Nearly identical drafts side by side: one look at each, then one decision each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from api.dependencies import DbSession, Id, SignedIn, allowed, settings_of
from api.pages.drafts import let_go, order_of
from api.pages.rendering import go, is_partial, render, translator
from api.pages.views.draft_groups import decided_batch, groups_view, opened_view
from api.pages.views.queue_head import queue_head
from review import draft_groups as review
from review.permissions import Permission
from store.repositories import drafts

router = APIRouter(prefix="/drafts/groups", include_in_schema=False)

_READ = [Depends(allowed(Permission.DRAFT_READ))]
_DECIDE = [Depends(allowed(Permission.DRAFT_DECIDE))]
Pick = Annotated[str, Form(pattern=r"^[A-Za-z0-9_-]{1,60}\.[0-9]{1,9}$")]


@router.get("", dependencies=_READ)
def listed(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """Every group of at least two."""
    t, order = translator(request), order_of(request, principal)
    view = groups_view(t, review.groups(session, order), queue_head(session, t, order), order.promise)
    return render(request, "draft_groups.html", principal=principal, view=view)


@router.post("/release", dependencies=_DECIDE)
def release(
    session: DbSession, principal: SignedIn, draft: Annotated[list[str] | None, Form(max_length=60)] = None
) -> Response:
    """Sent by the browser as the moderator leaves the group."""
    for draft_id in draft or ():
        let_go(session, principal, draft_id)
    return Response(status_code=204)


@router.get("/{draft_id}", dependencies=_DECIDE)
def one(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """The frame of a group, which claims its drafts once it is shown."""
    t, order = translator(request), order_of(request, principal)
    head = queue_head(session, t, order)
    return render(request, "draft_group.html", principal=principal, head=head, lead=draft_id)


@router.post("/{draft_id}/open", dependencies=_DECIDE)
def open_group(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """Claim the drafts of the group and show them."""
    if not is_partial(request):
        return go(request, f"/drafts/groups/{draft_id}")
    opened = review.open_group(session, principal, order_of(request, principal), draft_id)
    view = opened_view(translator(request), draft_id, opened, settings_of(request).answer_promise)
    return render(request, "parts/draft_batch.html", principal=principal, view=view)


@router.post("/{draft_id}/approve", dependencies=_DECIDE)
def approve(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    draft_id: Id,
    pick: Annotated[list[Pick] | None, Form()] = None,
    shown: Annotated[list[str] | None, Form(max_length=60)] = None,
) -> Response:
    """Approve what was ticked, one decision each; those that were refused say why and stay."""
    picked = [(name, int(version)) for name, _, version in (entry.partition(".") for entry in pick or ())]
    outcomes = review.approve_each(session, principal, picked)
    wanted = dict.fromkeys([*(shown or ()), *(name for name, _ in picked)])
    rows = [row for name in wanted if (row := drafts.details(session, name)) is not None]
    members = [(row.draft, row.post) for row in rows]
    promise = settings_of(request).answer_promise
    view = decided_batch(translator(request), draft_id, members, outcomes, promise)
    return render(request, "parts/draft_batch.html", principal=principal, view=view)
