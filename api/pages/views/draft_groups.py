"""Groups of nearly identical drafts: the list of them, and one with every post and reply to look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.pages.language import Translator
from api.pages.views.confidence import Confidence, confidence_of
from api.pages.views.excerpts import shortened
from api.pages.views.people import alias
from api.pages.views.queue_head import QueueHead
from api.pages.views.response_clock import Clock, clock
from review.draft_groups import DraftGroup, Opened, Outcome
from store.repositories.answer_figures import offered_text
from store.tables import Draft, Post


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group in the list."""

    lead: str
    count: int
    question: str
    reply: str
    same_reply: bool
    clock: Clock


@dataclass(frozen=True, slots=True)
class GroupsView:
    """All groups."""

    rows: list[GroupRow]
    head: QueueHead
    tab: str = "groups"


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One draft of a group: its post, the reply it offers, and what became of it."""

    id: str
    version: int
    who: str
    question: str
    reply: str
    confidence: Confidence
    clock: Clock
    approved: bool
    refusal: str


@dataclass(frozen=True, slots=True)
class BatchView:
    """A group on the screen."""

    lead: str
    items: list[BatchItem]
    taken: int
    left: int
    approved: int
    refused: int

    @property
    def open(self) -> list[BatchItem]:
        """What can still be approved here."""
        return [item for item in self.items if not item.approved and not item.refusal]


def groups_view(t: Translator, found: Sequence[DraftGroup], head: QueueHead, promise: timedelta) -> GroupsView:
    """The list, the group with the most urgent draft first."""
    rows = []
    for group in found:
        draft, post = group.members[0]
        rows.append(
            GroupRow(
                lead=group.lead,
                count=len(group.members),
                question=shortened(post.text),
                reply=shortened(offered_text(draft.sentences)),
                same_reply=group.same_reply,
                clock=clock(t, post.posted_at or post.created_at, promise),
            )
        )
    return GroupsView(rows, head)


def opened_view(t: Translator, lead: str, opened: Opened, promise: timedelta) -> BatchView:
    """A group that was just claimed."""
    items = [_item(t, draft, post, promise) for draft, post in opened.members]
    return BatchView(lead, items, opened.taken, opened.left, 0, 0)


def decided_batch(
    t: Translator,
    lead: str,
    members: Sequence[tuple[Draft, Post]],
    outcomes: Collection[Outcome],
    promise: timedelta,
) -> BatchView:
    """The group after its approvals, each with what became of it."""
    by_id: Mapping[str, Outcome] = {outcome.draft_id: outcome for outcome in outcomes}
    items = [_item(t, draft, post, promise, by_id.get(draft.id)) for draft, post in members]
    refused = sum(bool(item.refusal) for item in items)
    return BatchView(lead, items, 0, 0, sum(item.approved for item in items), refused)


def _item(t: Translator, draft: Draft, post: Post, promise: timedelta, outcome: Outcome | None = None) -> BatchItem:
    refusal = outcome.refusal if outcome else None
    said = (refusal.message_zh if t.language == "zh" else refusal.message) if refusal else ""
    return BatchItem(
        id=draft.id,
        version=draft.version,
        who=alias(t, post.author_id),
        question=post.text,
        reply=offered_text(draft.sentences),
        confidence=confidence_of(draft.confidence),
        clock=clock(t, post.posted_at or post.created_at, promise),
        approved=outcome is not None and refusal is None,
        refusal=said,
    )
