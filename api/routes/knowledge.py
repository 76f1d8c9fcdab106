"""Knowledge: what a reply may rest on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, IfMatch, allowed, etag, seen_version
from api.envelopes import Cursor, Limit, Many, One, many
from api.errors import documented
from api.found import found
from api.idempotency import Writing
from api.schemas.fields import Search
from api.schemas.knowledge import (
    KnowledgeChange,
    KnowledgeDeactivation,
    KnowledgeImport,
    KnowledgeImportOut,
    KnowledgeIn,
    KnowledgeKind,
    KnowledgeOut,
)
from review import knowledge as review
from review.permissions import Permission
from store.repositories import knowledge
from store.tables import Knowledge

router = APIRouter(prefix="/knowledge", tags=["knowledge"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.KNOWLEDGE_READ))]
_WRITE = [Depends(allowed(Permission.KNOWLEDGE_WRITE))]
_CHANGE_ERRORS = documented(404, 409, 413, 422, 428)


@router.get("", summary="All entries", dependencies=_READ, responses=documented(422))
def listed(
    session: DbSession,
    *,
    kind: KnowledgeKind | None = None,
    product: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]+$")] = None,
    active: Annotated[bool | None, Query(description="Both without it")] = None,
    q: Annotated[Search | None, Query(description="Part of the title or body")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[KnowledgeOut]:
    """Latest change first."""
    page = knowledge.listed(session, kind=kind, product=product, active=active, q=q, cursor=cursor, limit=limit)
    return many(page, KnowledgeOut.model_validate)


@router.get("/{knowledge_id}", summary="One entry", dependencies=_READ, responses=documented(404, 422))
def one(session: DbSession, knowledge_id: Id, response: Response) -> One[KnowledgeOut]:
    """The entry with its ETag."""
    entry = found(knowledge.get(session, knowledge_id), "knowledge", knowledge_id)
    response.headers["ETag"] = etag(entry.version)
    return _answer(entry)


def _answer(entry: Knowledge) -> One[KnowledgeOut]:
    return One(data=KnowledgeOut.model_validate(entry))


def _etag(answer: One[KnowledgeOut]) -> dict[str, str]:
    return {"ETag": etag(answer.data.version)}


@router.post(
    "",
    summary="Add an entry",
    status_code=201,
    response_model=One[KnowledgeOut],
    dependencies=_WRITE,
    responses=documented(409, 413, 422),
)
def add(write: Writing, body: KnowledgeIn) -> Response:
    """A key that is taken is a 409."""

    def act() -> One[KnowledgeOut]:
        return _answer(review.add(write.session, write.principal, **body.model_dump()))

    return write.once(act, status=201, headers=_etag)


@router.post(
    "/import",
    summary="Add or update many entries",
    response_model=One[KnowledgeImportOut],
    dependencies=_WRITE,
    responses=documented(409, 413, 422),
)
def import_items(write: Writing, body: KnowledgeImport) -> Response:
    """All or none."""

    def act() -> One[KnowledgeImportOut]:
        counts = review.import_items(write.session, write.principal, body.items)
        return One(data=KnowledgeImportOut.model_validate(counts))

    return write.once(act)


@router.patch(
    "/{knowledge_id}",
    summary="Change an entry",
    response_model=One[KnowledgeOut],
    dependencies=_WRITE,
    responses=_CHANGE_ERRORS,
)
def update(write: Writing, knowledge_id: Id, body: KnowledgeChange, if_match: IfMatch) -> Response:
    """Only the fields sent change."""
    version = seen_version(if_match, body.version)
    changes = body.model_dump(exclude_unset=True, exclude={"version"})

    def act() -> One[KnowledgeOut]:
        return _answer(review.update(write.session, write.principal, knowledge_id, version=version, **changes))

    return write.once(act, headers=_etag)


@router.post(
    "/{knowledge_id}/deactivate",
    summary="Take an entry out of use",
    response_model=One[KnowledgeOut],
    dependencies=_WRITE,
    responses=_CHANGE_ERRORS,
)
def deactivate(write: Writing, knowledge_id: Id, body: KnowledgeDeactivation, if_match: IfMatch) -> Response:
    """No draft rests on it any more."""
    version = seen_version(if_match, body.version)

    def act() -> One[KnowledgeOut]:
        return _answer(review.deactivate(write.session, write.principal, knowledge_id, version=version))

    return write.once(act, headers=_etag)
