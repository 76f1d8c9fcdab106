"""The changelog inside the house: what shipped, release by release; writing and publishing releases."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, SignedIn, allowed
from api.found import found
from api.pages.flash import Flash
from api.pages.language import Translator
from api.pages.rendering import go, render, translator, wants_rows
from api.pages.views.changelog import changelog_view, entries_of, publish_sheet, release_form
from review import releases as review
from review.permissions import Permission, may
from review.versions import not_found
from store.repositories import releases
from store.tables import Release

router = APIRouter(prefix="/changelog", include_in_schema=False)

_READ = [Depends(allowed(Permission.PROPOSAL_READ))]
_EDIT = [Depends(allowed(Permission.RELEASE_EDIT))]
Title = Annotated[str, Form(max_length=1_000)]
Notes = Annotated[str, Form(max_length=100_000)]
Product = Annotated[str, Form(max_length=1_000)]
Chosen = Annotated[list[str], Form(max_length=500)]
Day = Annotated[date, Form()]
Version = Annotated[int | None, Form(ge=1)]


def _found(session: Session, release_id: str) -> Release:
    return found(releases.get(session, release_id), "release", release_id)


def _moment(t: Translator, day: date) -> datetime:
    """The beginning of the day in the product's zone."""
    return datetime.combine(day, time(), tzinfo=t.zone)


@router.get("", dependencies=_READ)
def listed(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """All releases, latest first; for HTMX further ones."""
    with_drafts = may(principal, Permission.RELEASE_EDIT)
    view = changelog_view(session, translator(request), cursor=cursor, with_drafts=with_drafts)
    template = "parts/release_more.html" if wants_rows(request) else "changelog.html"
    return render(request, template, principal=principal, view=view)


@router.get("/new", dependencies=_EDIT)
def new(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """An empty release."""
    t = translator(request)
    view = release_form(session, t, None, today=t.now.astimezone(t.zone).date())
    return render(request, "release_form.html", principal=principal, view=view)


@router.post("/new", dependencies=_EDIT)
def create(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    *,
    title: Title = "",
    day: Day,
    notes: Notes = "",
    product: Product = "",
    proposal: Chosen = [],  # noqa: B006 - read as a form's default, never changed
) -> Response:
    """Keep it as a draft."""
    moment = _moment(translator(request), day)
    release = review.create(
        session, principal, title=title, released_at=moment, notes=notes, product=product, proposal_ids=proposal
    )
    return go(request, f"/changelog/{release.id}", Flash("done.release_saved", {"title": release.title}))


@router.get("/{release_id}", dependencies=_READ)
def one(request: Request, session: DbSession, principal: SignedIn, release_id: Id) -> Response:
    """One release, as contributors read it; a draft only for those who may edit it."""
    release = _found(session, release_id)
    if release.status == "draft" and not may(principal, Permission.RELEASE_EDIT):
        raise not_found("release", release_id)
    (entry,) = entries_of(session, translator(request), [release])
    return render(request, "release.html", principal=principal, entry=entry)


@router.get("/{release_id}/edit", dependencies=_EDIT)
def edit_form(request: Request, session: DbSession, principal: SignedIn, release_id: Id) -> Response:
    """The release as a form."""
    t = translator(request)
    view = release_form(session, t, _found(session, release_id), today=t.now.astimezone(t.zone).date())
    return render(request, "release_form.html", principal=principal, view=view)


@router.post("/{release_id}/edit", dependencies=_EDIT)
def edit(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    release_id: Id,
    *,
    title: Title = "",
    day: Day,
    notes: Notes = "",
    product: Product = "",
    proposal: Chosen = [],  # noqa: B006 - read as a form's default, never changed
    version: Version = None,
) -> Response:
    """Keep the changes."""
    release = review.edit(
        session, principal, release_id, title=title, released_at=_moment(translator(request), day), notes=notes,
        product=product, proposal_ids=proposal, version=version,
    )  # fmt: skip
    return go(request, f"/changelog/{release.id}", Flash("done.release_saved", {"title": release.title}))


@router.get("/{release_id}/publish", dependencies=_EDIT)
def publish_form(request: Request, session: DbSession, principal: SignedIn, release_id: Id) -> Response:
    """What publishing would do."""
    view = publish_sheet(session, _found(session, release_id))
    return render(request, "sheets/publish_release.html", principal=principal, view=view)


@router.post("/{release_id}/publish", dependencies=_EDIT)
def publish(
    request: Request, session: DbSession, principal: SignedIn, release_id: Id, version: Version = None
) -> Response:
    """Contributors see it from now on; its proposals have shipped."""
    release = review.publish(session, principal, release_id, version=version)
    return go(request, f"/changelog/{release.id}", Flash("done.release_published", {"title": release.title}))


@router.get("/{release_id}/discard", dependencies=_EDIT)
def discard_form(request: Request, session: DbSession, principal: SignedIn, release_id: Id) -> Response:
    """Ask before a draft goes."""
    return render(
        request,
        "sheets/discard_release.html",
        principal=principal,
        view=publish_sheet(session, _found(session, release_id)),
    )


@router.post("/{release_id}/discard", dependencies=_EDIT)
def discard(
    request: Request, session: DbSession, principal: SignedIn, release_id: Id, version: Version = None
) -> Response:
    """The draft goes; its proposals stay as they are."""
    review.discard(session, principal, release_id, version=version)
    return go(request, "/changelog", Flash("done.release_discarded"))
