"""Ballot stuffing shows: signals about votes are raised as flags, and only a person sets votes aside, visibly.

Thresholds: a burst is `BURST_VOTES` contributors' votes for one proposal within `BURST`, not counting what people of
the house entered; an account is fresh when its first trace is younger than `FRESH` at its vote; a text is shared when
posts of two voters are near-copies of each other (`ingest.duplicates`, as the store keeps it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from review import versions
from review.audit import record
from review.errors import Conflict, Invalid
from review.permissions import Permission, require
from review.principals import SYSTEM, Principal
from review.wording import required
from store.repositories import authors, proposals, vote_signals, votes
from store.tables import Proposal, Vote

BURST = timedelta(minutes=10)
BURST_VOTES = 10
FRESH = timedelta(days=7)
REASON_LIMIT = 500
AT_ONCE = 1_000  # votes set aside in one act


def look_at(session: Session, vote: Vote) -> None:
    """Raise what speaks against a contributor's vote just cast, and against those that it brings into view."""
    if not vote.voter.startswith("aut_"):
        return
    since = vote.created_at - BURST
    near = vote_signals.cast_between(session, vote.proposal_id, "burst", since=since, until=vote.created_at)
    if near.count >= BURST_VOTES:
        minutes = int(BURST.total_seconds() // 60)
        _flag(session, vote, near.unmarked, "burst", {"votes": near.count, "minutes": minutes})
    age = _age(session, vote)
    if age is None or age < FRESH:
        _flag(session, vote, [vote.id], "fresh_account", {"days": age.days if age else None})
    sharing = vote_signals.sharing_texts(session, vote.proposal_id, "shared_text", author_id=vote.voter)
    if sharing.count:
        _flag(session, vote, [vote.id, *sharing.unmarked], "shared_text", {"voters": sharing.count + 1})


@dataclass(frozen=True, slots=True)
class Recount:
    """What setting votes aside, or counting them again, would do to the count."""

    people: int  # whose votes are meant
    before: int
    after: int


def preview(session: Session, proposal_id: str, vote_ids: Sequence[str], *, counting: bool) -> Recount:
    """The consequence before the act; `counting`: of taking the votes back."""
    voters = {vote.voter for vote in votes.of_proposal(session, proposal_id, vote_ids)}
    before = votes.counts(session, [proposal_id])[proposal_id]
    theirs = votes.of_voters(session, proposal_id, voters)
    count_now = {vote.voter for vote in theirs if vote.excluded_at is None}
    after = before + len(voters - count_now) if counting else before - len(count_now)
    return Recount(len(voters), before, after)


def set_aside(
    session: Session, principal: Principal, proposal_id: str, vote_ids: Sequence[str], *, reason: str,
    version: int | None,
) -> Proposal:  # fmt: skip
    """These people's votes for the proposal do not count from now on; both counts stay visible. `take_back` undoes."""
    reason = required(reason, "reason", "理由", limit=REASON_LIMIT)
    proposal, chosen = _chosen(session, principal, proposal_id, vote_ids, version)
    before = votes.counts(session, [proposal_id])[proposal_id]
    if not votes.set_aside(session, chosen, by=principal.id, reason=reason, now=datetime.now(UTC)):
        raise Conflict("set_aside_already", "These votes do not count already.", "这些投票已不计入。")
    _recounted(session, principal, "vote.excluded", proposal, chosen, before=before, note=reason)
    return proposal


def take_back(
    session: Session, principal: Principal, proposal_id: str, vote_ids: Sequence[str], *, version: int | None
) -> Proposal:
    """These people's votes count again."""
    proposal, chosen = _chosen(session, principal, proposal_id, vote_ids, version)
    before = votes.counts(session, [proposal_id])[proposal_id]
    if not votes.take_back(session, chosen):
        raise Conflict("not_set_aside", "These votes count already.", "这些投票已计入。")
    _recounted(session, principal, "vote.restored", proposal, chosen, before=before, note="")
    return proposal


def _chosen(
    session: Session, principal: Principal, proposal_id: str, vote_ids: Sequence[str], version: int | None
) -> tuple[Proposal, list[str]]:
    """The proposal, locked and at its next version, and all votes for it of those who cast the chosen ones."""
    require(principal, Permission.PROPOSAL_EDIT)
    if not vote_ids or len(vote_ids) > AT_ONCE:
        raise Invalid("votes_required", f"Name 1 to {AT_ONCE} votes.", f"请选择 1 至 {AT_ONCE} 张投票。")
    proposal = proposals.locked(session, [proposal_id]).get(proposal_id)
    if proposal is None:
        raise versions.not_found("proposal", proposal_id)
    versions.check(session, proposal, version)
    named = votes.of_proposal(session, proposal_id, vote_ids)
    missing = sorted(set(vote_ids) - {vote.id for vote in named})
    if missing:
        raise Invalid(
            "votes_unknown",
            "Some of these votes are not for this proposal.",
            "部分投票不属于该提案。",
            unknown=missing[:20],
        )
    versions.advance(session, proposal, now=datetime.now(UTC))
    everything = votes.of_voters(session, proposal_id, {vote.voter for vote in named})
    return proposal, [vote.id for vote in everything]


def _recounted(
    session: Session, principal: Principal, action: str, proposal: Proposal, chosen: list[str], *, before: int,
    note: str,
) -> None:  # fmt: skip
    session.expire_all()
    after = votes.counts(session, [proposal.id])[proposal.id]
    record(
        session, principal, action, "proposal", proposal.id,
        before={"counted": before}, after={"counted": after, "votes": chosen, "n": abs(before - after)}, note=note,
    )  # fmt: skip
    session.flush()


def _age(session: Session, vote: Vote) -> timedelta | None:
    """How old the account was when it voted; None where it left no trace before."""
    author = authors.get(session, vote.voter)
    traces = [author.first_seen if author else None, vote_signals.first_post_at(session, vote.voter)]
    first = min((moment for moment in traces if moment is not None), default=None)
    return vote.created_at - first if first is not None and first <= vote.created_at else None


def _flag(session: Session, vote: Vote, vote_ids: Sequence[str], signal: str, detail: dict[str, Any]) -> None:
    new = vote_signals.flag(session, vote_ids, signal, detail=detail, now=datetime.now(UTC))
    if new:
        after = {"signal": signal, "votes": list(new), "n": len(new)} | {"detail": detail}
        record(session, SYSTEM, "vote.flagged", "proposal", vote.proposal_id, after=after)
