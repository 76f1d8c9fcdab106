"""The draft queue: one item fills the screen, claimed while it is open; the next one follows a decision at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, SignedIn, allowed, settings_of
from api.found import found
from api.pages import keys
from api.pages.flash import Flash, Undo
from api.pages.rendering import go, is_partial, render, translator
from api.pages.views.decided import recall_view, recent_decisions
from api.pages.views.drafts import DeskView, DraftItem, Held, draft_item
from api.pages.views.queue_head import ShellView, queue_head
from review import drafts as review
from review.errors import Conflict
from review.permissions import Permission, may
from review.principals import Principal
from store.repositories import desk, drafts
from store.repositories.draft_order import QueueOrder
from store.tables import Draft

router = APIRouter(prefix="/drafts", include_in_schema=False)

_READ = [Depends(allowed(Permission.DRAFT_READ))]
_DECIDE = [Depends(allowed(Permission.DRAFT_DECIDE))]
Version = Annotated[int | None, Form(ge=1)]


def order_of(request: Request, principal: Principal) -> QueueOrder:
    """The queue as this person sees it now, against the promise of the settings."""
    return review.order_for(principal, promise=settings_of(request).answer_promise)


@router.get("", dependencies=_READ)
def queue(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """The desk, which opens the most urgent draft once it is shown: looking must not claim, opening does."""
    return _shell(request, session, principal, "/drafts/next")


@router.get("/keys", dependencies=_READ)
def key_help(request: Request, principal: SignedIn) -> Response:
    """What the keys do."""
    return render(request, "sheets/keys.html", principal=principal, keys=keys.QUEUE_KEYS)


@router.get("/head", dependencies=_READ)
def head(
    request: Request, session: DbSession, principal: SignedIn, tab: Literal["queue", "groups", "decided"] = "queue"
) -> Response:
    """The tabs and figures anew, when something changed elsewhere."""
    head = queue_head(session, translator(request), order_of(request, principal))
    return render(request, "parts/draft_head.html", principal=principal, head=head, tab=tab)


@router.post("/next", dependencies=_READ)
def open_next(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """Claim the most urgent free draft, or show it to somebody who may only read."""
    order = order_of(request, principal)
    return _desk(request, session, principal, order, _open_next(session, principal, order))


@router.get("/{draft_id}", dependencies=_READ)
def one(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """The desk with a certain draft."""
    found(drafts.get(session, draft_id), "draft", draft_id)
    return _shell(request, session, principal, f"/drafts/{draft_id}/claim")


@router.get("/{draft_id}/ahead", dependencies=_READ)
def ahead(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """The item that would follow this one, unclaimed, so that the browser has it before it is asked for."""
    order = order_of(request, principal)
    following = review.following(session, order, draft_id)
    item = draft_item(session, translator(request), order, following) if following else None
    if item is None:
        return Response(status_code=204)
    return render(request, "parts/desk_item.html", principal=principal, item=item)


@router.get("/{draft_id}/alone", dependencies=_READ)
def alone(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """One draft to look at beside its group, where it is decided: neither claimed here nor let go."""
    item = _item(request, session, principal, draft_id)
    return render(request, "draft_alone.html", principal=principal, item=item)


@router.post("/{draft_id}/claim", dependencies=_READ)
def claim(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """Open this draft; where somebody else has it or decided it, say who and when."""
    order = order_of(request, principal)
    if may(principal, Permission.DRAFT_DECIDE):
        try:
            review.claim(session, principal, draft_id)
        except Conflict as refusal:
            return _desk(request, session, principal, order, None, held=_held(request, refusal))
    return _desk(request, session, principal, order, draft_id)


@router.post("/{draft_id}/renew", dependencies=_DECIDE)
def renew(request: Request, session: DbSession, principal: SignedIn, draft_id: Id, version: Version = None) -> Response:
    """Sent by the editor while it is typed in: the claim anew. Where it was lost, the editor says so and keeps the
    words."""
    try:
        claimed = review.renew(session, principal, draft_id, version=version)
    except Conflict as refusal:
        message = refusal.message_zh if translator(request).language == "zh" else str(refusal)
        answer = render(request, "parts/claim_lost.html", principal=principal, message=message, draft_id=draft_id)
        answer.headers["HX-Retarget"] = "#editor-actions"
        answer.headers["HX-Reswap"] = "innerHTML"
        return answer
    return render(request, "parts/claim.html", principal=principal, until=claimed.claim_expires_at)


@router.post("/{draft_id}/release", dependencies=_DECIDE)
def release(session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """Sent by the browser as the moderator leaves."""
    review.release(session, principal, draft_id)
    return Response(status_code=204)


@router.post("/{draft_id}/approve", dependencies=_DECIDE)
def approve(
    request: Request, session: DbSession, principal: SignedIn, draft_id: Id, version: Version = None
) -> Response:
    """Accept as it stands, and on to the next."""

    def act() -> Draft:
        return review.approve(session, principal, draft_id, version=version)

    return _decided(request, session, principal, draft_id, act, "done.approved")


@router.get("/{draft_id}/edit", dependencies=_DECIDE)
def editor(request: Request, session: DbSession, principal: SignedIn, draft_id: Id, cancel: bool = False) -> Response:
    """The reply as a field, or as it was."""
    template = "parts/reply.html" if cancel else "parts/reply_editor.html"
    return render(request, template, principal=principal, item=_item(request, session, principal, draft_id))


@router.post("/{draft_id}/edit", dependencies=_DECIDE)
def edit(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    draft_id: Id,
    text: Annotated[str, Form(max_length=20_000)],
    version: Version = None,
) -> Response:
    """Accept in the moderator's own words, and on to the next."""

    def act() -> Draft:
        return review.edit(session, principal, draft_id, text=text.replace("\r\n", "\n"), version=version)

    return _decided(request, session, principal, draft_id, act, "done.edited")


@router.get("/{draft_id}/reject", dependencies=_DECIDE)
def reject_sheet(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """Why it is rejected."""
    item = _item(request, session, principal, draft_id)
    return render(request, "sheets/reject.html", principal=principal, item=item)


@router.post("/{draft_id}/reject", dependencies=_DECIDE)
def reject(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    draft_id: Id,
    reason: Annotated[Literal["wrong", "outdated", "tone", "not_needed", "other"], Form()],
    words: Annotated[str, Form(max_length=1000)] = "",
    version: Version = None,
) -> Response:
    """Reject with a reason, and on to the next."""
    t, own = translator(request), words.strip()
    said = t(f"reject.reason.{reason}")

    def act() -> Draft:
        why = t("reject.with_words", reason=said, words=own) if own else said
        return review.reject(session, principal, draft_id, reason=why, version=version)

    return _decided(request, session, principal, draft_id, act, "done.rejected")


@router.post("/{draft_id}/skip", dependencies=_READ)
def skip(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """Put it back and to the end of this person's queue; somebody who may only read just goes on."""
    order = order_of(request, principal)
    following = review.following(session, order, draft_id)
    if may(principal, Permission.DRAFT_DECIDE):
        review.skip(session, principal, draft_id)
    # nothing else waits: what was passed over comes round again
    opened = _open_next(session, principal, order, first=following)
    return _desk(request, session, principal, order, opened)


@router.post("/{draft_id}/next", dependencies=_READ)
def further(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """One down the queue."""
    return _move(request, session, principal, draft_id, "next")


@router.post("/{draft_id}/previous", dependencies=_READ)
def back(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """One up the queue."""
    return _move(request, session, principal, draft_id, "previous")


@router.post("/{draft_id}/reopen", dependencies=_DECIDE)
def reopen(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    draft_id: Id,
    version: Version = None,
    leaving: Annotated[str, Form(max_length=60)] = "",
    recall: Annotated[bool, Form()] = False,
) -> Response:
    """Take a decision back; the draft is on the desk again, and what lay there (`leaving`) goes back into the queue.
    Where the reply has gone out, a sheet says so and asks once more."""
    try:
        review.reopen(session, principal, draft_id, version=version, recall=recall)
    except Conflict as refusal:
        if refusal.code != "already_sent" or not is_partial(request):
            raise
        return _recall_sheet(request, session, principal, draft_id, on_desk=True, leaving=leaving)
    let_go(session, principal, leaving)
    flash = Flash("done.recalled" if recall else "done.reopened")
    if not is_partial(request):
        return go(request, f"/drafts/{draft_id}", flash)
    return _desk(request, session, principal, order_of(request, principal), draft_id, flash=flash)


@router.get("/{draft_id}/recall", dependencies=_DECIDE)
def recall_sheet(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """What taking back a reply that has gone out means."""
    return _recall_sheet(request, session, principal, draft_id, on_desk=False)


def _recall_sheet(
    request: Request, session: Session, principal: Principal, draft_id: str, *, on_desk: bool, leaving: str = ""
) -> Response:
    view = recall_view(review.recall_offer(session, principal, draft_id), on_desk=on_desk, leaving=leaving)
    answer = render(request, "sheets/recall.html", principal=principal, view=view)
    answer.headers["HX-Retarget"] = "#dialog"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def _open_next(session: Session, principal: Principal, order: QueueOrder, first: str | None = None) -> str | None:
    if may(principal, Permission.DRAFT_DECIDE):
        draft = review.open_next(session, principal, order, first=first)
        return draft.id if draft else None
    return first or drafts.first_free(session, order, now=datetime.now(UTC))


def let_go(session: Session, principal: Principal, draft_id: str) -> None:
    """Back into the queue, if it was this person's."""
    draft = drafts.get(session, draft_id)
    if draft is not None and draft.status == "claimed" and draft.claimed_by == principal.id:
        review.release(session, principal, draft_id)


def _move(
    request: Request, session: Session, principal: Principal, draft_id: str, step: Literal["next", "previous"]
) -> Response:
    found(drafts.get(session, draft_id), "draft", draft_id)
    order = order_of(request, principal)
    beside = desk.beside(session, draft_id, order, step=step, now=datetime.now(UTC))
    if beside is None:
        return _desk(request, session, principal, order, draft_id, flash=Flash(f"drafts.no_{step}"))
    let_go(session, principal, draft_id)
    if may(principal, Permission.DRAFT_DECIDE):
        review.claim(session, principal, beside)
    return _desk(request, session, principal, order, beside)


def _decided(
    request: Request, session: Session, principal: Principal, draft_id: str, act: Callable[[], Draft], key: str
) -> Response:
    """Decide; then the item below, claimed, and a way to take the decision back."""
    order = order_of(request, principal)
    following = review.following(session, order, draft_id)
    version = act().version
    opened = _open_next(session, principal, order, first=following)
    fields = (("version", str(version)), ("leaving", opened or ""))
    undo = Undo(f"/drafts/{draft_id}/reopen", fields, "#desk", "innerHTML")
    return _desk(request, session, principal, order, opened, flash=Flash(key, undo=undo))


def _item(request: Request, session: Session, principal: Principal, draft_id: str) -> DraftItem:
    return found(draft_item(session, translator(request), order_of(request, principal), draft_id), "draft", draft_id)


def _held(request: Request, refusal: Conflict) -> Held:
    t = translator(request)
    until = refusal.details.get("until")
    moment = datetime.fromisoformat(until).astimezone(t.zone).strftime("%H:%M") if isinstance(until, str) else ""
    who = refusal.details.get("claimed_by") or refusal.details.get("changed_by") or t("drafts.held_nobody")
    status = refusal.details.get("status")
    decided = t(f"draft.status.{status}") if status and status != "claimed" else ""
    return Held(str(who), moment, decided)


def _shell(request: Request, session: Session, principal: Principal, opens: str) -> Response:
    view = ShellView(opens, keys.as_json(), queue_head(session, translator(request), order_of(request, principal)))
    return render(request, "drafts.html", principal=principal, view=view)


def _desk(
    request: Request,
    session: Session,
    principal: Principal,
    order: QueueOrder,
    draft_id: str | None,
    *,
    held: Held | None = None,
    flash: Flash | None = None,
) -> Response:
    """The item on the desk. Without script: the page that shows it."""
    if not is_partial(request):
        return go(request, f"/drafts/{draft_id}" if draft_id else "/drafts/decided", flash)
    t = translator(request)
    item = _item(request, session, principal, draft_id) if draft_id else None
    recent = recent_decisions(session, t, principal)
    view = DeskView(item=item, held=held, head=queue_head(session, t, order), recent=recent)
    answer = render(request, "parts/desk.html", principal=principal, view=view, flash=flash)
    answer.headers["HX-Replace-Url"] = f"/drafts/{draft_id}" if draft_id else "/drafts"
    return answer
