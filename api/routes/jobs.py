"""Jobs: long work, how far it is, starting and cancelling it."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, allowed, runner_of
from api.envelopes import Cursor, Limit, Many, One, many
from api.errors import documented
from api.found import found
from api.idempotency import Writing
from api.schemas.jobs import JobKindName, JobOut, JobStatus
from review.permissions import Permission
from store.repositories import jobs

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.JOB_READ))]
_RUN = [Depends(allowed(Permission.JOB_RUN))]


@router.get("", summary="All jobs", dependencies=_READ, responses=documented(422))
def listed(
    session: DbSession,
    *,
    kind: JobKindName | None = None,
    status: JobStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[JobOut]:
    """Newest first."""
    page = jobs.listed(session, kind=kind, status=status, cursor=cursor, limit=limit)
    return many(page, JobOut.model_validate)


@router.get("/{job_id}", summary="One job", dependencies=_READ, responses=documented(404, 422))
def one(session: DbSession, job_id: Id) -> One[JobOut]:
    """How far it is, and its result when it has ended."""
    return One(data=JobOut.model_validate(found(jobs.get(session, job_id), "job", job_id)))


@router.post(
    "/run",
    summary="Start a mining run",
    status_code=202,
    response_model=One[JobOut],
    dependencies=_RUN,
    responses=documented(422),
)
def start(request: Request, write: Writing) -> Response:
    """Mine, rank, draft and route what is new. A run that waits already is answered instead of a second."""

    def act() -> One[JobOut]:
        return One(data=JobOut.model_validate(runner_of(request).start_run(write.session, write.principal)))

    return write.once(act, status=202)


@router.post(
    "/{job_id}/cancel",
    summary="Cancel a job",
    status_code=202,
    response_model=One[JobOut],
    dependencies=_RUN,
    responses=documented(404, 409, 422),
)
def cancel(request: Request, write: Writing, job_id: Id) -> Response:
    """A running job stops at its next step; what it has done stays."""

    def act() -> One[JobOut]:
        return One(data=JobOut.model_validate(runner_of(request).cancel(write.session, write.principal, job_id)))

    return write.once(act, status=202)
