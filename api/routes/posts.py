"""Posts: pushed in the native format, listed as shown, and the raw text with its own permission and trace."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, SignedIn, WritingSession, allowed, settings_of
from api.envelopes import Cursor, Limit, Many, One, many
from api.errors import documented
from api.found import found
from api.idempotency import Writing
from api.native_posts import Records, receive
from api.schemas.fields import ONE_LINE, InputTime, Search
from api.schemas.posts import NATIVE_BODY, IntakeOut, PostOut, RawPostOut
from review import privacy
from review.permissions import Permission
from store.repositories import posts
from store.repositories.post_filters import PostFilter, Reply

router = APIRouter(prefix="/posts", tags=["posts"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.POST_READ))]
PostIntent = Literal["need", "pain_point", "request", "question", "praise", "chatter"]
_REPLY = (
    "What became of its answer; `since` and `until` then speak of the answer, the question (waiting), or the end of "
    "the promise (missed)"
)
_Filter = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]+$")]


@router.get("", summary="Posts as shown", dependencies=_READ, responses=documented(422))
def listed(
    request: Request,
    session: DbSession,
    *,
    channel: _Filter = None,
    source: _Filter = None,
    author: _Filter = None,
    theme: _Filter = None,
    product: _Filter = None,
    region: _Filter = None,
    intent: Annotated[
        PostIntent | None, Query(description="What a mention does; `need` stands for three of them")
    ] = None,
    pending: Annotated[bool, Query(description="Only posts with a need that waits for a theme")] = False,
    reply: Annotated[Reply | None, Query(description=_REPLY)] = None,
    since: Annotated[InputTime | None, Query(description="Posted at or after")] = None,
    until: Annotated[InputTime | None, Query(description="Posted before")] = None,
    q: Annotated[Search | None, Query(description="Part of the text")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[PostOut]:
    """Newest first; posts without a time last. `channel`, `source`, `author` and `theme` are ids."""
    wanted = PostFilter(
        channel=channel,
        source=source,
        author=author,
        theme=theme,
        product=product,
        region=region,
        intent=intent,
        pending=pending,
        reply=reply,
        since=since,
        until=until,
        q=q,
        promise=settings_of(request).answer_promise,
    )
    page = posts.listed(session, wanted, cursor=cursor, limit=limit)
    return many(page, lambda row: PostOut.model_validate(row.post))


@router.get("/{post_id}", summary="One post as shown", dependencies=_READ, responses=documented(404, 422))
def one(session: DbSession, post_id: Id) -> One[PostOut]:
    """Cleaned, masked, its author a pseudonym."""
    return One(data=PostOut.model_validate(found(posts.get(session, post_id), "post", post_id)))


@router.get(
    "/{post_id}/raw",
    summary="One post as received",
    dependencies=[Depends(allowed(Permission.POST_READ_RAW))],
    responses=documented(404, 422),
)
def raw(session: WritingSession, principal: SignedIn, post_id: Id) -> One[RawPostOut]:
    """Personal data included; the look is recorded in the audit log."""
    return One(data=RawPostOut(id=post_id, raw=privacy.read_raw(session, principal, post_id)))


@router.post(
    "",
    summary="Push posts",
    response_model=One[IntakeOut],
    dependencies=[Depends(allowed(Permission.POST_WRITE))],
    responses=documented(413, 415, 422),
    openapi_extra={"requestBody": NATIVE_BODY},
)
def push(
    request: Request,
    write: Writing,
    records: Records,
    channel: Annotated[
        str | None, Query(max_length=200, pattern=ONE_LINE, description="For posts that do not name their channel")
    ] = None,
    dry_run: Annotated[bool, Query(description="Only say what would be done")] = False,
) -> Response:
    """All posts that can be taken are stored, or (on any fault) none; each one rejected comes back with its reason."""

    def act() -> One[IntakeOut]:
        settings = settings_of(request)
        return One(data=receive(write.session, write.principal, records, settings, channel=channel, dry_run=dry_run))

    return write.once(act)
