"""Releases: what shipped together, for the changelog."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, IfMatch, SignedIn, allowed, etag, seen_version
from api.envelopes import Cursor, Limit, Many, One, many
from api.errors import documented
from api.found import found
from api.idempotency import Write, Writing
from api.schemas.fields import InputTime
from api.schemas.loop import ReleaseChange, ReleaseGone, ReleaseIn, ReleaseOut, ReleasePublish
from review import releases as review
from review.permissions import Permission, require
from store.repositories import releases
from store.tables import Release

router = APIRouter(prefix="/releases", tags=["releases"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.PROPOSAL_READ))]
_EDIT = [Depends(allowed(Permission.RELEASE_EDIT))]
_SHIP = [Depends(allowed(Permission.RELEASE_EDIT)), Depends(allowed(Permission.PROPOSAL_EDIT))]
_EDIT_ERRORS = documented(404, 409, 413, 422, 428)


def _out(release: Release, proposals: list[str]) -> ReleaseOut:
    return ReleaseOut(
        id=release.id,
        title=release.title,
        notes=release.notes,
        product=release.product,
        status=cast('Literal["draft", "published"]', release.status),
        released_at=release.released_at,
        published_at=release.published_at,
        proposals=proposals,
        version=release.version,
        created_at=release.created_at,
        updated_at=release.updated_at,
    )


def _with_proposals(session: Session, release: Release) -> ReleaseOut:
    return _out(release, [proposal.id for proposal in releases.proposals_of(session, [release.id])[release.id]])


@router.get("", summary="The changelog", dependencies=_READ, responses=documented(422))
def listed(
    session: DbSession,
    principal: SignedIn,
    *,
    status: Annotated[
        Literal["published", "draft"], Query(description="Drafts are for those who may edit them")
    ] = "published",
    since: Annotated[InputTime | None, Query(description="Dated at or after")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Many[ReleaseOut]:
    """Latest date first."""
    if status == "draft":
        require(principal, Permission.RELEASE_EDIT)
    page = releases.listed(session, status=status, since=since, cursor=cursor, limit=limit)
    named = releases.proposals_of(session, [release.id for release in page.items])
    return many(page, lambda release: _out(release, [proposal.id for proposal in named[release.id]]))


@router.get("/{release_id}", summary="One release", dependencies=_READ, responses=documented(404, 422))
def one(session: DbSession, principal: SignedIn, release_id: Id, response: Response) -> One[ReleaseOut]:
    """The release with its proposals and ETag; a draft only for those who may edit it."""
    release = found(releases.get(session, release_id), "release", release_id)
    if release.status == "draft":
        require(principal, Permission.RELEASE_EDIT)
    response.headers["ETag"] = etag(release.version)
    return One(data=_with_proposals(session, release))


def _once(write: Write, act: Callable[[], Release], *, status: int = 200) -> Response:
    def answer() -> One[ReleaseOut]:
        return One(data=_with_proposals(write.session, act()))

    return write.once(answer, status=status, headers=lambda sent: {"ETag": etag(sent.data.version)})


@router.post(
    "",
    summary="Write a release",
    status_code=201,
    response_model=One[ReleaseOut],
    dependencies=_EDIT,
    responses=documented(404, 409, 413, 422),
)
def create(write: Writing, body: ReleaseIn) -> Response:
    """Kept as a draft; its proposals stay as they are until it is published."""
    return _once(
        write,
        lambda: review.create(
            write.session, write.principal, title=body.title, released_at=body.released_at, notes=body.notes,
            product=body.product, proposal_ids=body.proposals,
        ),
        status=201,
    )  # fmt: skip


@router.patch(
    "/{release_id}",
    summary="Change a release",
    response_model=One[ReleaseOut],
    dependencies=_SHIP,
    responses=_EDIT_ERRORS,
)
def change(write: Writing, release_id: Id, body: ReleaseChange, if_match: IfMatch) -> Response:
    """Proposals added to a published one ship at once."""
    version = seen_version(if_match, body.version)
    return _once(
        write,
        lambda: review.edit(
            write.session, write.principal, release_id, title=body.title, released_at=body.released_at,
            notes=body.notes, product=body.product, proposal_ids=body.proposals, version=version,
        ),
    )  # fmt: skip


@router.post(
    "/{release_id}/publish",
    summary="Publish a release",
    response_model=One[ReleaseOut],
    dependencies=_SHIP,
    responses=_EDIT_ERRORS,
)
def publish(write: Writing, release_id: Id, body: ReleasePublish, if_match: IfMatch) -> Response:
    """Its proposals become shipped, each with a note."""
    version = seen_version(if_match, body.version)
    return _once(write, lambda: review.publish(write.session, write.principal, release_id, version=version))


@router.delete(
    "/{release_id}",
    summary="Discard a draft",
    response_model=One[ReleaseGone],
    dependencies=_EDIT,
    responses=documented(404, 409, 422, 428),
)
def discard(write: Writing, release_id: Id, if_match: IfMatch) -> Response:
    """A published release stays."""

    def act() -> One[ReleaseGone]:
        review.discard(write.session, write.principal, release_id, version=if_match)
        return One(data=ReleaseGone(id=release_id))

    return write.once(act)
