"""Following a proposal: to hear of it without having to vote."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from review import versions
from review.audit import record
from review.permissions import Permission, require
from review.principals import Principal
from review.votes import own_or_known
from store.repositories import follows, proposals
from store.tables import Proposal


def follow(session: Session, principal: Principal, proposal_id: str, *, follower: str | None = None) -> None:
    """The person hears of the proposal from now on; following twice is no mistake. For oneself, or a known author."""
    proposal, follower = _checked(session, principal, proposal_id, follower)
    if follows.followed(session, [proposal.id], follower):
        return
    if follows.add(session, proposal_id=proposal.id, follower=follower, now=datetime.now(UTC)):
        # as with votes, the person stays out of the log
        count = follows.counts(session, [proposal.id])[proposal.id]
        record(session, principal, "proposal.followed", "proposal", proposal.id, after={"followers": count})
    session.flush()


def unfollow(session: Session, principal: Principal, proposal_id: str, *, follower: str | None = None) -> None:
    """The person hears no more of it; not to have followed is no mistake."""
    proposal, follower = _checked(session, principal, proposal_id, follower)
    if follows.remove(session, proposal_id=proposal.id, follower=follower):
        count = follows.counts(session, [proposal.id])[proposal.id]
        record(session, principal, "proposal.unfollowed", "proposal", proposal.id, after={"followers": count})
    session.flush()


def _checked(session: Session, principal: Principal, proposal_id: str, follower: str | None) -> tuple[Proposal, str]:
    require(principal, Permission.VOTE_CAST)
    follower = own_or_known(session, principal, follower, authors_only=True)
    proposal = proposals.held(session, proposal_id)
    if proposal is None:
        raise versions.not_found("proposal", proposal_id)
    return proposal, follower
