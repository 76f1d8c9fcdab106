"""Sources: files and pushes that were read, their rejected rows, and uploads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, allowed, runner_of, settings_of
from api.envelopes import Cursor, Limit, Many, One, many
from api.errors import documented
from api.found import found
from api.idempotency import Writing
from api.schemas.jobs import JobOut
from api.schemas.sources import RejectedRowOut, SourceOut
from api.uploads import NoOtherFields, Uploaded, start_ingest
from review.permissions import Permission
from store.repositories import sources

router = APIRouter(prefix="/sources", tags=["sources"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.POST_READ))]


@router.get("", summary="What was read", dependencies=_READ, responses=documented(422))
def listed(
    session: DbSession,
    *,
    channel: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]+$", description="A channel's id")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[SourceOut]:
    """Newest first."""
    page = sources.listed(session, channel=channel, cursor=cursor, limit=limit)
    return many(page, SourceOut.model_validate)


@router.get("/{source_id}", summary="One source", dependencies=_READ, responses=documented(404, 422))
def one(session: DbSession, source_id: Id) -> One[SourceOut]:
    """What became of its rows, in counts."""
    return One(data=SourceOut.model_validate(found(sources.get(session, source_id), "source", source_id)))


@router.get(
    "/{source_id}/rejected",
    summary="Rows that could not become posts",
    dependencies=_READ,
    responses=documented(404, 422),
)
def rejected(session: DbSession, source_id: Id, cursor: Cursor = None, limit: Limit = 50) -> Many[RejectedRowOut]:
    """In the order of the file, each with its reason."""
    found(sources.get(session, source_id), "source", source_id)
    page = sources.rejected(session, source_id, cursor=cursor, limit=limit)
    return many(page, RejectedRowOut.model_validate)


@router.post(
    "",
    summary="Upload an export file",
    status_code=202,
    response_model=One[JobOut],
    dependencies=[Depends(allowed(Permission.POST_WRITE)), NoOtherFields],
    responses=documented(413, 422),
)
def upload(request: Request, write: Writing, sent: Uploaded) -> Response:
    """Answers the job that reads it; the source appears when the job has run."""
    write = write.covering(sent.digest()) if write.key else write

    def act() -> One[JobOut]:
        job = start_ingest(write.session, write.principal, runner_of(request), settings_of(request), sent)
        return One(data=JobOut.model_validate(job))

    return write.once(act, status=202)
