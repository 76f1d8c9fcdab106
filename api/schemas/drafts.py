"""Drafts: proposed replies, each sentence with its sources; and what moderators decide."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from api.schemas.fields import LongText, Note, Output, Versioned

DraftStatus = Literal["proposed", "claimed", "approved", "edited", "rejected", "expired", "published"]


class SentenceOut(Output):
    """One sentence of a reply, and the knowledge it rests on."""

    text: str
    kind: str
    sources: list[str]


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
    version: int
    created_at: datetime
    updated_at: datetime


class DraftDecision(Versioned):
    """Approve, publish or reopen as it stands."""


class DraftEdit(Versioned):
    """Approve in other words."""

    text: LongText


class DraftRejection(Versioned):
    """Refuse, and say why."""

    reason: Note
