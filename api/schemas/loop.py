"""What closes the loop with contributors: votes under review, followers, releases, credit, ways in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.fields import AnyId, Input, InputTime, Name, Note, Output, ShortText, Versioned

Tier = Literal["core", "fan", "regular", "staff"]
Ids = Annotated[list[AnyId], Field(min_length=1, max_length=1_000)]
ProposalIds = Annotated[list[AnyId], Field(max_length=200, description="Proposals that ship with it")]
Notes = Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]


class TierOut(Output):
    """Votes of one tier of people."""

    tier: Tier
    votes: int
    weight: float


class TallyDetailOut(Output):
    """All counts of a proposal, merged ones included, side by side; recounted now."""

    proposal_id: str
    counted: int = Field(description="People whose votes count: the plain count")
    cast: int = Field(description="With the votes that were set aside")
    set_aside: int
    weighted: float = Field(description="The votes that count, each by the weight of its tier")
    by_tier: list[TierOut]
    flagged: int = Field(description="Votes that count and carry a signal")


class FlagOut(Output):
    """A reason to look at a vote; it changes no count."""

    signal: Literal["burst", "fresh_account", "shared_text"]
    detail: dict[str, int | None]
    created_at: datetime


class ReviewedVoteOut(Output):
    """A vote with where it came from and what speaks against it."""

    id: str
    proposal_id: str
    voter: str
    tier: Tier
    cast_by: str
    provenance: str
    link: str
    flags: list[FlagOut]
    excluded_at: datetime | None
    excluded_by: str | None
    exclusion_reason: str
    created_at: datetime


class VotesAside(Versioned):
    """Votes that shall not count, and why. Everyone's votes for the proposal go together."""

    votes: Ids
    reason: Reason


class VotesBack(Versioned):
    """Votes that shall count again."""

    votes: Ids


class FollowIn(Input):
    """Who wants to hear of the proposal."""

    follower: AnyId = Field(description="A contributor's author id")


class FollowersOut(Output):
    """How many people follow a proposal; everyone once, merged ones included."""

    proposal_id: str
    followers: int


class ReleaseOut(Output):
    """What shipped together."""

    id: str
    title: str
    notes: str
    product: str
    status: Literal["draft", "published"]
    released_at: datetime
    published_at: datetime | None
    proposals: list[str]
    version: int
    created_at: datetime
    updated_at: datetime


class ReleaseIn(Input):
    """A release, kept as a draft until it is published."""

    title: Name
    released_at: InputTime
    notes: Notes = ""
    product: ShortText = ""
    proposals: ProposalIds = Field(default_factory=list)


class ReleaseChange(Versioned):
    """The whole release anew; proposals of a published one can only be added to."""

    title: Name
    released_at: InputTime
    notes: Notes = ""
    product: ShortText = ""
    proposals: ProposalIds = Field(default_factory=list)


class ReleasePublish(Versioned):
    """Ship it: its proposals become shipped."""


class ReleaseGone(Output):
    """The draft is gone."""

    id: str
    discarded: Literal[True] = True


class CreditIn(Input):
    """The name that a person agreed to be thanked by, and where they said so."""

    display_name: Annotated[
        str, Field(min_length=1, max_length=30, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
    ]
    provenance: Note = Field(description="Where they said so")


class CreditOut(Output):
    """A consent to be named."""

    author_id: str
    display_name: str
    provenance: str
    recorded_by: str
    agreed_at: datetime


class CreditGone(Output):
    """The person is thanked by pseudonym again."""

    author_id: str
    withdrawn: Literal[True] = True


class LinkIn(Input):
    """Whom the link is for: a known author, or the id of a person on the platform whose posts come here."""

    author_id: AnyId | None = None
    platform: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] = Field(
        "native", description="As the posts carry it"
    )
    user: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = Field(
        "", description="The platform's own id of the person; it is hashed at once and not kept"
    )


class LinkOut(Output):
    """A link that lets one contributor in, once; it is not shown again."""

    author_id: str
    url: str
    expires_at: datetime


class LinksGone(Output):
    """How many links and sessions of the contributor ended."""

    author_id: str
    ended: int
