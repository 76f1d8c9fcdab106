"""The ballot: proposals, votes, status changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, SignedIn, allowed, settings_of
from api.found import found
from api.pages.flash import Flash
from api.pages.rendering import go, is_partial, render, translator, wants_rows
from api.pages.views.ballot import (
    STATUSES,
    Sort,
    StatusSheet,
    ballot_view,
    behalf_sheet,
    next_steps,
    proposal_view,
    vote_view,
)
from api.pages.views.counted import CountedQuery
from api.pages.views.posts import DAY
from review import ballot as review
from review import votes as voting
from review.errors import Invalid
from review.permissions import Permission
from review.principals import Principal
from store.repositories import proposals
from store.repositories.proposals import ProposalRow

router = APIRouter(prefix="/ballot", include_in_schema=False)

_READ = [Depends(allowed(Permission.PROPOSAL_READ))]
_EDIT = [Depends(allowed(Permission.PROPOSAL_EDIT))]
_VOTE = [Depends(allowed(Permission.VOTE_CAST))]
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


def _found(session: Session, proposal_id: str) -> ProposalRow:
    return found(proposals.details(session, proposal_id), "proposal", proposal_id)


@router.get("", dependencies=_READ)
def listed(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    status: Word = "",
    q: Word = "",
    sort: Sort = "votes",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
    counted: Word = "",
    first: Annotated[str, Query(alias="from", pattern=DAY)] = "",
    last: Annotated[str, Query(alias="to", pattern=DAY)] = "",
) -> Response:
    """All proposals, or those behind a figure of the insights; for HTMX the list, or further rows."""
    behind = CountedQuery(counted, first, last)
    view = ballot_view(
        session, translator(request), principal, status=status, q=q, sort=sort, cursor=cursor, counted=behind
    )
    template = "ballot.html"
    if wants_rows(request):
        template = "parts/proposal_more.html"
    elif is_partial(request):
        template = "parts/proposals.html"
    public_page = bool(settings_of(request).boards)
    return render(request, template, principal=principal, view=view, public_page=public_page)


@router.get("/{proposal_id}", dependencies=_READ)
def one(request: Request, session: DbSession, principal: SignedIn, proposal_id: Id) -> Response:
    """One proposal with its evidence and history."""
    view = proposal_view(
        session, translator(request), principal, settings_of(request).voting_rules, _found(session, proposal_id)
    )
    return render(request, "proposal.html", principal=principal, view=view)


def _voted(request: Request, session: Session, principal: Principal, proposal_id: str, key: str) -> Response:
    if not is_partial(request):
        return go(request, f"/ballot/{proposal_id}", Flash(key))
    vote = vote_view(session, principal, _found(session, proposal_id))
    return render(request, "parts/vote_answer.html", principal=principal, vote=vote, flash=Flash(key))


@router.post("/{proposal_id}/vote", dependencies=_VOTE)
def vote(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    voter: Annotated[str, Form(max_length=60)] = "",
    provenance: Annotated[str, Form(max_length=1000)] = "",
    link: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """One's own vote, or one entered for somebody else with where it was said."""
    rules = settings_of(request).voting_rules
    if voter:
        voting.cast_vote(session, principal, proposal_id, voter=voter, provenance=provenance, link=link, rules=rules)
        return go(request, f"/ballot/{proposal_id}", Flash("done.voted_behalf"))
    voting.cast_vote(session, principal, proposal_id, rules=rules)
    return _voted(request, session, principal, proposal_id, "done.voted")


@router.post("/{proposal_id}/withdraw", dependencies=_VOTE)
def withdraw(request: Request, session: DbSession, principal: SignedIn, proposal_id: Id) -> Response:
    """Take one's own vote back."""
    voting.withdraw_vote(session, principal, proposal_id)
    return _voted(request, session, principal, proposal_id, "done.withdrawn")


@router.get("/{proposal_id}/behalf", dependencies=_VOTE)
def behalf(request: Request, session: DbSession, principal: SignedIn, proposal_id: Id) -> Response:
    """For whom, and where they said so."""
    view = behalf_sheet(session, translator(request), _found(session, proposal_id))
    return render(request, "sheets/behalf.html", principal=principal, view=view)


@router.get("/{proposal_id}/status/{to}", dependencies=_EDIT)
def status_sheet(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    to: str,
    version: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """What the step means, and what is to be said with it."""
    proposal = _found(session, proposal_id).proposal
    if to not in STATUSES or to not in next_steps(proposal.status):
        words = f"A proposal that is {proposal.status} cannot take this step."
        raise Invalid("no_such_step", words, "提案当前不能变更为该状态。")
    view = StatusSheet(proposal.id, version or proposal.version, to)
    return render(request, "sheets/status.html", principal=principal, view=view)


@router.post("/{proposal_id}/status", dependencies=_EDIT)
def change_status(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    status: Annotated[str, Form(max_length=20)],
    note: Annotated[str, Form(max_length=5000)] = "",
    reason: Annotated[str, Form(max_length=5000)] = "",
    version: Annotated[int | None, Form(ge=1)] = None,
) -> Response:
    """One step of the way, or declined with a reason."""
    review.change_status(session, principal, proposal_id, status=status, note=note, reason=reason, version=version)
    t = translator(request)
    return go(request, f"/ballot/{proposal_id}", Flash("done.status", {"status": t(f"proposal.status.{status}")}))
