"""Sheets over a proposal: merging with the union of voters, unmerging, its owner, its wording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from review.ballot import OPEN
from store.repositories import proposals, users, votes
from store.tables import Proposal

_TARGETS: Final = 10


@dataclass(frozen=True, slots=True)
class Target:
    """A proposal to merge into, with what the union would be."""

    id: str
    title: str
    status: str
    votes: int
    union: int
    both: int  # people who voted for both and count once


@dataclass(frozen=True, slots=True)
class MergeSheet:
    """A proposal about to go into another."""

    id: str
    version: int
    title: str
    votes: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class UnmergeSheet:
    """A merge about to be taken back, with the votes of both sides then."""

    id: str
    version: int
    title: str
    own: int
    target: str
    target_now: int
    target_then: int
    status: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who can answer for a proposal."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class OwnerSheet:
    """A proposal about to get an owner."""

    id: str
    version: int
    owner: str
    owners: tuple[Owner, ...]


@dataclass(frozen=True, slots=True)
class WordingSheet:
    """What contributors read of a proposal."""

    id: str
    version: int
    title: str
    problem: str


def merge_sheet(session: Session, proposal: Proposal) -> MergeSheet:
    """The sheet with the most wanted open proposals to choose from."""
    own = votes.counts(session, [proposal.id])[proposal.id]
    return MergeSheet(
        proposal.id, proposal.version, proposal.title, own, targets_view(session, proposal, q="", own=own)
    )


def targets_view(session: Session, proposal: Proposal, *, q: str, own: int | None = None) -> tuple[Target, ...]:
    """Open proposals that the words match, most votes first, with the union of voters for each."""
    own = votes.counts(session, [proposal.id])[proposal.id] if own is None else own
    page = proposals.backlog(session, status=sorted(OPEN), q=q.strip() or None, sort="votes", limit=_TARGETS + 1)
    found = [row for row in page.items if row.proposal.id != proposal.id][:_TARGETS]
    targets = []
    for row in found:
        union = votes.union_of(session, [proposal.id, row.proposal.id])
        both = own + row.votes - union
        targets.append(Target(row.proposal.id, row.proposal.title, row.proposal.status, row.votes, union, both))
    return tuple(targets)


def unmerge_sheet(session: Session, proposal: Proposal) -> UnmergeSheet:
    """What the counts would be again."""
    target = proposals.get(session, proposal.merged_into or "")
    now = votes.counts(session, [proposal.id, *([target.id] if target else [])])
    rest = votes.without_branch(session, target.id, branch=proposal.id) if target else 0
    return UnmergeSheet(
        id=proposal.id,
        version=proposal.version,
        title=proposal.title,
        own=now[proposal.id],
        target=target.title if target else "",
        target_now=now[target.id] if target else 0,
        target_then=rest,
        status=proposal.status_before_merge or "received",
    )


def owner_sheet(session: Session, proposal: Proposal) -> OwnerSheet:
    """Everybody who may sign in."""
    owners = tuple(Owner(user.id, user.display_name, user.role) for user in users.everyone(session) if user.active)
    return OwnerSheet(proposal.id, proposal.version, proposal.owner_id or "", owners)


def wording_sheet(proposal: Proposal) -> WordingSheet:
    """The words as they are."""
    return WordingSheet(proposal.id, proposal.version, proposal.title, proposal.problem)
