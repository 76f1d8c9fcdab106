"""Drafts that lost their ground: returned when their source goes out of use, expired when they waited too long."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from review import versions
from review.audit import record
from review.errors import StaleVersion
from review.principals import SYSTEM
from store.repositories import drafting, drafts
from store.repositories.answer_figures import TOO_OLD, WAITING
from store.repositories.draft_order import READY
from store.tables import Draft

WITHDRAWN: Final = "source_withdrawn"  # notes on drafts; pages say them in words
POST_GONE: Final = "post_gone"
_STRUCK: Final = {"kind": "struck", "reason": "withdrawn"}


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was done to drafts."""

    expired: int
    returned: int


def tidy(session: Session, *, oldest: timedelta | None, now: datetime | None = None) -> Tidied:
    """Expire drafts whose post is gone or that have waited longer than `oldest` (None: never), unless somebody is at
    them; return those whose sources went out of use. Running it twice changes nothing."""
    now = now or datetime.now(UTC)
    expired = sum(_expire(session, draft_id, POST_GONE, now) for draft_id in drafting.of_empty_posts(session))
    if oldest is not None:
        stale = drafting.waiting_since_before(session, now - oldest, now=now)
        expired += sum(_expire(session, draft_id, TOO_OLD, now) for draft_id in stale)
    return Tidied(expired, return_resting_on(session, drafting.withdrawn_sources(session), now=now))


def return_resting_on(session: Session, sources: Mapping[str, Collection[str]], *, now: datetime | None = None) -> int:
    """Strike what rests on nothing but these sources (draft id -> knowledge ids) and put the drafts back into the
    queue, whoever holds them: nobody shall approve what is no longer known. How many drafts changed."""
    now = now or datetime.now(UTC)
    return sum(_return(session, draft_id, frozenset(gone), now) for draft_id, gone in sorted(sources.items()))


def _expire(session: Session, draft_id: str, note: str, now: datetime) -> int:
    draft = drafts.locked(session, draft_id)
    if draft is None or draft.status not in WAITING:
        return 0
    before = {"status": draft.status, "claimed_by": draft.claimed_by}
    if not _advanced(session, draft, now):
        return 0
    draft.status, draft.note = "expired", note
    draft.claimed_by = draft.claim_expires_at = None
    record(session, SYSTEM, "draft.expired", "draft", draft_id, before=before, after={"status": "expired", "why": note})
    session.flush()
    return 1


def _return(session: Session, draft_id: str, gone: frozenset[str], now: datetime) -> int:
    draft = drafts.locked(session, draft_id)
    if draft is None or draft.status not in WAITING:
        return 0
    sentences = [_struck(sentence, gone) for sentence in draft.sentences]
    if sentences == list(draft.sentences):
        return 0
    before = {"status": draft.status, "claimed_by": draft.claimed_by, "needs_person": draft.needs_person}
    if not _advanced(session, draft, now):
        return 0
    draft.sentences, draft.status, draft.note = sentences, "proposed", WITHDRAWN
    draft.claimed_by = draft.claim_expires_at = None
    if not draft.needs_person and not _grounded(sentences):
        draft.needs_person = True
        draft.priority = max(draft.priority - READY, 0.0)  # it has nothing to send any more
    after = {"status": "proposed", "why": WITHDRAWN, "needs_person": draft.needs_person}
    record(session, SYSTEM, "draft.returned", "draft", draft_id, before=before, after=after)
    session.flush()
    return 1


def _advanced(session: Session, draft: Draft, now: datetime) -> bool:
    """Whether nobody else changed it this very moment; if so the next look sees what is left to do."""
    try:
        versions.advance(session, draft, now=now)
    except StaleVersion:
        return False
    return True


def _struck(sentence: Mapping[str, Any], gone: frozenset[str]) -> dict[str, Any]:
    """The sentence, struck where all it rests on is gone. Its sources stay, to be shown."""
    sources = sentence.get("sources") or ()
    rests_on_nothing = bool(sources) and gone.issuperset(sources)
    return {**sentence, **_STRUCK} if rests_on_nothing and sentence.get("kind") != "struck" else dict(sentence)


def _grounded(sentences: Sequence[Mapping[str, Any]]) -> bool:
    return any(sentence.get("sources") and sentence.get("kind") != "struck" for sentence in sentences)
