"""Votes under review: the list with its signals, and setting votes aside in the open."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, SignedIn, allowed, settings_of
from api.found import found
from api.pages.flash import Flash, Undo
from api.pages.rendering import go, render, translator, wants_rows
from api.pages.views.votes import recount_sheet, votes_view
from review import fraud
from review.errors import Invalid
from review.permissions import Permission
from store.repositories import proposals
from store.tables import Proposal

router = APIRouter(prefix="/ballot", include_in_schema=False, dependencies=[Depends(allowed(Permission.PROPOSAL_EDIT))])

Chosen = Annotated[list[str], Form(max_length=fraud.AT_ONCE)]
Asked = Annotated[list[str], Query(max_length=fraud.AT_ONCE)]
Version = Annotated[int | None, Form(ge=1)]
_UNDOABLE = 40  # votes whose ids fit into the cookie that carries the undo


def _found(session: Session, proposal_id: str) -> Proposal:
    return found(proposals.get(session, proposal_id), "proposal", proposal_id)


@router.get("/{proposal_id}/votes")
def listed(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    *,
    flagged: bool = False,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Every vote, or those flagged; for HTMX further ones."""
    rules = settings_of(request).voting_rules
    proposal = _found(session, proposal_id)
    view = votes_view(session, translator(request), rules, proposal, flagged_only=flagged, cursor=cursor)
    template = "parts/votes_more.html" if wants_rows(request) else "votes.html"
    return render(request, template, principal=principal, view=view)


@router.get("/{proposal_id}/votes/{act}")
def sheet(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    act: str,
    vote: Asked = [],  # noqa: B006
) -> Response:
    """What setting these votes aside (`exclude`), or counting them again (`restore`), would do."""
    if act not in ("exclude", "restore"):
        raise Invalid("no_such_step", "Votes are set aside or counted again.", "没有这个操作。")
    if not vote:
        raise Invalid("votes_required", "Choose at least one vote.", "请先勾选投票。")
    view = recount_sheet(session, _found(session, proposal_id), vote, counting=act == "restore")
    return render(request, "sheets/recount.html", principal=principal, view=view)


@router.post("/{proposal_id}/votes/exclude")
def exclude(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    *,
    vote: Chosen = [],  # noqa: B006 - read as a form's default, never changed
    reason: Annotated[str, Form(max_length=5000)] = "",
    version: Version = None,
) -> Response:
    """These votes do not count from now on."""
    proposal = fraud.set_aside(session, principal, proposal_id, vote, reason=reason, version=version)
    fields = (("version", str(proposal.version)), *(("vote", one) for one in vote))
    undo = Undo(f"/ballot/{proposal_id}/votes/restore", fields) if len(vote) <= _UNDOABLE else None
    return go(request, f"/ballot/{proposal_id}/votes", Flash("done.votes_set_aside", {"n": len(vote)}, undo))


@router.post("/{proposal_id}/votes/restore")
def restore(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    proposal_id: Id,
    *,
    vote: Chosen = [],  # noqa: B006 - read as a form's default, never changed
    version: Version = None,
) -> Response:
    """These votes count again."""
    fraud.take_back(session, principal, proposal_id, vote, version=version)
    return go(request, f"/ballot/{proposal_id}/votes", Flash("done.votes_counted", {"n": len(vote)}))
