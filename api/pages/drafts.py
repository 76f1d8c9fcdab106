"""The draft queue: one item fills the screen, claimed while it is open; the next one follows a decision at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, SignedIn, allowed
from api.pages import keys
from api.pages.flash import Flash, Undo
from api.pages.rendering import go, is_partial, render, translator, wants_rows
from api.pages.views.drafts import DeskView, DraftItem, Held, decided_view, draft_item, waiting
from api.pages.views.drafts_shell import ShellView
from review import drafts as review
from review.errors import Conflict
from review.permissions import Permission, may
from review.principals import Principal
from review.versions import not_found
from store.repositories import desk, drafts

router = APIRouter(prefix="/drafts", include_in_schema=False)

_READ = [Depends(allowed(Permission.DRAFT_READ))]
_DECIDE = [Depends(allowed(Permission.DRAFT_DECIDE))]
Version = Annotated[int | None, Form(ge=1)]
SKIPPED_COOKIE: Final = "zhongsheng_skipped"
_MOST_SKIPPED: Final = 50


@router.get("", dependencies=_READ)
def queue(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """The desk, which opens the most urgent draft once it is shown: looking must not claim, opening does."""
    view = ShellView("/drafts/next", keys.as_json(), waiting(session))
    answer = render(request, "drafts.html", principal=principal, view=view)
    answer.delete_cookie(SKIPPED_COOKIE, path="/drafts")
    return answer


@router.get("/keys", dependencies=_READ)
def key_help(request: Request, principal: SignedIn) -> Response:
    """What the keys do."""
    return render(request, "sheets/keys.html", principal=principal, keys=keys.QUEUE_KEYS)


@router.get("/decided", dependencies=_READ)
def decided(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """What was decided, to publish or to take back."""
    view = decided_view(session, translator(request), principal, cursor=cursor)
    template = "parts/decided_more.html" if wants_rows(request) else "drafts_decided.html"
    return render(request, template, principal=principal, view=view)


@router.post("/next", dependencies=_READ)
def open_next(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """Claim the most urgent free draft, or show it to somebody who may only read."""
    return _desk(request, session, principal, _next_id(session, principal, _skipped(request)))


@router.get("/{draft_id}", dependencies=_READ)
def one(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """The desk with a certain draft."""
    if drafts.get(session, draft_id) is None:
        raise not_found("draft", draft_id)
    view = ShellView(f"/drafts/{draft_id}/claim", keys.as_json(), waiting(session))
    return render(request, "drafts.html", principal=principal, view=view)


@router.post("/{draft_id}/claim", dependencies=_READ)
def claim(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """Open this draft; where somebody else has it, say who and until when."""
    if may(principal, Permission.DRAFT_DECIDE):
        try:
            review.claim(session, principal, draft_id)
        except Conflict as refusal:
            return _desk(request, session, principal, None, held=_held(request, refusal))
    return _desk(request, session, principal, draft_id)


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
    draft = review.approve(session, principal, draft_id, version=version)
    return _after(request, session, principal, "done.approved", draft_id, draft.version)


@router.get("/{draft_id}/edit", dependencies=_DECIDE)
def editor(request: Request, session: DbSession, principal: SignedIn, draft_id: Id, cancel: bool = False) -> Response:
    """The reply as a field, or as it was."""
    template = "parts/reply.html" if cancel else "parts/reply_editor.html"
    return render(request, template, principal=principal, item=_item(request, session, draft_id))


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
    draft = review.edit(session, principal, draft_id, text=text.replace("\r\n", "\n"), version=version)
    return _after(request, session, principal, "done.edited", draft_id, draft.version)


@router.get("/{draft_id}/reject", dependencies=_DECIDE)
def reject_sheet(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """Why it is rejected."""
    return render(request, "sheets/reject.html", principal=principal, item=_item(request, session, draft_id))


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
    said = translator(request)(f"reject.reason.{reason}")
    own = words.strip()
    draft = review.reject(session, principal, draft_id, reason=f"{said}：{own}" if own else said, version=version)
    return _after(request, session, principal, "done.rejected", draft_id, draft.version)


@router.post("/{draft_id}/skip", dependencies=_READ)
def skip(request: Request, session: DbSession, principal: SignedIn, draft_id: Id) -> Response:
    """Put it back, and do not offer it again until the queue is opened anew."""
    _let_go(session, principal, draft_id)
    skipped = [*_skipped(request), draft_id][-_MOST_SKIPPED:]
    answer = _desk(request, session, principal, _next_id(session, principal, skipped))
    answer.set_cookie(SKIPPED_COOKIE, ".".join(skipped), path="/drafts", httponly=True, samesite="lax")
    return answer


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
    request: Request, session: DbSession, principal: SignedIn, draft_id: Id, version: Version = None
) -> Response:
    """Take a decision back; the draft is on the desk again."""
    review.reopen(session, principal, draft_id, version=version)
    if not is_partial(request):
        return go(request, f"/drafts/{draft_id}", Flash("done.reopened"))
    return _desk(request, session, principal, draft_id, flash=Flash("done.reopened"))


@router.post("/{draft_id}/publish", dependencies=_DECIDE)
def publish(
    request: Request, session: DbSession, principal: SignedIn, draft_id: Id, version: Version = None
) -> Response:
    """Mark an approved reply as published."""
    review.publish(session, principal, draft_id, version=version)
    return go(request, "/drafts/decided", Flash("done.published"))


def _skipped(request: Request) -> list[str]:
    return [part for part in request.cookies.get(SKIPPED_COOKIE, "").split(".") if part][-_MOST_SKIPPED:]


def _next_id(session: Session, principal: Principal, exclude: list[str]) -> str | None:
    if may(principal, Permission.DRAFT_DECIDE):
        draft = review.next_item(session, principal, exclude=exclude)
        return draft.id if draft else None
    return drafts.first_free(session, now=datetime.now(UTC), exclude=exclude)


def _let_go(session: Session, principal: Principal, draft_id: str) -> None:
    """Back into the queue, if it was this person's."""
    draft = drafts.get(session, draft_id)
    if draft is not None and draft.status == "claimed" and draft.claimed_by == principal.id:
        review.release(session, principal, draft_id)


def _move(
    request: Request, session: Session, principal: Principal, draft_id: str, step: Literal["next", "previous"]
) -> Response:
    draft = drafts.get(session, draft_id)
    if draft is None:
        raise not_found("draft", draft_id)
    found = desk.beside(session, draft, step=step, user_id=principal.id, now=datetime.now(UTC))
    if found is None:
        return _desk(request, session, principal, draft_id, flash=Flash(f"drafts.no_{step}"))
    _let_go(session, principal, draft_id)
    if may(principal, Permission.DRAFT_DECIDE):
        review.claim(session, principal, found)
    return _desk(request, session, principal, found)


def _item(request: Request, session: Session, draft_id: str) -> DraftItem:
    item = draft_item(session, translator(request), draft_id)
    if item is None:
        raise not_found("draft", draft_id)
    return item


def _held(request: Request, refusal: Conflict) -> Held:
    t = translator(request)
    until = refusal.details.get("until")
    moment = datetime.fromisoformat(until).astimezone(t.zone).strftime("%H:%M") if isinstance(until, str) else ""
    return Held(str(refusal.details.get("claimed_by") or t("drafts.held_nobody")), moment)


def _after(request: Request, session: Session, principal: Principal, key: str, draft_id: str, version: int) -> Response:
    """A decision was made: the next item, and a way to take the decision back."""
    undo = Undo(f"/drafts/{draft_id}/reopen", (("version", str(version)),), "#desk", "innerHTML")
    following = _next_id(session, principal, [*_skipped(request), draft_id])
    return _desk(request, session, principal, following, flash=Flash(key, undo=undo))


def _desk(
    request: Request,
    session: Session,
    principal: Principal,
    draft_id: str | None,
    *,
    held: Held | None = None,
    flash: Flash | None = None,
) -> Response:
    """The item on the desk. Without script: the page that shows it."""
    if not is_partial(request):
        return go(request, f"/drafts/{draft_id}" if draft_id else "/drafts/decided", flash)
    item = _item(request, session, draft_id) if draft_id else None
    view = DeskView(item=item, held=held, waiting=waiting(session))
    answer = render(request, "parts/desk.html", principal=principal, view=view, flash=flash)
    answer.headers["HX-Replace-Url"] = f"/drafts/{draft_id}" if draft_id else "/drafts"
    return answer
