"""Proposals: the voting backlog other systems read, status changes, merges, votes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.conditional import CONDITIONAL, IfNoneMatch, answered, content_tag, versioned_etag
from api.dependencies import DbSession, GuardedRoute, Id, IfMatch, allowed, seen_version, settings_of
from api.envelopes import Cursor, Limit, One
from api.errors import documented
from api.found import found
from api.idempotency import Write, Writing
from api.schemas.fields import InputTime, Search
from api.schemas.proposals import (
    ProposalChange,
    ProposalList,
    ProposalMerge,
    ProposalOut,
    ProposalStatus,
    ProposalUnmerge,
    TallyOut,
    VoteCast,
    VoteOut,
    proposal_list,
    proposal_out,
)
from review import ballot
from review import votes as voting
from review.permissions import Permission
from store.repositories import count_changes, proposals, votes
from store.tables import Proposal

router = APIRouter(prefix="/proposals", tags=["proposals"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.PROPOSAL_READ))]
_EDIT = [Depends(allowed(Permission.PROPOSAL_EDIT))]
_VOTE = [Depends(allowed(Permission.VOTE_CAST))]
_EDIT_ERRORS = documented(404, 409, 413, 422, 428)
_VOTE_ERRORS = documented(404, 409, 413, 422)


def _counted(session: Session, proposal: Proposal) -> ProposalOut:
    return proposal_out(
        proposal,
        votes=votes.counts(session, [proposal.id])[proposal.id],
        changed_at=count_changes.changed_at_of(session, [proposal.id])[proposal.id],
    )


@router.get(
    "",
    summary="The voting backlog",
    response_model=ProposalList,
    dependencies=_READ,
    responses=documented(422) | CONDITIONAL,
)
def backlog(
    session: DbSession,
    *,
    status: Annotated[list[ProposalStatus] | None, Query(description="Repeatable; all but merged without it")] = None,
    channel: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,60}$", description="A channel's id")] = None,
    product: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]+$")] = None,
    min_votes: Annotated[int, Query(ge=0, lt=2**31, description="At least so many votes")] = 0,
    updated_since: Annotated[
        InputTime | None,
        Query(description="Changed at or after, votes included; for polling: send `meta.poll_from` of the last time"),
    ] = None,
    q: Annotated[Search | None, Query(description="Part of the title or problem")] = None,
    sort: Annotated[
        proposals.Sort | None,
        Query(
            description="`changes` (oldest first, merged ones too) with updated_since, else `updated` (latest first)"
        ),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    seen: IfNoneMatch,
) -> Response:
    """Latest change first, most votes first, or in the order of changes, so that who polls misses nothing."""
    order = sort or ("changes" if updated_since else "updated")
    page = proposals.backlog(
        session,
        status=tuple(dict.fromkeys(status)) if status else None,
        channel=channel,
        product=product,
        min_votes=min_votes,
        updated_since=updated_since,
        q=q,
        sort=order,
        cursor=cursor,
        limit=limit,
    )
    changed_at = count_changes.changed_at_of(session, (row.proposal.id for row in page.items))
    listed = proposal_list(page, changed_at, changes=order == "changes", since=updated_since)
    return answered(listed, etag=f'"{content_tag(listed)}"', seen=seen)


@router.get(
    "/{proposal_id}",
    summary="One proposal",
    response_model=One[ProposalOut],
    dependencies=_READ,
    responses=documented(404, 422) | CONDITIONAL,
)
def one(session: DbSession, proposal_id: Id, seen: IfNoneMatch) -> Response:
    """The proposal with its votes. Its ETag serves If-Match (nobody changed it) and If-None-Match (nothing changed)."""
    proposal = found(proposals.get(session, proposal_id), "proposal", proposal_id)
    answer: One[ProposalOut] = One(data=_counted(session, proposal))
    return answered(answer, etag=versioned_etag(proposal.version, answer), seen=seen)


def _once(write: Write, act: Callable[[], Proposal]) -> Response:
    def answer() -> One[ProposalOut]:
        return One(data=_counted(write.session, act()))

    return write.once(answer, headers=lambda sent: {"ETag": versioned_etag(sent.data.version, sent)})


@router.patch(
    "/{proposal_id}",
    summary="Change the status",
    response_model=One[ProposalOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def change_status(write: Writing, proposal_id: Id, body: ProposalChange, if_match: IfMatch) -> Response:
    """One step of the way from received to shipped, or declined with a reason."""
    version = seen_version(if_match, body.version)
    return _once(
        write,
        lambda: ballot.change_status(
            write.session,
            write.principal,
            proposal_id,
            status=body.status,
            note=body.note,
            reason=body.reason,
            owner_id=body.owner_id,
            version=version,
        ),
    )


@router.post(
    "/{proposal_id}/merge",
    summary="Merge into another",
    response_model=One[ProposalOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def merge(write: Writing, proposal_id: Id, body: ProposalMerge, if_match: IfMatch) -> Response:
    """Every voter counts once."""
    version = seen_version(if_match, body.version)
    return _once(
        write, lambda: ballot.merge(write.session, write.principal, proposal_id, into=body.into, version=version)
    )


@router.post(
    "/{proposal_id}/unmerge",
    summary="Take a merge back",
    response_model=One[ProposalOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def unmerge(write: Writing, proposal_id: Id, body: ProposalUnmerge, if_match: IfMatch) -> Response:
    """The votes go back where they were cast."""
    version = seen_version(if_match, body.version)
    return _once(write, lambda: ballot.unmerge(write.session, write.principal, proposal_id, version=version))


def _tally(session: Session, proposal_id: str) -> One[TallyOut]:
    found(proposals.get(session, proposal_id), "proposal", proposal_id)
    return One(data=TallyOut(proposal_id=proposal_id, votes=votes.counts(session, [proposal_id])[proposal_id]))


@router.get("/{proposal_id}/votes", summary="Count the votes", dependencies=_READ, responses=documented(404, 422))
def count(session: DbSession, proposal_id: Id) -> One[TallyOut]:
    """Recounted at every call."""
    return _tally(session, proposal_id)


@router.post(
    "/{proposal_id}/votes",
    summary="Vote",
    status_code=201,
    response_model=One[VoteOut],
    dependencies=_VOTE,
    responses=_VOTE_ERRORS,
)
def vote(request: Request, write: Writing, proposal_id: Id, body: VoteCast) -> Response:
    """One per person; a second is a 409 `already_voted`."""

    def act() -> One[VoteOut]:
        cast = voting.cast_vote(
            write.session, write.principal, proposal_id, voter=body.voter, provenance=body.provenance, link=body.link,
            rules=settings_of(request).voting_rules,
        )  # fmt: skip
        return One(data=VoteOut.model_validate(cast))

    return write.once(act, status=201)


@router.delete(
    "/{proposal_id}/votes",
    summary="Take a vote back",
    response_model=One[TallyOut],
    dependencies=_VOTE,
    responses=documented(404, 409, 422),
)
def withdraw(
    write: Writing,
    proposal_id: Id,
    voter: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,60}$", description="Your own without it")] = None,
) -> Response:
    """Answers the count without it."""

    def act() -> One[TallyOut]:
        voting.withdraw_vote(write.session, write.principal, proposal_id, voter=voter)
        return _tally(write.session, proposal_id)

    return write.once(act)
