"""Votes: one per person per proposal; totals are counted when asked for, through merges, each person once.

A vote that a person set aside is listed and does not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Subquery, and_, delete, func, select, update
from sqlalchemy.orm import Session

from store.expressions import changed, insert_new
from store.ids import new_id
from store.paging import Keyset, Page, fetch_page
from store.repositories.merge_tree import merge_tree
from store.tables import Author, Proposal, Vote, VoteFlag

STAFF = "staff"  # the tier of those who sign in: they are no authors

_counts = Vote.excluded_at.is_(None)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was cast for a proposal, merged ones included: people, each once."""

    cast: int = 0  # with the votes that were set aside
    counted: int = 0
    by_tier: dict[str, int] = field(default_factory=dict)  # of those counted; `STAFF` for users

    @property
    def set_aside(self) -> int:
        return self.cast - self.counted


@dataclass(frozen=True, slots=True)
class VoteRow:
    """A vote with the tier of its voter and the signals raised about it."""

    vote: Vote
    tier: str
    flags: tuple[VoteFlag, ...]


def totals() -> Subquery:
    """proposal_id, votes: the totals of all proposals that have votes, for joining."""
    tree = merge_tree(None)
    return (
        select(tree.c.top.label("proposal_id"), func.count(Vote.voter.distinct()).label("votes"))
        .join(Vote, and_(Vote.proposal_id == tree.c.id, _counts))
        .group_by(tree.c.top)
        .subquery()
    )


def counts(session: Session, proposal_ids: Iterable[str]) -> dict[str, int]:
    """Proposal id -> distinct voters that count, those of proposals merged into it included; 0 where there are none."""
    wanted = sorted(set(proposal_ids))
    found = dict.fromkeys(wanted, 0)
    if wanted:
        tree = merge_tree(wanted)
        statement = (
            select(tree.c.top, func.count(Vote.voter.distinct()))
            .join(Vote, and_(Vote.proposal_id == tree.c.id, _counts))
            .group_by(tree.c.top)
        )
        found.update(session.execute(statement).all())
    return found


def tallies(session: Session, proposal_ids: Iterable[str]) -> dict[str, Tally]:
    """Proposal id -> what was cast for it, what counts, and by whom."""
    wanted = sorted(set(proposal_ids))
    if not wanted:
        return {}
    tree = merge_tree(wanted)
    cast: dict[str, int] = dict(
        session.execute(
            select(tree.c.top, func.count(Vote.voter.distinct()))
            .join(Vote, Vote.proposal_id == tree.c.id)
            .group_by(tree.c.top)
        ).all()
    )
    tier = func.coalesce(Author.tier, STAFF).label("tier")
    counted: dict[str, dict[str, int]] = {proposal_id: {} for proposal_id in wanted}
    statement = (
        select(tree.c.top, tier, func.count(Vote.voter.distinct()))
        .join(Vote, and_(Vote.proposal_id == tree.c.id, _counts))
        .outerjoin(Author, Author.id == Vote.voter)
        .group_by(tree.c.top, tier)
    )
    for top, name, number in session.execute(statement):
        counted[top][name] = number
    return {
        proposal_id: Tally(cast.get(proposal_id, 0), sum(tiers.values()), tiers)
        for proposal_id, tiers in counted.items()
    }


def union_of(session: Session, proposal_ids: Iterable[str]) -> int:
    """How many people's votes count for any of these proposals: the total of a merge before it is made."""
    tree = merge_tree(proposal_ids)
    statement = select(func.count(Vote.voter.distinct())).join(tree, tree.c.id == Vote.proposal_id).where(_counts)
    return session.scalar(statement) or 0


def without_branch(session: Session, proposal_id: str, *, branch: str) -> int:
    """How many people's votes would count for the proposal without what was merged into it as `branch`."""
    whole, gone = merge_tree([proposal_id], name="whole"), merge_tree([branch], name="branch")
    statement = (
        select(func.count(Vote.voter.distinct()))
        .join(whole, whole.c.id == Vote.proposal_id)
        .where(_counts, Vote.proposal_id.not_in(select(gone.c.id)))
    )
    return session.scalar(statement) or 0


def of_voter(session: Session, proposal_id: str, voter: str) -> tuple[Vote, ...]:
    """This person's votes for the proposal, those for proposals merged into it included."""
    tree = merge_tree([proposal_id])
    statement = select(Vote).join(tree, tree.c.id == Vote.proposal_id).where(Vote.voter == voter).order_by(Vote.id)
    return tuple(session.scalars(statement))


def voted(session: Session, proposal_ids: Iterable[str], voter: str) -> frozenset[str]:
    """Those of the proposals this person has voted for, also through a merged one."""
    tree = merge_tree(proposal_ids)
    statement = select(tree.c.top).join(Vote, Vote.proposal_id == tree.c.id).where(Vote.voter == voter)
    return frozenset(session.scalars(statement))


def open_of(session: Session, voter: str) -> int:
    """On how many proposals in voting this person has a vote."""
    tree = merge_tree(None)
    statement = (
        select(func.count(tree.c.top.distinct()))
        .join(Vote, Vote.proposal_id == tree.c.id)
        .join(Proposal, Proposal.id == tree.c.top)
        .where(Vote.voter == voter, Proposal.status == "voting")
    )
    return session.scalar(statement) or 0


def add(
    session: Session, *, proposal_id: str, voter: str, cast_by: str, provenance: str, link: str = "", now: datetime
) -> Vote | None:
    """The new vote, or None where this person has voted for the proposal already (also a moment ago)."""
    row = {
        "id": new_id("vote"), "proposal_id": proposal_id, "voter": voter, "cast_by": cast_by,
        "provenance": provenance, "link": link, "exclusion_reason": "", "created_at": now,
    }  # fmt: skip
    if not insert_new(session, Vote, [row], unique=["proposal_id", "voter"]):
        return None
    return session.get_one(Vote, row["id"])


def remove(session: Session, vote_ids: Iterable[str]) -> int:
    """How many votes were there to remove; what was flagged about them goes too."""
    wanted = sorted(set(vote_ids))
    # Who is about to flag one of them is waited for, so that no flag is left behind.
    session.scalars(select(Vote.id).where(Vote.id.in_(wanted)).order_by(Vote.id).with_for_update()).all()
    session.execute(delete(VoteFlag).where(VoteFlag.vote_id.in_(wanted)))
    return changed(session, delete(Vote).where(Vote.id.in_(wanted)))


def of_proposal(session: Session, proposal_id: str, vote_ids: Iterable[str]) -> tuple[Vote, ...]:
    """Those of the votes that were cast for the proposal or one merged into it."""
    tree = merge_tree([proposal_id])
    statement = select(Vote).join(tree, tree.c.id == Vote.proposal_id).where(Vote.id.in_(sorted(set(vote_ids))))
    return tuple(session.scalars(statement.order_by(Vote.id)))


def of_voters(session: Session, proposal_id: str, voters: Iterable[str]) -> tuple[Vote, ...]:
    """Every vote of these people for the proposal and for those merged into it."""
    tree = merge_tree([proposal_id])
    statement = select(Vote).join(tree, tree.c.id == Vote.proposal_id).where(Vote.voter.in_(sorted(set(voters))))
    return tuple(session.scalars(statement.order_by(Vote.id)))


def set_aside(session: Session, vote_ids: Iterable[str], *, by: str, reason: str, now: datetime) -> int:
    """These votes do not count from now on; how many did until now."""
    statement = (
        update(Vote)
        .where(Vote.id.in_(sorted(set(vote_ids))), _counts)
        .values(excluded_at=now, excluded_by=by, exclusion_reason=reason)
    )
    return changed(session, statement)


def take_back(session: Session, vote_ids: Iterable[str]) -> int:
    """These votes count again; how many did not."""
    statement = (
        update(Vote)
        .where(Vote.id.in_(sorted(set(vote_ids))), Vote.excluded_at.is_not(None))
        .values(excluded_at=None, excluded_by=None, exclusion_reason="")
    )
    return changed(session, statement)


def listed(session: Session, proposal_id: str, *, cursor: str | None = None, limit: int = 50) -> Page[Vote]:
    """The votes for the proposal, those for proposals merged into it included, latest first."""
    tree = merge_tree([proposal_id])
    statement = select(Vote).join(tree, tree.c.id == Vote.proposal_id)
    keyset = Keyset("votes", Vote.created_at, datetime, Vote.id)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])


def with_flags(
    session: Session, proposal_id: str, *, flagged_only: bool = False, cursor: str | None = None, limit: int = 100
) -> Page[VoteRow]:
    """As `listed`, with tiers and flags; `flagged_only` keeps those flagged or set aside."""
    tree = merge_tree([proposal_id])
    tier = func.coalesce(Author.tier, STAFF)
    statement = select(Vote, tier).join(tree, tree.c.id == Vote.proposal_id).outerjoin(Author, Author.id == Vote.voter)
    if flagged_only:
        has_flag = select(VoteFlag.vote_id).where(VoteFlag.vote_id == Vote.id).exists()
        statement = statement.where(has_flag | Vote.excluded_at.is_not(None))
    keyset = Keyset("votes:flags", Vote.created_at, datetime, Vote.id)
    page = fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: (row[0], row[1]))
    flags = _flags(session, [vote.id for vote, _ in page.items])
    rows = tuple(VoteRow(vote, name, flags.get(vote.id, ())) for vote, name in page.items)
    return Page(items=rows, next_cursor=page.next_cursor)


def _flags(session: Session, vote_ids: list[str]) -> dict[str, tuple[VoteFlag, ...]]:
    found: dict[str, tuple[VoteFlag, ...]] = {}
    statement = select(VoteFlag).where(VoteFlag.vote_id.in_(vote_ids)).order_by(VoteFlag.vote_id, VoteFlag.signal)
    for flag in session.scalars(statement) if vote_ids else ():
        found[flag.vote_id] = (*found.get(flag.vote_id, ()), flag)
    return found
