"""Knowledge: what replies may rest on, to read, add, change and take out of use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, SignedIn, allowed
from api.found import found
from api.pages.flash import Flash
from api.pages.rendering import go, is_partial, render, wants_rows
from api.pages.views.knowledge import knowledge_form, knowledge_list
from review import knowledge as review
from review.permissions import Permission
from store.repositories import knowledge
from store.tables import Knowledge

router = APIRouter(prefix="/knowledge", include_in_schema=False)

_READ = [Depends(allowed(Permission.KNOWLEDGE_READ))]
_WRITE = [Depends(allowed(Permission.KNOWLEDGE_WRITE))]
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Line = Annotated[str, Form(max_length=1000)]
Text = Annotated[str, Form(max_length=50_000)]
Version = Annotated[int | None, Form(ge=1)]


def _found(session: Session, knowledge_id: str) -> Knowledge:
    return found(knowledge.get(session, knowledge_id), "knowledge", knowledge_id)


@router.get("", dependencies=_READ)
def listed(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    q: Word = "",
    kind: Word = "",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """All entries; for HTMX the list, or further rows."""
    view = knowledge_list(session, q=q, kind=kind, cursor=cursor)
    template = "knowledge.html"
    if wants_rows(request):
        template = "parts/knowledge_more.html"
    elif is_partial(request):
        template = "parts/knowledge_list.html"
    return render(request, template, principal=principal, view=view)


@router.get("/new", dependencies=_WRITE)
def new(request: Request, principal: SignedIn) -> Response:
    """An empty form."""
    return render(request, "knowledge_item.html", principal=principal, view=knowledge_form(None))


@router.post("/new", dependencies=_WRITE)
def add(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    key: Line,
    kind: Line,
    title: Line,
    body: Text,
    product: Line = "",
    product_version: Line = "",
) -> Response:
    """A new entry, written now."""
    item = review.add(
        session,
        principal,
        key=key,
        kind=kind,
        title=title,
        body=body.replace("\r\n", "\n"),
        product=product,
        product_version=product_version,
        source_updated_at=datetime.now(UTC),
    )
    return go(request, "/knowledge", Flash("done.knowledge_added", {"title": item.title}))


@router.get("/{knowledge_id}", dependencies=_READ)
def one(request: Request, session: DbSession, principal: SignedIn, knowledge_id: Id) -> Response:
    """The form of one entry."""
    view = knowledge_form(_found(session, knowledge_id))
    return render(request, "knowledge_item.html", principal=principal, view=view)


@router.post("/{knowledge_id}", dependencies=_WRITE)
def update(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    knowledge_id: Id,
    kind: Line,
    title: Line,
    body: Text,
    product: Line = "",
    product_version: Line = "",
    version: Version = None,
) -> Response:
    """Change an entry; it is as new as the change."""
    item = review.update(
        session,
        principal,
        knowledge_id,
        version=version,
        kind=kind,
        title=title,
        body=body.replace("\r\n", "\n"),
        product=product,
        product_version=product_version,
        source_updated_at=datetime.now(UTC),
    )
    return go(request, "/knowledge", Flash("done.knowledge_saved", {"title": item.title}))


@router.get("/{knowledge_id}/deactivate", dependencies=_WRITE)
def deactivate_sheet(request: Request, session: DbSession, principal: SignedIn, knowledge_id: Id) -> Response:
    """What taking it out of use means."""
    view = knowledge_form(_found(session, knowledge_id))
    return render(request, "sheets/deactivate.html", principal=principal, view=view)


@router.post("/{knowledge_id}/deactivate", dependencies=_WRITE)
def deactivate(
    request: Request, session: DbSession, principal: SignedIn, knowledge_id: Id, version: Version = None
) -> Response:
    """No new draft rests on it any more."""
    item = review.deactivate(session, principal, knowledge_id, version=version)
    to = "/knowledge" if is_partial(request) else f"/knowledge/{knowledge_id}"
    return go(request, to, Flash("done.knowledge_deactivated", {"title": item.title}))
