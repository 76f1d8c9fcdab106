"""Proposals: the voting backlog that other systems read, and votes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, cast

from pydantic import Field

from api.envelopes import ListMeta
from api.schemas.fields import AnyId, Input, Note, Output, Versioned
from store.paging import Page
from store.repositories.proposals import ProposalRow
from store.tables import Proposal

ProposalStatus = Literal[
    "received", "under_review", "voting", "accepted", "in_progress", "shipped", "declined", "merged"
]
SettableStatus = Literal["received", "under_review", "voting", "accepted", "in_progress", "shipped", "declined"]


# A change may be committed a moment after a later one: who polls looks back this far, and meets some changes twice.
OVERLAP: Final = timedelta(minutes=1)


class ProposalOut(Output):
    """A theme before contributors."""

    id: str
    theme_id: str
    title: str
    problem: str
    status: ProposalStatus
    reason: str
    note: str
    owner_id: str | None
    merged_into: str | None
    first_reporters: list[str] = Field(description="Pseudonyms of those who said it first")
    people: int = Field(description="Distinct people when it was routed")
    demand_score: float
    votes: int = Field(description="Recounted now; the voters of merged proposals count, everyone once")
    version: int
    created_at: datetime
    updated_at: datetime = Field(description="Of the proposal or of its votes; votes leave `version` as it is")


class BacklogMeta(ListMeta):
    """Where the list goes on, and where the next poll begins."""

    poll_from: datetime | None = Field(
        description="For the next `updated_since`, once `next_cursor` is null; null where the order is another"
    )


class ProposalList(Output):
    """A page of the backlog."""

    data: list[ProposalOut]
    meta: BacklogMeta


class ProposalChange(Versioned):
    """The next status, with what contributors should be told."""

    status: SettableStatus
    note: Note = ""
    reason: Note = Field("", description="Required for declined")
    owner_id: AnyId | None = None


class ProposalMerge(Versioned):
    """Fold this proposal into another."""

    into: AnyId


class ProposalUnmerge(Versioned):
    """Take a merge back."""


class VoteCast(Input):
    """A vote. Without `voter` it is your own; another's needs a provenance."""

    voter: AnyId | None = Field(None, description="A contributor's author id, where you vote on their behalf")
    provenance: Note = Field("", description="Why we know that they want it; needed on their behalf")
    link: Annotated[str, Field(max_length=500, pattern=r"^(https?://[^\s\x00]+)?$")] = Field(
        "", description="Where they said so"
    )


class VoteOut(Output):
    """One person's vote."""

    id: str
    proposal_id: str
    voter: str
    cast_by: str
    provenance: str
    link: str
    created_at: datetime


class TallyOut(Output):
    """How many people want it, counted now."""

    proposal_id: str
    votes: int


def proposal_out(proposal: Proposal, *, votes: int, changed_at: datetime | None = None) -> ProposalOut:
    """A row as it is sent, with its votes as counted now; `changed_at` where they changed after it did."""
    return ProposalOut(
        id=proposal.id,
        theme_id=proposal.theme_id,
        title=proposal.title,
        problem=proposal.problem,
        status=cast("ProposalStatus", proposal.status),
        reason=proposal.reason,
        note=proposal.note,
        owner_id=proposal.owner_id,
        merged_into=proposal.merged_into,
        first_reporters=proposal.first_reporters,
        people=proposal.people,
        demand_score=proposal.demand_score,
        votes=votes,
        version=proposal.version,
        created_at=proposal.created_at,
        updated_at=changed_at or proposal.updated_at,
    )


def proposal_list(
    page: Page[ProposalRow], changed_at: Mapping[str, datetime], *, changes: bool, since: datetime | None
) -> ProposalList:
    """A page of the backlog; in the order of changes with the time to poll from next."""
    latest = changed_at[page.items[-1].proposal.id] if page.items else None
    poll_from = max(latest - OVERLAP, since or latest - OVERLAP) if latest else since
    return ProposalList(
        data=[
            proposal_out(row.proposal, votes=row.votes, changed_at=changed_at[row.proposal.id]) for row in page.items
        ],
        meta=BacklogMeta(next_cursor=page.next_cursor, poll_from=poll_from if changes else None),
    )
