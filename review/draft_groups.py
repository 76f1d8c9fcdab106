"""Drafts that ask nearly the same or offer the very same reply: looked at together, approved each by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.orm import Session

from nlp.near_identical import group_near_identical
from review import drafts as rules
from review.errors import Conflict, ReviewError
from review.permissions import Permission, require_person
from review.principals import Principal
from store.repositories import desk
from store.repositories.answer_figures import offered_text
from store.repositories.draft_order import QueueOrder
from store.tables import Draft, Post

MOST_TOGETHER: Final = 20  # drafts of a group that are opened at once: as many as a person can look at


@dataclass(frozen=True, slots=True)
class DraftGroup:
    """Drafts that belong together, in the order of the queue."""

    members: tuple[tuple[Draft, Post], ...]

    @property
    def lead(self) -> str:
        """The id of its first draft, which the group is called by."""
        return self.members[0][0].id

    @property
    def same_reply(self) -> bool:
        """Whether all offer the very same reply."""
        return len({offered_text(draft.sentences) for draft, _ in self.members}) == 1


@dataclass(frozen=True, slots=True)
class Opened:
    """A group on somebody's screen: what they hold of it, and how many of it others took meanwhile."""

    members: tuple[tuple[Draft, Post], ...]
    taken: int
    left: int  # more of the same kind that did not fit


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one approval among several."""

    draft_id: str
    refusal: ReviewError | None


def groups(session: Session, order: QueueOrder, *, now: datetime | None = None) -> tuple[DraftGroup, ...]:
    """Groups of at least two drafts that this person could approve, those with the most urgent draft first.

    Two drafts are of a group when their posts say nearly the same, or their replies are the same word for word; so are
    those that a third one joins.
    """
    waiting = desk.waiting_drafts(session, order, now=now or datetime.now(UTC), needs_person=False)
    asked = group_near_identical([post.text for _, post in waiting])
    answered: dict[str, int] = {}
    replies = [answered.setdefault(offered_text(draft.sentences), len(answered)) for draft, _ in waiting]
    together: dict[int, list[tuple[Draft, Post]]] = defaultdict(list)
    for entry, component in zip(waiting, _joined([int(label) for label in asked], replies), strict=True):
        together[component].append(entry)
    return tuple(DraftGroup(tuple(members)) for members in together.values() if len(members) > 1)


def open_group(
    session: Session, principal: Principal, order: QueueOrder, draft_id: str, *, now: datetime | None = None
) -> Opened:
    """Claim the draft and those that belong to it, at most `MOST_TOGETHER`. What others hold stays theirs."""
    require_person(principal, Permission.DRAFT_DECIDE)
    now = now or datetime.now(UTC)
    found = next((group for group in groups(session, order, now=now) if _holds(group, draft_id)), None)
    members = found.members if found else ()
    mine, taken = [], 0
    for draft, post in members[:MOST_TOGETHER]:
        try:
            mine.append((rules.claim(session, principal, draft.id, now=now), post))
        except Conflict:
            taken += 1
    return Opened(tuple(mine), taken, max(len(members) - MOST_TOGETHER, 0))


def approve_each(session: Session, principal: Principal, picked: Sequence[tuple[str, int]]) -> tuple[Outcome, ...]:
    """Approve drafts, given with the version that was seen: one decision each, and a refused one stops no other."""
    require_person(principal, Permission.DRAFT_DECIDE)
    outcomes = []
    for draft_id, version in picked:
        try:
            with session.begin_nested():
                rules.approve(session, principal, draft_id, version=version)
            outcomes.append(Outcome(draft_id, None))
        except ReviewError as refusal:
            outcomes.append(Outcome(draft_id, refusal))
    return tuple(outcomes)


def _holds(group: DraftGroup, draft_id: str) -> bool:
    return any(draft.id == draft_id for draft, _ in group.members)


def _joined(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """For each place the least place that it is joined with: by the same label in one of the lists, or over others."""
    parent = list(range(len(one)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for labels in (one, other):
        first: dict[int, int] = {}
        for place, label in enumerate(labels):
            a, b = root(first.setdefault(label, place)), root(place)
            parent[max(a, b)] = min(a, b)
    return [root(place) for place in range(len(parent))]
