"""Consent to be named, recorded by the house: who of a proposal's first reporters agreed, by what name, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from api.dependencies import DbSession, Id, SignedIn, allowed
from api.found import found
from api.pages.flash import Flash
from api.pages.rendering import go, render, translator
from api.pages.views.people import alias
from review import credit as review
from review.permissions import Permission
from store.repositories import credit, proposals

router = APIRouter(prefix="/ballot", include_in_schema=False, dependencies=[Depends(allowed(Permission.CREDIT_RECORD))])

Author = Annotated[str, Form(max_length=60)]


@dataclass(frozen=True, slots=True)
class Reporter:
    """One first reporter, and the name they agreed to (empty: none)."""

    id: str
    alias: str
    name: str


@router.get("/{proposal_id}/credit")
def sheet(request: Request, session: DbSession, principal: SignedIn, proposal_id: Id) -> Response:
    """The first reporters with what they agreed to."""
    found(proposals.get(session, proposal_id), "proposal", proposal_id)
    t = translator(request)
    authors = credit.first_reporters(session, [proposal_id])[proposal_id]
    names = credit.names(session, authors)
    reporters = [Reporter(author, alias(t, author), names.get(author, "")) for author in authors]
    return render(request, "sheets/credit.html", principal=principal, proposal_id=proposal_id, reporters=reporters)


@router.post("/{proposal_id}/credit")
def agree(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    *,
    author: Author = "",
    display_name: Annotated[str, Form(max_length=200)] = "",
    provenance: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    """Somebody agreed to be thanked by this name."""
    review.agree(session, principal, author_id=author, display_name=display_name, provenance=provenance)
    return go(request, f"/ballot/{proposal_id}", Flash("done.credited"))


@router.post("/{proposal_id}/credit/withdraw")
def withdraw(
    request: Request, session: DbSession, principal: SignedIn, proposal_id: Id, author: Author = ""
) -> Response:
    """They took it back: by pseudonym again, everywhere."""
    review.withdraw(session, principal, author_id=author)
    return go(request, f"/ballot/{proposal_id}", Flash("done.uncredited"))
