"""What became of drafts: decided ones to publish, to take back or to keep as knowledge; answers like a question."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from api.dependencies import DbSession, Id, SignedIn, allowed
from api.pages.drafts import Version, order_of
from api.pages.flash import Flash
from api.pages.rendering import go, is_partial, render, translator, wants_rows
from api.pages.views.answers import adoption_view, similar_view
from api.pages.views.decided import decided_view
from api.pages.views.queue_head import queue_head
from review import answers, drafts
from review.errors import Conflict
from review.permissions import Permission

router = APIRouter(prefix="/drafts", include_in_schema=False)

_READ = [Depends(allowed(Permission.DRAFT_READ))]
_DECIDE = [Depends(allowed(Permission.DRAFT_DECIDE))]
Line = Annotated[str, Form(max_length=1000)]


@router.get("/decided", dependencies=_READ)
def decided(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """What was decided, to publish or to take back."""
    t = translator(request)
    head = queue_head(session, t, order_of(request, principal))
    view = decided_view(session, t, principal, head, cursor=cursor)
    template = "parts/decided_more.html" if wants_rows(request) else "drafts_decided.html"
    return render(request, template, principal=principal, view=view)


@router.post("/{draft_id}/publish", dependencies=_DECIDE)
def publish(
    request: Request, session: DbSession, principal: SignedIn, draft_id: Id, version: Version = None
) -> Response:
    """Mark an approved reply as published."""
    drafts.publish(session, principal, draft_id, version=version)
    return go(request, "/drafts/decided", Flash("done.published"))


@router.get("/{draft_id}/similar", dependencies=_READ)
def similar(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    draft_id: Id,
    q: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
) -> Response:
    """Answers like this question, or with these words, and the knowledge that has them."""
    view = similar_view(session, translator(request), draft_id, q.strip())
    searched = is_partial(request) and request.headers.get("hx-target") == "similar-found"
    template = "parts/similar_found.html" if searched else "sheets/similar.html"
    return render(request, template, principal=principal, view=view)


@router.get("/{draft_id}/adopt", dependencies=_DECIDE)
def adopt_sheet(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """The second look: the reply as knowledge, and what is known already."""
    offer = answers.offer(session, principal, draft_id)
    view = adoption_view(offer, principal)
    return render(request, "sheets/adopt.html", principal=principal, view=view)


@router.post("/{draft_id}/adopt", dependencies=_DECIDE)
def adopt(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    draft_id: Id,
    title: Line,
    body: Annotated[str, Form(max_length=25_000)],
    product: Line = "",
    product_version: Line = "",
    looked_again: Annotated[bool, Form()] = False,
    despite_doubles: Annotated[bool, Form()] = False,
    version: Version = None,
) -> Response:
    """Make the reply knowledge for the next drafts."""
    body = body.replace("\r\n", "\n")
    try:
        entry = answers.adopt(
            session, principal, draft_id, version=version, title=title, body=body, product=product,
            product_version=product_version, looked_again=looked_again, despite_doubles=despite_doubles,
        )  # fmt: skip
    except Conflict as refusal:
        if refusal.code != "already_known":
            raise
        # what was typed stays, beside what is known already
        offer = answers.offer(session, principal, draft_id, title=title, body=body)
        view = adoption_view(offer, principal, product=product, product_version=product_version)
        return render(request, "sheets/adopt.html", principal=principal, view=view, status=refusal.status)
    return go(request, "/drafts/decided", Flash("done.adopted", {"title": entry.title}))
