"""What was decided: to publish, to take back, or to keep as knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.excerpts import shortened
from api.pages.views.people import actor_names
from api.pages.views.queue_head import QueueHead
from review.drafts import Recall
from review.principals import Principal, Role
from store.repositories import desk, sent_replies
from store.repositories.answer_figures import ANSWERED
from store.repositories.desk import Decision

RECENT: Final = 10  # of a person's decisions, at hand beside the queue
_PAGE: Final = 30


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """A decision that was made, and what can be done with it."""

    id: str
    version: int
    status: str
    who: str
    at: datetime | None
    channel: str
    post_text: str
    text: str
    reason: str
    undoable: bool
    sent: bool  # it has gone out: taking it back has to be told
    publishable: bool
    adoptable: bool
    knowledge_id: str


@dataclass(frozen=True, slots=True)
class RecallView:
    """A reply that has gone out, before it is taken back."""

    id: str
    version: int
    text: str
    at: datetime
    told: int
    untold: int
    on_desk: bool
    leaving: str  # the draft on the desk, which goes back into the queue


@dataclass(frozen=True, slots=True)
class DecidedView:
    """Decisions, latest first."""

    rows: tuple[DecidedRow, ...]
    more: str
    head: QueueHead
    tab: str = "decided"


def recall_view(recall: Recall, *, on_desk: bool, leaving: str = "") -> RecallView:
    """What a person reads before they insist."""
    draft = recall.draft
    text = draft.final_text or ""
    return RecallView(draft.id, draft.version, text, recall.sent_at, recall.told, recall.untold, on_desk, leaving)


def decided_view(
    session: Session, t: Translator, principal: Principal, head: QueueHead, *, cursor: str | None
) -> DecidedView:
    """What everybody decided."""
    page = desk.decided(session, cursor=cursor, limit=_PAGE)
    more = f"/drafts/decided?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else ""
    return DecidedView(_rows(session, t, principal, page.items), more, head)


def recent_decisions(session: Session, t: Translator, principal: Principal) -> tuple[DecidedRow, ...]:
    """The last decisions of this person, the latest first."""
    if principal.kind != "user":
        return ()
    return _rows(session, t, principal, desk.decided(session, by=principal.id, limit=RECENT).items)


def _rows(session: Session, t: Translator, principal: Principal, found: Sequence[Decision]) -> tuple[DecidedRow, ...]:
    sent = sent_replies.of_drafts(session, {decision.draft.id for decision in found})
    names = actor_names(session, t, {decision.draft.decided_by or "" for decision in found})
    return tuple(
        DecidedRow(
            id=decision.draft.id,
            version=decision.draft.version,
            status=decision.draft.status,
            who=names[decision.draft.decided_by or ""],
            at=decision.draft.decided_at,
            channel=decision.channel_name,
            post_text=shortened(decision.post.text),
            text=decision.draft.final_text or "",
            reason=decision.draft.reject_reason or "",
            undoable=decision.draft.status != "published"
            and (decision.draft.decided_by == principal.id or principal.role is Role.ADMIN),
            sent=decision.draft.id in sent,
            publishable=decision.draft.status in ("approved", "edited"),
            adoptable=decision.draft.status in ANSWERED and decision.knowledge_id is None,
            knowledge_id=decision.knowledge_id or "",
        )
        for decision in found
    )
