"""Drafts: the queue, claims, and decisions. No path here leads from proposed to published without a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, IfMatch, SignedIn, allowed, etag, seen_version, settings_of
from api.envelopes import Cursor, Limit, Many, One, many
from api.errors import documented
from api.found import found
from api.idempotency import Write, Writing
from api.schemas.drafts import (
    AnswerFiguresOut,
    DraftAdoption,
    DraftDecision,
    DraftEdit,
    DraftOut,
    DraftRejection,
    DraftReopening,
    DraftStatus,
    WaitingDraftOut,
)
from api.schemas.fields import InputTime
from api.schemas.knowledge import KnowledgeOut
from review import answers
from review import drafts as review
from review.permissions import Permission
from store.repositories import drafts
from store.repositories.answer_figures import answer_figures
from store.tables import Draft

router = APIRouter(prefix="/drafts", tags=["drafts"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.DRAFT_READ))]
_DECIDE = [Depends(allowed(Permission.DRAFT_DECIDE))]
_CLAIM_ERRORS = documented(404, 409, 422)
_SPAN: Final = timedelta(days=30)
_FIRST_DAY: Final = datetime.min.replace(tzinfo=UTC) + _SPAN  # no span begins before the calendar
_DECISION_ERRORS = documented(404, 409, 413, 422, 428)


@router.get("", summary="The queue", dependencies=_READ, responses=documented(422))
def queue(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    *,
    status: Annotated[list[DraftStatus] | None, Query(description="Repeatable; proposed without it")] = None,
    theme_id: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,60}$")] = None,
    claimed_by: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,60}$")] = None,
    needs_person: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[WaitingDraftOut]:
    """By demand times waiting time, overdue first; what the asking person passed over last. A cursor holds the moment
    of its first page, so that pages never overlap."""
    promise = settings_of(request).answer_promise
    order = review.order_for(principal, promise=promise)
    wanted = tuple(dict.fromkeys(status)) if status else ("proposed",)
    page = drafts.queue(
        session,
        order,
        status=wanted,
        theme_id=theme_id,
        claimed_by=claimed_by,
        needs_person=needs_person,
        cursor=cursor,
        limit=limit,
    )
    return many(page, lambda row: WaitingDraftOut.of(row, promise))


@router.get("/figures", summary="Figures of answering", dependencies=_READ, responses=documented(422))
def figures(
    request: Request,
    session: DbSession,
    *,
    since: Annotated[InputTime | None, Query(description="Inclusive; 30 days before `until` without it")] = None,
    until: Annotated[InputTime | None, Query(description="Exclusive; now without it")] = None,
) -> One[AnswerFiguresOut]:
    """Time to a first answer, share within the promise, share approved unchanged, edit distance."""
    end = until or datetime.now(UTC)
    start = since or max(end, _FIRST_DAY) - _SPAN
    promise = settings_of(request).answer_promise
    found = answer_figures(session, start, end, promise=promise)
    span = {"since": start, "until": end, "promise_hours": promise / timedelta(hours=1)}
    return One(data=AnswerFiguresOut.model_validate(span | asdict(found)))


@router.get("/{draft_id}", summary="One draft", dependencies=_READ, responses=documented(404, 422))
def one(request: Request, session: DbSession, draft_id: Id, response: Response) -> One[WaitingDraftOut]:
    """The draft with its sentences, their sources, its clock, and its ETag."""
    row = found(drafts.details(session, draft_id), "draft", draft_id)
    response.headers["ETag"] = etag(row.draft.version)
    return One(data=WaitingDraftOut.of(row, settings_of(request).answer_promise))


def _once(write: Write, act: Callable[[], Draft]) -> Response:
    def answer() -> One[DraftOut]:
        return One(data=DraftOut.model_validate(act()))

    return write.once(answer, headers=lambda sent: {"ETag": etag(sent.data.version)})


@router.post(
    "/{draft_id}/claim",
    summary="Claim",
    response_model=One[DraftOut],
    dependencies=_DECIDE,
    responses=_CLAIM_ERRORS,
)
def claim(write: Writing, draft_id: Id) -> Response:
    """Yours for a quarter of an hour; of two who claim at once exactly one gets it, the other a 409 naming them."""
    return _once(write, lambda: review.claim(write.session, write.principal, draft_id))


@router.post(
    "/{draft_id}/release",
    summary="Release a claim",
    response_model=One[DraftOut],
    dependencies=_DECIDE,
    responses=_CLAIM_ERRORS,
)
def release(write: Writing, draft_id: Id) -> Response:
    """Back into the queue."""
    return _once(write, lambda: review.release(write.session, write.principal, draft_id))


@router.post(
    "/{draft_id}/skip",
    summary="Pass over",
    response_model=One[DraftOut],
    dependencies=_DECIDE,
    responses=_CLAIM_ERRORS,
)
def skip(write: Writing, draft_id: Id) -> Response:
    """Back into the queue, and to the end of your own; nobody else's order changes."""
    return _once(write, lambda: review.skip(write.session, write.principal, draft_id))


@router.post(
    "/{draft_id}/approve",
    summary="Approve as it stands",
    response_model=One[DraftOut],
    dependencies=_DECIDE,
    responses=_DECISION_ERRORS,
)
def approve(write: Writing, draft_id: Id, body: DraftDecision, if_match: IfMatch) -> Response:
    """A draft that needs a person cannot be approved unedited (422)."""
    version = seen_version(if_match, body.version)
    return _once(write, lambda: review.approve(write.session, write.principal, draft_id, version=version))


@router.post(
    "/{draft_id}/edit",
    summary="Approve in your own words",
    response_model=One[DraftOut],
    dependencies=_DECIDE,
    responses=_DECISION_ERRORS,
)
def edit(write: Writing, draft_id: Id, body: DraftEdit, if_match: IfMatch) -> Response:
    """The text given is the reply."""
    version = seen_version(if_match, body.version)
    return _once(write, lambda: review.edit(write.session, write.principal, draft_id, text=body.text, version=version))


@router.post(
    "/{draft_id}/reject",
    summary="Reject",
    response_model=One[DraftOut],
    dependencies=_DECIDE,
    responses=_DECISION_ERRORS,
)
def reject(write: Writing, draft_id: Id, body: DraftRejection, if_match: IfMatch) -> Response:
    """With a reason."""
    version = seen_version(if_match, body.version)
    return _once(
        write, lambda: review.reject(write.session, write.principal, draft_id, reason=body.reason, version=version)
    )


@router.post(
    "/{draft_id}/reopen",
    summary="Take a decision back",
    response_model=One[DraftOut],
    dependencies=_DECIDE,
    responses=_DECISION_ERRORS,
)
def reopen(write: Writing, draft_id: Id, body: DraftReopening, if_match: IfMatch) -> Response:
    """Your own, while it is unpublished. A reply that has gone out is taken back only with `recall`."""
    version = seen_version(if_match, body.version)
    return _once(
        write,
        lambda: review.reopen(write.session, write.principal, draft_id, version=version, recall=body.recall),
    )


@router.post(
    "/{draft_id}/publish",
    summary="Publish",
    response_model=One[DraftOut],
    dependencies=_DECIDE,
    responses=_DECISION_ERRORS,
)
def publish(write: Writing, draft_id: Id, body: DraftDecision, if_match: IfMatch) -> Response:
    """Only what a person approved or edited."""
    version = seen_version(if_match, body.version)
    return _once(write, lambda: review.publish(write.session, write.principal, draft_id, version=version))


@router.post(
    "/{draft_id}/adopt",
    summary="Keep a reply as knowledge",
    response_model=One[KnowledgeOut],
    dependencies=_DECIDE,
    responses=_DECISION_ERRORS,
)
def adopt(write: Writing, draft_id: Id, body: DraftAdoption, if_match: IfMatch) -> Response:
    """A second look makes an approved reply knowledge for the next drafts; taking the decision back withdraws it."""
    version = seen_version(if_match, body.version)
    given = body.model_dump(exclude={"version"})

    def act() -> One[KnowledgeOut]:
        entry = answers.adopt(write.session, write.principal, draft_id, version=version, **given)
        return One(data=KnowledgeOut.model_validate(entry))

    return write.once(act, headers=lambda sent: {"ETag": etag(sent.data.version)})
