"""The draft queue: claim, decide, take back, publish. Only a person decides, and only one at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from review import answers, versions
from review.audit import record
from review.errors import Conflict, Forbidden, Invalid
from review.outbound_events import RECALL
from review.permissions import Permission, require_person
from review.principals import Principal, Role
from review.wording import required
from store.repositories import desk, drafts, events, sent_replies, users
from store.repositories.answer_figures import PROMISE, offered_text
from store.repositories.draft_order import QueueOrder
from store.tables import Draft

CLAIM_MINUTES = 15
REPLY_LIMIT = 5_000
REASON_LIMIT = 2_000

_DECIDED = frozenset({"approved", "edited", "rejected"})
_MOST_RACES = 20  # claims lost to others in a row before the queue counts as empty


@dataclass(frozen=True, slots=True)
class Recall:
    """A reply that has left: since when, and to how many systems that hear of its recall, or do not."""

    draft: Draft
    event_id: str  # of the decision that left
    sent_at: datetime
    told: int
    untold: int


def order_for(principal: Principal, *, promise: timedelta = PROMISE, now: datetime | None = None) -> QueueOrder:
    """The order of the queue as this person sees it now; see `store.repositories.draft_order`."""
    return QueueOrder(now or datetime.now(UTC), promise, principal.id)


def claim(session: Session, principal: Principal, draft_id: str, *, now: datetime | None = None) -> Draft:
    """Take a draft for `CLAIM_MINUTES`; claiming one's own again extends it. Conflict says who holds it, until when."""
    require_person(principal, Permission.DRAFT_DECIDE)
    now = now or datetime.now(UTC)
    before = drafts.get(session, draft_id)
    if before is None:
        raise versions.not_found("draft", draft_id)
    earlier = {"status": before.status, "claimed_by": before.claimed_by}
    expires = now + timedelta(minutes=CLAIM_MINUTES)
    won = drafts.claim(session, draft_id, user_id=principal.id, now=now, expires_at=expires)
    draft = drafts.fresh(session, draft_id)
    if not won:
        raise _taken(session, draft)
    after = {"status": "claimed", "claimed_by": principal.id, "until": expires.isoformat()}
    record(session, principal, "draft.claimed", "draft", draft_id, before=earlier, after=after)
    session.flush()
    return draft


def renew(
    session: Session, principal: Principal, draft_id: str, *, version: int | None, now: datetime | None = None
) -> Draft:
    """Keep one's own claim while at work on it: `CLAIM_MINUTES` from now. The version stays, and the log has no line of
    it, for nothing was decided. Conflict says who has the draft meanwhile, StaleVersion who changed it."""
    draft = _opened(session, principal, draft_id, version)
    draft.claim_expires_at = (now or datetime.now(UTC)) + timedelta(minutes=CLAIM_MINUTES)
    session.flush()
    return draft


def following(
    session: Session, order: QueueOrder, draft_id: str, *, exclude: Collection[str] = (), now: datetime | None = None
) -> str | None:
    """The draft that comes after this one: the next further down that its person may open, else the first of all."""
    now = now or datetime.now(UTC)
    below = desk.beside(session, draft_id, order, step="next", now=now, exclude=exclude)
    return below or drafts.first_free(session, order, now=now, exclude=[draft_id, *exclude])


def open_next(
    session: Session,
    principal: Principal,
    order: QueueOrder,
    *,
    first: str | None = None,
    exclude: Collection[str] = (),
    now: datetime | None = None,
) -> Draft | None:
    """Claim the draft this person should look at: `first` if it can be had, what they hold already, else the most
    urgent free one. `exclude` are drafts they are done with. None where nothing waits."""
    require_person(principal, Permission.DRAFT_DECIDE)
    now = now or datetime.now(UTC)
    lost = set(exclude)
    for _ in range(_MOST_RACES):
        held = () if first else (draft.id for draft in drafts.held_by(session, principal.id, now=now))
        wanted = first or next((draft_id for draft_id in held if draft_id not in lost), None)
        wanted = wanted or drafts.first_free(session, order, now=now, exclude=lost)
        if wanted is None:
            return None
        try:
            return claim(session, principal, wanted, now=now)
        except Conflict:  # somebody was quicker
            lost.add(wanted)
            first = None
    return None


def skip(session: Session, principal: Principal, draft_id: str, *, now: datetime | None = None) -> Draft:
    """Pass a draft over: it goes back, and to the end of this person's queue. What somebody else holds or decided
    meanwhile is only passed over."""
    require_person(principal, Permission.DRAFT_DECIDE)
    now = now or datetime.now(UTC)
    draft = _locked(session, draft_id)
    drafts.skip(session, draft_id, user_id=principal.id, now=now)
    if draft.status == "claimed" and draft.claimed_by == principal.id:
        return _put_back(session, principal, draft, action="draft.skipped")
    record(session, principal, "draft.skipped", "draft", draft_id, before=_state(draft), after=_state(draft))
    session.flush()
    return draft


def release(session: Session, principal: Principal, draft_id: str) -> Draft:
    """Back into the queue. One's own claim, or an admin anybody's; a draft that nobody holds is left as it is."""
    require_person(principal, Permission.DRAFT_DECIDE)
    draft = _locked(session, draft_id)
    if draft.status == "proposed":
        return draft
    if draft.status != "claimed" or not _owns(principal, draft.claimed_by):
        raise _taken(session, draft)
    return _put_back(session, principal, draft)


def release_all(session: Session, principal: Principal) -> int:
    """Let go of everything this person holds, when they leave. How many drafts that was."""
    held = drafts.held_by(session, principal.id, now=datetime.min.replace(tzinfo=UTC))
    for draft in held:
        _put_back(session, principal, _locked(session, draft.id))
    return len(held)


def approve(session: Session, principal: Principal, draft_id: str, *, version: int | None) -> Draft:
    """Accept the draft word for word. Invalid where it needs a person's words."""
    draft = _opened(session, principal, draft_id, version)
    if draft.needs_person or not offered_text(draft.sentences).strip():
        raise Invalid(
            "needs_person", "Nothing known answers this post; write the reply yourself (edit) or reject the draft.",
            "该帖缺少可依据的知识，请改写后再通过，或驳回。", gaps=list(draft.gaps),
        )  # fmt: skip
    text = offered_text(draft.sentences)
    return _decide(session, principal, draft, status="approved", action="draft.approved", final_text=text)


def edit(session: Session, principal: Principal, draft_id: str, *, text: str, version: int | None) -> Draft:
    """Accept the draft in a person's own words, which become the reply."""
    draft = _opened(session, principal, draft_id, version)
    text = required(text, "text", "回复内容", limit=REPLY_LIMIT)
    return _decide(session, principal, draft, status="edited", action="draft.edited", final_text=text)


def reject(session: Session, principal: Principal, draft_id: str, *, reason: str, version: int | None) -> Draft:
    """Decline the draft, saying why."""
    draft = _opened(session, principal, draft_id, version)
    reason = required(reason, "reason", "驳回理由", limit=REASON_LIMIT)
    return _decide(session, principal, draft, status="rejected", action="draft.rejected", reject_reason=reason)


def recall_of(session: Session, draft: Draft) -> Recall | None:
    """What taking the decision back means for other systems; None where its reply has not left."""
    sent = sent_replies.of_drafts(session, [draft.id]).get(draft.id)
    if sent is None:
        return None
    hear = [
        endpoint.active and RECALL in endpoint.event_types
        for endpoint in sent_replies.receivers(session, sent.message_id)
    ]
    return Recall(draft, sent.event_id, sent.at, hear.count(True), hear.count(False))


def recall_offer(session: Session, principal: Principal, draft_id: str) -> Recall:
    """What a person should know before they take back a reply that has left."""
    require_person(principal, Permission.DRAFT_DECIDE)
    draft = drafts.get(session, draft_id)
    if draft is None:
        raise versions.not_found("draft", draft_id)
    recall = recall_of(session, draft)
    if recall is None:
        raise Conflict("not_sent", "This reply has not gone out.", "这条回复没有发出。", status=draft.status)
    return recall


def reopen(
    session: Session, principal: Principal, draft_id: str, *, version: int | None, recall: bool = False
) -> Draft:
    """Take one's own decision back while it is unpublished (an admin anybody's); the draft is claimed again.

    Knowledge that the reply became goes out of use with it. A reply that has left for other systems is not called back
    by this: Conflict `already_sent`, unless `recall` says that they shall be told.
    """
    require_person(principal, Permission.DRAFT_DECIDE)
    draft = _locked(session, draft_id)
    versions.check(session, draft, version)
    if draft.status not in _DECIDED:
        raise Conflict(
            "nothing_to_reopen", f"The draft is {draft.status}; only an unpublished decision can be taken back.",
            "只有尚未发布的审核决定可以撤回。", status=draft.status,
        )  # fmt: skip
    if not _owns(principal, draft.decided_by):
        raise Forbidden("not_your_decision", "Only who decided may take it back.", "只能撤回自己的决定。")
    sent = recall_of(session, draft)
    if sent is not None and not recall:
        raise Conflict(
            "already_sent", "The reply has gone out already; send `recall` to take it back all the same and to tell "
            "the systems that listen.", "这条回复已经发往外部系统，撤回重审收不回它；确认后才会撤回并通知对方。",
            sent_at=sent.sent_at.isoformat(), told=sent.told, untold=sent.untold,
        )  # fmt: skip
    now = datetime.now(UTC)
    before = _state(draft)
    answers.withdraw(session, principal, draft)
    versions.advance(session, draft, now=now)
    draft.status, draft.claimed_by = "claimed", principal.id
    draft.claim_expires_at = now + timedelta(minutes=CLAIM_MINUTES)
    draft.decided_by = draft.decided_at = draft.final_text = draft.reject_reason = None
    after = _state(draft) | ({"recalls": sent.event_id} if sent else {})
    record(session, principal, "draft.reopened", "draft", draft_id, before=before, after=after)
    session.flush()
    return draft


def publish(session: Session, principal: Principal, draft_id: str, *, version: int | None) -> Draft:
    """Mark an approved or edited draft as published. The database itself refuses any other way here."""
    require_person(principal, Permission.DRAFT_DECIDE)
    draft = _locked(session, draft_id)
    versions.check(session, draft, version)
    if draft.status not in {"approved", "edited"}:
        raise Conflict(
            "not_approved", f"The draft is {draft.status}; only an approved or edited one can be published.",
            "草稿须先通过审核才能发布。", status=draft.status,
        )  # fmt: skip
    now = datetime.now(UTC)
    before = _state(draft)
    versions.advance(session, draft, now=now)
    draft.status, draft.published_at = "published", now
    record(session, principal, "draft.published", "draft", draft_id, before=before, after=_state(draft))
    session.flush()
    return draft


def _opened(session: Session, principal: Principal, draft_id: str, version: int | None) -> Draft:
    """The draft for a decision: this person's claim, at the version they saw. A claim that ran out still serves
    while nobody else has taken the draft."""
    require_person(principal, Permission.DRAFT_DECIDE)
    draft = _locked(session, draft_id)
    if draft.status == "claimed" and draft.claimed_by != principal.id:
        raise _taken(session, draft)
    versions.check(session, draft, version)
    if draft.status == "proposed":
        raise Conflict("not_claimed", "Claim the draft first.", "请先认领该草稿。", status=draft.status)
    if draft.status != "claimed":
        raise _taken(session, draft)
    return draft


def _decide(
    session: Session,
    principal: Principal,
    draft: Draft,
    *,
    status: str,
    action: str,
    final_text: str | None = None,
    reject_reason: str | None = None,
) -> Draft:
    now = datetime.now(UTC)
    before = _state(draft)
    versions.advance(session, draft, now=now)
    draft.status, draft.decided_by, draft.decided_at = status, principal.id, now
    draft.final_text, draft.reject_reason = final_text, reject_reason
    draft.claimed_by = draft.claim_expires_at = None
    record(session, principal, action, "draft", draft.id, before=before, after=_state(draft), note=reject_reason or "")
    session.flush()
    return draft


def _put_back(session: Session, principal: Principal, draft: Draft, *, action: str = "draft.released") -> Draft:
    before = _state(draft)
    versions.advance(session, draft, now=datetime.now(UTC))
    draft.status = "proposed"
    draft.claimed_by = draft.claim_expires_at = None
    record(session, principal, action, "draft", draft.id, before=before, after=_state(draft))
    session.flush()
    return draft


def _locked(session: Session, draft_id: str) -> Draft:
    draft = drafts.locked(session, draft_id)
    if draft is None:
        raise versions.not_found("draft", draft_id)
    return draft


def _owns(principal: Principal, user_id: str | None) -> bool:
    return user_id == principal.id or principal.role is Role.ADMIN


def _state(draft: Draft) -> dict[str, str | None]:
    return {
        "status": draft.status, "claimed_by": draft.claimed_by, "final_text": draft.final_text,
        "post_id": draft.post_id, "theme_id": draft.theme_id,
    }  # fmt: skip


def _taken(session: Session, draft: Draft) -> Conflict:
    """Why this person cannot have the draft now, and who did what when."""
    if draft.status != "claimed":
        last = events.latest_of(session, "draft", draft.id)
        name = users.names(session, [last.actor]).get(last.actor) if last else None
        return Conflict(
            "draft_not_open", f"The draft is {draft.status} already{f'; {name} was quicker' if name else ''}.",
            f"该草稿已由{name}处理完毕。" if name else "该草稿已处理完毕。", status=draft.status,
            changed_by=name, changed_at=last.at.isoformat() if last else None,
        )  # fmt: skip
    holder = draft.claimed_by or ""
    name = users.names(session, [holder]).get(holder, holder)
    until = draft.claim_expires_at.isoformat() if draft.claim_expires_at else None
    return Conflict(
        "claimed_by_other", f"{name} has claimed this draft until {until}.", f"该草稿已被{name}认领。",
        claimed_by=name, until=until,
    )  # fmt: skip
