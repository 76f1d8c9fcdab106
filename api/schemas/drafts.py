"""Drafts: proposed replies, each sentence with its sources; and what moderators decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, Self

from pydantic import Field

from api.schemas.fields import LongText, Note, Output, Versioned
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


class DraftDecision(Versioned):
    """Approve, publish or reopen as it stands."""


class DraftEdit(Versioned):
    """Approve in other words."""

    text: LongText


class DraftRejection(Versioned):
    """Refuse, and say why."""

    reason: Note
