"""Drafts: proposed replies, each sentence with its sources; and what moderators decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, Self

from pydantic import Field

from api.schemas.fields import LongText, Name, Note, Output, ShortText, Versioned
from store.repositories.drafts import DraftRow

DraftStatus = Literal["proposed", "claimed", "approved", "edited", "rejected", "expired", "published"]


class SentenceOut(Output):
    """One sentence of a reply, and the knowledge it rests on. One of kind `struck` is no part of the reply."""

    text: str
    kind: str
    sources: list[str]
    reason: str | None = Field(None, description="Why it was struck")


class DraftOut(Output):
    """A proposed reply to a post."""

    id: str
    post_id: str
    theme_id: str | None
    status: DraftStatus
    drafter: str
    sentences: list[SentenceOut]
    gaps: list[str]
    confidence: float
    needs_person: bool
    priority: float
    final_text: str | None
    reject_reason: str | None
    claimed_by: str | None
    claim_expires_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    published_at: datetime | None
    note: str = Field(description="Why the system changed it: source_withdrawn, too_old, post_gone, or empty")
    version: int
    created_at: datetime
    updated_at: datetime


class WaitingDraftOut(DraftOut):
    """A draft as it is read: with the response clock of its post, and the knowledge its reply became."""

    waiting_since: datetime = Field(description="When the post was written; when it came in, where it has no time")
    due_at: datetime = Field(description="Until when a first answer is promised")
    knowledge_id: str | None = Field(description="The entry that a second look made of the reply")

    @classmethod
    def of(cls, row: DraftRow, promise: timedelta) -> Self:
        since = row.post.posted_at or row.post.created_at
        plain = DraftOut.model_validate(row.draft).model_dump()
        return cls(**plain, waiting_since=since, due_at=since + promise, knowledge_id=row.knowledge_id)


class AnswerFiguresOut(Output):
    """How soon and how well people were answered in a span; shares are 0 to 1, null where nothing was counted."""

    since: datetime
    until: datetime
    promise_hours: float
    answered: int
    published: int
    rejected: int
    missed: int = Field(description="Still without an answer when their promise ran out in the span, and to this day")
    hours_median: float | None = Field(description="From post to answer")
    hours_p90: float | None
    within_promise: int
    within_promise_share: float | None = Field(description="Of answered and missed together")
    drafted: int = Field(description="Answered, and the draft had an answer to offer")
    unchanged: int
    unchanged_share: float | None = Field(description="Of drafted: sent word for word")
    edit_distance_mean: float | None = Field(description="Of drafted: 0 word for word, 1 nothing kept")
    without_knowledge: int
    without_knowledge_share: float | None


class DraftAdoption(Versioned):
    """A reply as knowledge for the next drafts."""

    title: Name
    body: LongText
    product: ShortText = ""
    product_version: ShortText = ""
    looked_again: bool = Field(False, description="Who approved the reply says that they looked at it again")
    despite_doubles: bool = Field(False, description="Add it though the knowledge says nearly the same (409 without)")


class DraftDecision(Versioned):
    """Approve or publish as it stands."""


class DraftReopening(Versioned):
    """Take a decision back."""

    recall: bool = Field(
        False, description="Also where the reply has gone out (409 `already_sent` without): `draft.reopened` is sent"
    )


class DraftEdit(Versioned):
    """Approve in other words."""

    text: LongText


class DraftRejection(Versioned):
    """Refuse, and say why."""

    reason: Note
