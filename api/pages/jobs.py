"""Jobs: upload a file, start a run, watch, cancel; sources and what of them could not be read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, SignedIn, allowed, runner_of, settings_of
from api.found import found
from api.job_pace import JobPaces
from api.pages.flash import Flash
from api.pages.language import Translator
from api.pages.rendering import go, is_partial, render, translator, wants_rows
from api.pages.views.jobs import FORMATS, job_items, jobs_view, latest_sources, source_view
from api.pages.views.upload import mapping_of, preview_view
from api.uploads import Upload, start_ingest
from ingest.errors import IngestError
from ingest.preview import preview_file
from review.errors import Invalid
from review.permissions import Permission
from store.repositories import jobs, sources

UPLOAD_PATH = "/jobs/ingest"
PREVIEW_PATH = "/jobs/preview"
router = APIRouter(include_in_schema=False, route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.JOB_READ))]
_RUN = [Depends(allowed(Permission.JOB_RUN))]
_RAW = [Depends(allowed(Permission.POST_READ))]
Cursor = Annotated[str | None, Query(max_length=1000)]


def _paces(request: Request) -> JobPaces:
    paces: JobPaces = request.app.state.job_paces
    return paces


@router.get("/jobs", dependencies=_READ)
def listed(request: Request, session: DbSession, principal: SignedIn, cursor: Cursor = None) -> Response:
    """All jobs, and the form to start one."""
    view = jobs_view(session, translator(request), _paces(request), cursor=cursor)
    template = "parts/jobs_more.html" if wants_rows(request) else "jobs.html"
    return render(request, template, principal=principal, view=view)


@router.get("/jobs/{job_id}/row", dependencies=_READ)
def row(request: Request, session: DbSession, principal: SignedIn, job_id: Id) -> Response:
    """How far one job is; asked for when the live channel says that it moved."""
    job = found(jobs.get(session, job_id), "job", job_id)
    item = job_items(session, translator(request), _paces(request), [job])[0]
    return render(request, "parts/job.html", principal=principal, job=item)


@router.get("/jobs/sources", dependencies=_READ)
def files(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """The files read last, asked for when a job has ended."""
    return render(request, "parts/sources.html", principal=principal, sources=latest_sources(session))


async def _columns(request: Request) -> dict[str, str]:
    """Which column a person chose for which field; nothing where they were not shown any."""
    return mapping_of(await request.form())


Columns = Annotated[dict[str, str], Depends(_columns)]


@router.post(PREVIEW_PATH, dependencies=[*_RUN, Depends(allowed(Permission.POST_WRITE))])
def preview(
    request: Request,
    principal: SignedIn,
    columns: Columns,
    file: Annotated[UploadFile, File()],
    format: Annotated[str, Form(max_length=40)] = "",  # noqa: A002
) -> Response:
    """The beginning of a file as it would be read, with its columns to correct. Stores nothing."""
    t = translator(request)
    name = file.filename or "upload"
    try:
        found = preview_file(
            file.file.read(),
            name=name,
            format=format if format in FORMATS else None,
            mapping=columns or None,
            timezone=t.zone,
        )
    except IngestError as error:
        return render(request, "parts/upload_problem.html", principal=principal, problem=_words(t, error, name))
    problem = t("ingest.choose_text") if found.problem else ""
    return render(
        request, "parts/upload_preview.html", principal=principal, view=preview_view(t, found, problem=problem)
    )


@router.post(UPLOAD_PATH, dependencies=[*_RUN, Depends(allowed(Permission.POST_WRITE))])
def ingest(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    columns: Columns,
    file: Annotated[UploadFile, File()],
    channel: Annotated[str, Form(max_length=200)],
    format: Annotated[str, Form(max_length=40)] = "",  # noqa: A002
) -> Response:
    """Read an uploaded file into a channel. A file no reader can take is refused at once, saying why."""
    t = translator(request)
    if not channel.strip():
        raise Invalid("channel_required", "Say which channel the file comes from.", "请填写渠道名称。")
    upload = Upload(
        stream=file.file,
        name=file.filename or "upload",
        channel=channel.strip(),
        format=format if format in FORMATS else None,
        mapping=columns if format in ("", "table") else {},
        timezone=None,
    )
    try:
        start_ingest(session, principal, runner_of(request), settings_of(request), upload)
    except IngestError as error:
        raise unreadable(t, error, upload.name) from error
    return go(request, "/jobs", Flash("done.ingest_started", {"name": upload.name}))


def unreadable(t: Translator, error: IngestError, name: str) -> Invalid:
    """Why the file cannot be read and what to do, in Chinese too."""
    return Invalid("unreadable_file", str(error), _words(t, error, name))


def _words(t: Translator, error: IngestError, name: str) -> str:
    return t.either(f"ingest.error.{type(error).__name__}", t("ingest.error")).replace("{name}", name)


@router.post("/jobs/run", dependencies=_RUN)
def run(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """Mine, rank, draft and route what is new."""
    runner_of(request).start_run(session, principal)
    return go(request, "/jobs", Flash("done.run_started"))


@router.post("/jobs/{job_id}/cancel", dependencies=_RUN)
def cancel(request: Request, session: DbSession, principal: SignedIn, job_id: Id) -> Response:
    """Ask a job to stop."""
    job = runner_of(request).cancel(session, principal, job_id)
    if not is_partial(request):
        return go(request, "/jobs")
    item = job_items(session, translator(request), _paces(request), [job])[0]
    return render(request, "parts/job.html", principal=principal, job=item)


@router.get("/sources/{source_id}", dependencies=_RAW)
def source(request: Request, session: DbSession, principal: SignedIn, source_id: Id, cursor: Cursor = None) -> Response:
    """The rows of a source that could not become posts."""
    held = found(sources.get(session, source_id), "source", source_id)
    view = source_view(session, translator(request), held, cursor=cursor)
    template = "parts/rejected_more.html" if wants_rows(request) else "source.html"
    return render(request, template, principal=principal, view=view)
