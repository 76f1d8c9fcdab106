"""Merging proposals, with the union of their voters shown first; owner and wording of a proposal."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, SignedIn, allowed
from api.found import found
from api.pages.flash import Flash, Undo
from api.pages.rendering import go, render
from api.pages.views.merging import merge_sheet, owner_sheet, targets_view, unmerge_sheet, wording_sheet
from review import ballot as review
from review.permissions import Permission
from store.repositories import proposals
from store.tables import Proposal

router = APIRouter(prefix="/ballot", include_in_schema=False, dependencies=[Depends(allowed(Permission.PROPOSAL_EDIT))])

Version = Annotated[int | None, Form(ge=1)]
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


def _found(session: Session, proposal_id: str) -> Proposal:
    return found(proposals.get(session, proposal_id), "proposal", proposal_id)


@router.get("/{proposal_id}/merge")
def merge_form(request: Request, session: DbSession, principal: SignedIn, proposal_id: Id) -> Response:
    """Into which, and how many people would want it then."""
    view = merge_sheet(session, _found(session, proposal_id))
    return render(request, "sheets/merge_proposal.html", principal=principal, view=view)


@router.get("/{proposal_id}/merge/targets")
def merge_targets(request: Request, session: DbSession, principal: SignedIn, proposal_id: Id, q: Word = "") -> Response:
    """Open proposals that the words match, each with the union of voters."""
    targets = targets_view(session, _found(session, proposal_id), q=q)
    return render(request, "sheets/merge_proposal_targets.html", principal=principal, targets=targets)


@router.post("/{proposal_id}/merge")
def merge(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    *,
    into: Annotated[str, Form(max_length=60)] = "",
    version: Version = None,
) -> Response:
    """Every voter counts once in the one that stays."""
    target = review.merge(session, principal, proposal_id, into=into, version=version)
    merged = _found(session, proposal_id)
    undo = Undo(f"/ballot/{proposal_id}/unmerge", (("version", str(merged.version)),))
    names: dict[str, str | int] = {"name": merged.title, "into": target.title}
    return go(request, f"/ballot/{target.id}", Flash("done.proposals_merged", names, undo))


@router.get("/{proposal_id}/unmerge")
def unmerge_form(request: Request, session: DbSession, principal: SignedIn, proposal_id: Id) -> Response:
    """What taking the merge back would do."""
    view = unmerge_sheet(session, _found(session, proposal_id))
    return render(request, "sheets/unmerge_proposal.html", principal=principal, view=view)


@router.post("/{proposal_id}/unmerge")
def unmerge(
    request: Request, session: DbSession, principal: SignedIn, proposal_id: Id, version: Version = None
) -> Response:
    """The votes go back where they were cast."""
    review.unmerge(session, principal, proposal_id, version=version)
    return go(request, f"/ballot/{proposal_id}", Flash("done.unmerged"))


@router.get("/{proposal_id}/owner")
def owner_form(request: Request, session: DbSession, principal: SignedIn, proposal_id: Id) -> Response:
    """Who answers for it."""
    view = owner_sheet(session, _found(session, proposal_id))
    return render(request, "sheets/proposal_owner.html", principal=principal, view=view)


@router.post("/{proposal_id}/owner")
def assign(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    *,
    owner: Annotated[str, Form(max_length=60)] = "",
    version: Version = None,
) -> Response:
    """From now on this person, or nobody yet."""
    review.assign(session, principal, proposal_id, owner_id=owner or None, version=version)
    return go(request, f"/ballot/{proposal_id}", Flash("done.owner"))


@router.get("/{proposal_id}/wording")
def wording_form(request: Request, session: DbSession, principal: SignedIn, proposal_id: Id) -> Response:
    """What contributors read."""
    view = wording_sheet(_found(session, proposal_id))
    return render(request, "sheets/proposal_wording.html", principal=principal, view=view)


@router.post("/{proposal_id}/wording")
def reword(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    *,
    title: Annotated[str, Form(max_length=1000)] = "",
    problem: Annotated[str, Form(max_length=20_000)] = "",
    version: Version = None,
) -> Response:
    """Say it in better words."""
    review.reword(session, principal, proposal_id, title=title, problem=problem, version=version)
    return go(request, f"/ballot/{proposal_id}", Flash("done.reworded"))
