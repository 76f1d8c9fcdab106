"""Drafts: the queue, claims, and decisions. No path here leads from proposed to published without a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, IfMatch, SignedIn, allowed, etag, seen_version, settings_of
from api.envelopes import Cursor, Limit, Many, One, many
from api.errors import documented
from api.idempotency import Write, Writing
from api.routes.found import found
from api.schemas.drafts import DraftDecision, DraftEdit, DraftOut, DraftRejection, DraftStatus, WaitingDraftOut
from review import drafts as review
from review.permissions import Permission
from store.repositories import drafts
from store.tables import Draft

router = APIRouter(prefix="/drafts", tags=["drafts"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.DRAFT_READ))]
_DECIDE = [Depends(allowed(Permission.DRAFT_DECIDE))]
_CLAIM_ERRORS = documented(404, 409, 422)
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
def reopen(write: Writing, draft_id: Id, body: DraftDecision, if_match: IfMatch) -> Response:
    """Your own, while it is unpublished."""
    version = seen_version(if_match, body.version)
    return _once(write, lambda: review.reopen(write.session, write.principal, draft_id, version=version))


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
