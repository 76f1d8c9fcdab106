"""Votes: one a person, while the proposal is in voting, each with where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from review import fraud, versions
from review.audit import record
from review.errors import Conflict, Forbidden, Invalid
from review.permissions import Permission, require
from review.principals import Principal
from review.voting_rules import EQUAL, VotingRules
from review.wording import optional, required
from store.repositories import authors, proposals, votes
from store.tables import Vote

PROVENANCE_LIMIT = 2_000
LINK_LIMIT = 500


def cast_vote(
    session: Session,
    principal: Principal,
    proposal_id: str,
    *,
    voter: str | None = None,
    provenance: str = "",
    link: str = "",
    rules: VotingRules = EQUAL,
) -> Vote:
    """One person's vote while the proposal is in voting. Conflict `already_voted` for a second one, also where the
    first was cast for a proposal merged into this one; `vote_limit_reached` where their tier has no more open votes.

    `voter` is the id of a known author where the vote is cast on somebody's behalf; `provenance` then says why we
    know that they want it, and `link` may lead to where they said so.
    """
    require(principal, Permission.VOTE_CAST)
    provenance = optional(provenance, "provenance", "来源", limit=PROVENANCE_LIMIT)
    link = checked_link(link)
    voter = own_or_known(session, principal, voter)
    if voter != own_id(principal) and not provenance:
        raise Invalid(
            "provenance_required", "Say where this person voted, as you vote on their behalf.", "代他人投票须注明来源。"
        )
    _in_voting(session, proposal_id)
    vote = None
    if not votes.of_voter(session, proposal_id, voter):
        _within_limit(session, voter, rules)
        vote = votes.add(
            session, proposal_id=proposal_id, voter=voter, cast_by=own_id(principal) or principal.id,
            provenance=provenance, link=link, now=datetime.now(UTC),
        )  # fmt: skip
    if vote is None:
        raise Conflict(
            "already_voted", "This person has voted for the proposal already.", "已投过票，每人一票。",
            proposal_id=proposal_id,
        )  # fmt: skip
    # The voter, and what was said of them, stay out of the log, which cannot be erased: the vote's own row says it.
    record(session, principal, "vote.cast", "proposal", proposal_id, after={"vote": vote.id})
    session.flush()
    fraud.look_at(session, vote)
    session.flush()
    return vote


def withdraw_vote(session: Session, principal: Principal, proposal_id: str, *, voter: str | None = None) -> None:
    """Take a vote back while the proposal is in voting, wherever in merged proposals it was cast.

    Conflict `vote_set_aside` for one that was set aside: cast again it would count.
    """
    require(principal, Permission.VOTE_CAST)
    voter = own_or_known(session, principal, voter)
    _in_voting(session, proposal_id)
    cast = votes.of_voter(session, proposal_id, voter)
    if not cast:
        raise Conflict("not_voted", "There is no such vote to take back.", "尚未投票，无需撤回。")
    if any(vote.excluded_at is not None for vote in cast):
        raise Conflict(
            "vote_set_aside", "This vote was set aside after a review; it cannot be taken back.",
            "该投票经核查未计入，不能撤回。",
        )  # fmt: skip
    ids = [vote.id for vote in cast]
    votes.remove(session, ids)
    record(session, principal, "vote.withdrawn", "proposal", proposal_id, before={"votes": ids})
    session.flush()


def tally(session: Session, proposal_ids: Iterable[str]) -> dict[str, int]:
    """Proposal id -> people whose votes count, counted now; merged proposals count in, everyone once."""
    return votes.counts(session, proposal_ids)


def own_id(principal: Principal) -> str | None:
    """Whom the principal votes as; None for other systems and the house itself."""
    if principal.kind == "contributor":
        return principal.author
    return principal.id if principal.kind == "user" else None


def own_or_known(session: Session, principal: Principal, person: str | None, *, authors_only: bool = False) -> str:
    """The id to act for: one's own, or a known author's on their behalf. A contributor acts for nobody else.

    `authors_only`: what is done is for contributors, not for those who sign in.
    """
    own = principal.author if authors_only else own_id(principal)
    if person is None or person == own:
        if own is None:
            raise Invalid("voter_required", "Name the voter: only a signed-in person has a vote of their own.",
                          "请指明投票人。")  # fmt: skip
        return own
    person = required(person, "voter", "投票人", limit=60)
    if principal.kind == "contributor" or not (authors_only or person.startswith("aut_")):
        raise Forbidden(
            "not_your_vote", "You may vote as yourself or on behalf of a contributor (an author id), nobody else.",
            "只能以本人或社区用户的名义投票。",
        )  # fmt: skip
    if authors.get(session, person) is None:
        raise versions.not_found("author", person) if authors_only else _unknown(person)
    return person


def _unknown(voter: str) -> Invalid:
    return Invalid(
        "voter_unknown", f"There is no author {voter}; a vote belongs to somebody whose posts are here.",
        "找不到该用户。", voter=voter,
    )  # fmt: skip


def checked_link(link: str) -> str:
    """The address where somebody said so, or nothing. Invalid unless it is an http(s) address."""
    link = optional(link, "link", "链接", limit=LINK_LIMIT)
    if link:
        try:
            parts = urlsplit(link)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.netloc or any(c.isspace() for c in link):
            raise Invalid("link_invalid", "link must be an http or https address.", "链接须以 http 或 https 开头。")
    return link


def _within_limit(session: Session, voter: str, rules: VotingRules) -> None:
    """Raise where the voter's tier allows no further open vote, or where the author was erased a moment ago.

    Holds the author, so that two votes at once queue, and an erasure sees this one.
    """
    if not voter.startswith("aut_"):
        return
    author = authors.locked(session, voter)
    if author is None:
        raise _unknown(voter)
    limit = rules.open_votes.get(author.tier)
    if limit is not None and votes.open_of(session, voter) >= limit:
        raise Conflict(
            "vote_limit_reached",
            f"The limit of {limit} open votes is reached; one can be taken back to vote anew.",
            f"进行中的投票已达上限（{limit} 张），可先撤回一张再投。",
            limit=limit, tier=author.tier,
        )  # fmt: skip


def _in_voting(session: Session, proposal_id: str) -> None:
    """Hold the proposal in voting until the transaction ends, or refuse."""
    proposal = proposals.held(session, proposal_id)
    if proposal is None:
        raise versions.not_found("proposal", proposal_id)
    if proposal.status != "voting":
        raise Conflict(
            "not_voting", f"The proposal is {proposal.status}, not in voting.", "该提案当前不在投票阶段。",
            status=proposal.status, merged_into=proposal.merged_into,
        )  # fmt: skip
