"""Votes under review and followers: all counts side by side, signals, votes set aside in the open."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, IfMatch, allowed, seen_version, settings_of
from api.envelopes import Cursor, Limit, Many, One, many
from api.errors import documented
from api.found import found
from api.idempotency import Write, Writing
from api.schemas.loop import (
    FlagOut,
    FollowersOut,
    FollowIn,
    ReviewedVoteOut,
    TallyDetailOut,
    Tier,
    TierOut,
    VotesAside,
    VotesBack,
)
from review import follows as following
from review import fraud
from review.permissions import Permission
from review.voting_rules import VotingRules
from store.repositories import follows, proposals, vote_signals, votes
from store.repositories.votes import Tally, VoteRow

router = APIRouter(prefix="/proposals", tags=["proposals"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.PROPOSAL_READ))]
_EDIT = [Depends(allowed(Permission.PROPOSAL_EDIT))]
_VOTE = [Depends(allowed(Permission.VOTE_CAST))]
_EDIT_ERRORS = documented(404, 409, 413, 422, 428)


def _tally(tally: Tally, rules: VotingRules, *, proposal_id: str, flagged: int) -> TallyDetailOut:
    tiers = sorted(tally.by_tier.items())
    return TallyDetailOut(
        proposal_id=proposal_id,
        counted=tally.counted,
        cast=tally.cast,
        set_aside=tally.set_aside,
        weighted=rules.weight_of(tally.by_tier),
        by_tier=[
            TierOut(tier=cast("Tier", name), votes=number, weight=rules.weights.get(name, 1.0))
            for name, number in tiers
        ],
        flagged=flagged,
    )


def _counted(request: Request, session: DbSession, proposal_id: str) -> One[TallyDetailOut]:
    found(proposals.get(session, proposal_id), "proposal", proposal_id)
    tally = votes.tallies(session, [proposal_id])[proposal_id]
    flagged = vote_signals.flagged(session, [proposal_id]).get(proposal_id, 0)
    rules = settings_of(request).voting_rules
    return One(data=_tally(tally, rules, proposal_id=proposal_id, flagged=flagged))


def _reviewed(row: VoteRow) -> ReviewedVoteOut:
    vote = row.vote
    return ReviewedVoteOut(
        id=vote.id,
        proposal_id=vote.proposal_id,
        voter=vote.voter,
        tier=cast("Tier", row.tier),
        cast_by=vote.cast_by,
        provenance=vote.provenance,
        link=vote.link,
        flags=[FlagOut.model_validate(flag) for flag in row.flags],
        excluded_at=vote.excluded_at,
        excluded_by=vote.excluded_by,
        exclusion_reason=vote.exclusion_reason,
        created_at=vote.created_at,
    )


@router.get(
    "/{proposal_id}/tally", summary="All counts side by side", dependencies=_READ, responses=documented(404, 422)
)
def tally(request: Request, session: DbSession, proposal_id: Id) -> One[TallyDetailOut]:
    """The plain count, the weighted one, and what was set aside."""
    return _counted(request, session, proposal_id)


@router.get(
    "/{proposal_id}/votes/review",
    summary="Votes with their signals",
    dependencies=_EDIT,
    responses=documented(404, 422),
)
def review(
    session: DbSession,
    proposal_id: Id,
    *,
    flagged: Annotated[bool, Query(description="Only those with a signal or set aside")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[ReviewedVoteOut]:
    """Latest first, merged proposals included."""
    found(proposals.get(session, proposal_id), "proposal", proposal_id)
    page = votes.with_flags(session, proposal_id, flagged_only=flagged, cursor=cursor, limit=limit)
    return many(page, _reviewed)


@router.post(
    "/{proposal_id}/votes/exclude",
    summary="Set votes aside",
    response_model=One[TallyDetailOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def exclude(request: Request, write: Writing, proposal_id: Id, body: VotesAside, if_match: IfMatch) -> Response:
    """They stay on record and do not count; `restore` takes it back."""
    version = seen_version(if_match, body.version)

    def act() -> One[TallyDetailOut]:
        fraud.set_aside(write.session, write.principal, proposal_id, body.votes, reason=body.reason, version=version)
        return _counted(request, write.session, proposal_id)

    return write.once(act)


@router.post(
    "/{proposal_id}/votes/restore",
    summary="Count votes again",
    response_model=One[TallyDetailOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def restore(request: Request, write: Writing, proposal_id: Id, body: VotesBack, if_match: IfMatch) -> Response:
    """What was set aside counts from now on."""
    version = seen_version(if_match, body.version)

    def act() -> One[TallyDetailOut]:
        fraud.take_back(write.session, write.principal, proposal_id, body.votes, version=version)
        return _counted(request, write.session, proposal_id)

    return write.once(act)


def _followers(session: DbSession, proposal_id: str) -> One[FollowersOut]:
    found(proposals.get(session, proposal_id), "proposal", proposal_id)
    return One(
        data=FollowersOut(proposal_id=proposal_id, followers=follows.counts(session, [proposal_id])[proposal_id])
    )


@router.get(
    "/{proposal_id}/followers", summary="Count the followers", dependencies=_READ, responses=documented(404, 422)
)
def followers(session: DbSession, proposal_id: Id) -> One[FollowersOut]:
    """Everyone once."""
    return _followers(session, proposal_id)


def _followed(write: Write, proposal_id: str) -> One[FollowersOut]:
    return _followers(write.session, proposal_id)


@router.post(
    "/{proposal_id}/followers",
    summary="Follow for a contributor",
    response_model=One[FollowersOut],
    dependencies=_VOTE,
    responses=documented(404, 409, 413, 422),
)
def follow(write: Writing, proposal_id: Id, body: FollowIn) -> Response:
    """To follow twice is no mistake."""

    def act() -> One[FollowersOut]:
        following.follow(write.session, write.principal, proposal_id, follower=body.follower)
        return _followed(write, proposal_id)

    return write.once(act)


@router.delete(
    "/{proposal_id}/followers",
    summary="Unfollow for a contributor",
    response_model=One[FollowersOut],
    dependencies=_VOTE,
    responses=documented(404, 409, 422),
)
def unfollow(
    write: Writing,
    proposal_id: Id,
    follower: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{1,60}$", description="A contributor's author id")],
) -> Response:
    """Not to have followed is no mistake."""

    def act() -> One[FollowersOut]:
        following.unfollow(write.session, write.principal, proposal_id, follower=follower)
        return _followed(write, proposal_id)

    return write.once(act)
