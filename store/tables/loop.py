"""How the loop closes: knowledge, drafts, proposals, votes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Json, UtcDateTime


def _own_theme(context: DefaultExecutionContext) -> str:
    return str(context.get_current_parameters()["theme_id"])  # type: ignore[no-untyped-call]


class Knowledge(Base):
    """Something a reply may rest on."""

    __tablename__ = "knowledge"
    __table_args__ = (
        CheckConstraint("kind IN ('faq', 'release_note', 'known_issue', 'approved_reply')", name="kind_known"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)  # the id its owner knows it by
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    product: Mapped[str] = mapped_column(String(100), default="")
    product_version: Mapped[str] = mapped_column(String(100), default="")
    source_updated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Draft(Base):
    """A proposed reply. `published` can only follow a person's decision; the database refuses otherwise."""

    __tablename__ = "drafts"
    __table_args__ = (
        CheckConstraint(
            "status IN ('proposed', 'claimed', 'approved', 'edited', 'rejected', 'expired', 'published')",
            name="status_known",
        ),
        CheckConstraint(
            "status NOT IN ('approved', 'edited', 'rejected', 'published') OR decided_by IS NOT NULL",
            name="decided_by_a_person",
        ),
        CheckConstraint("status <> 'claimed' OR claimed_by IS NOT NULL", name="claimed_has_owner"),
        Index("ix_drafts_status_priority_id", "status", "priority", "id"),
        Index("ix_drafts_decided_by_at", "decided_by", "decided_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), unique=True)  # one living draft a post
    theme_id: Mapped[str | None] = mapped_column(ForeignKey("themes.id"), index=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"))
    status: Mapped[str] = mapped_column(String(20), default="proposed")
    drafter: Mapped[str] = mapped_column(String(60))
    # [{"text", "kind", "sources": [knowledge ids], "reason": why it was struck, for kind "struck" only}]
    sentences: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    gaps: Mapped[list[str]] = mapped_column(Json, default=list)
    confidence: Mapped[float]
    needs_person: Mapped[bool]
    priority: Mapped[float] = mapped_column(default=0.0)
    final_text: Mapped[str | None] = mapped_column(Text)
    reject_reason: Mapped[str | None] = mapped_column(Text)
    claimed_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    claim_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(String(40), default="")  # why the system changed it: a key of review.draft_expiry
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Proposal(Base):
    """A theme put before contributors in the voting queue."""

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint(
            "status IN ('received', 'under_review', 'voting', 'accepted', 'in_progress', 'shipped', 'declined',"
            " 'merged')",
            name="status_known",
        ),
        CheckConstraint("status <> 'declined' OR reason <> ''", name="declined_has_reason"),
        CheckConstraint("(status = 'merged') = (merged_into IS NOT NULL)", name="merged_has_target"),
        Index("ix_proposals_updated_id", "updated_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    theme_id: Mapped[str] = mapped_column(ForeignKey("themes.id"), unique=True)  # a theme goes to the ballot once
    # The theme it began as: merges of themes move theme_id, and their undo needs the way back.
    routed_from: Mapped[str] = mapped_column(ForeignKey("themes.id"), index=True, default=_own_theme)
    title: Mapped[str] = mapped_column(String(200))
    problem: Mapped[str] = mapped_column(Text)  # in people's words
    status: Mapped[str] = mapped_column(String(20), default="received")
    reason: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")  # the note of the latest status change
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("proposals.id"), index=True)
    status_before_merge: Mapped[str | None] = mapped_column(String(20))  # what unmerge goes back to
    merged_with_theme: Mapped[bool] = mapped_column(default=False)  # the merge followed its theme's, and its undo will
    first_reporters: Mapped[list[str]] = mapped_column(Json, default=list)  # author ids, earliest first
    people: Mapped[int] = mapped_column(default=0)  # at the time of routing, as the next three
    mentions: Mapped[int | None]  # NULL: routed before these were noted
    channels: Mapped[int | None]
    products: Mapped[int | None]
    demand_score: Mapped[float] = mapped_column(default=0.0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Vote(Base):
    """One per person per proposal; counts are always recounted, never stored.

    A vote that a person set aside (`excluded_…`) stays, is shown, and does not count.
    """

    __tablename__ = "votes"
    __table_args__ = (
        UniqueConstraint("proposal_id", "voter"),
        Index("ix_votes_counted", "proposal_id", "excluded_at", "voter"),  # totals are read from it alone
        CheckConstraint(
            "(excluded_at IS NULL) = (excluded_by IS NULL) AND (excluded_at IS NULL) = (exclusion_reason = '')",
            name="excluded_by_somebody_for_a_reason",
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id"))
    voter: Mapped[str] = mapped_column(String(60), index=True)  # an author id, or a user id
    cast_by: Mapped[str] = mapped_column(String(60))  # the principal that cast it: the voter, or on behalf
    provenance: Mapped[str] = mapped_column(Text, default="")  # why, when cast on behalf of somebody
    link: Mapped[str] = mapped_column(String(500), default="")  # where they said so
    excluded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    excluded_by: Mapped[str | None] = mapped_column(String(60))
    exclusion_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
