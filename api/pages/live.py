"""The live channel of the pages: server-sent events that say what changed, never what it says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import monotonic
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool

from api.dependencies import GuardedRoute, SignedIn, anyone_signed_in, database_of, find_principal
from api.errors import NotSignedInError
from api.live_channel import TOPICS, Listener, LiveChannel, Notice
from review.permissions import may
from review.principals import Principal

router = APIRouter(include_in_schema=False, route_class=GuardedRoute)

BEAT_SECONDS: Final = 20.0  # a proxy gives up a silent stream after 30 to 60
_RETRY_MS: Final = 3_000
_Moment = Annotated[str | None, Query(pattern=r"^\d{10,15}$", description="The id of the last event that came")]


@router.get("/live", dependencies=[Depends(anyone_signed_in)])
async def live(
    request: Request,
    principal: SignedIn,
    since: _Moment = None,
    last_event_id: Annotated[str | None, Header(pattern=r"^\d{10,15}$")] = None,
) -> StreamingResponse:
    """Topics as they change, for who may read them; one who comes back is told first what was missed."""
    channel: LiveChannel = request.app.state.live
    channel.check_room(principal.id)
    return StreamingResponse(
        _stream(request, channel, principal, last_event_id or since),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )


async def _stream(
    request: Request, channel: LiveChannel, principal: Principal, last_id: str | None
) -> AsyncIterator[bytes]:
    topics = frozenset(topic for topic, permission in TOPICS.items() if may(principal, permission))
    async with channel.listen(principal.id, topics) as listener:
        missed = await run_in_threadpool(channel.missed_since, _moment(last_id)) if last_id else ()
        yield format_sse_event(event="hello", data_str="{}", id=_now(), retry=_RETRY_MS)
        for told in missed:
            if told.topic in topics:
                yield _event(told)
        asked = monotonic()
        async for notice in _notices(channel, listener):
            if notice is None or monotonic() - asked >= BEAT_SECONDS:  # also while something happens all the time
                if not await run_in_threadpool(_still_signed_in, request):
                    return
                asked = monotonic()
            yield _event(notice) if notice else format_sse_event(event="beat", data_str="{}", id=_now())


async def _notices(channel: LiveChannel, listener: Listener) -> AsyncIterator[Notice | None]:
    """What changes, and None where nothing did for a while; ends with the service."""
    while True:
        taken = await listener.take(0 if channel.closing else BEAT_SECONDS)
        if channel.closing:
            return
        for notice in taken:
            yield notice
        if not taken:
            yield None


def _event(notice: Notice) -> bytes:
    return format_sse_event(event=notice.topic, data_str=json.dumps({"ids": notice.ids}), id=_now())


def _now() -> str:
    """Milliseconds since 1970: what came before needs not be told again."""
    return str(int(datetime.now(UTC).timestamp() * 1000))


def _moment(event_id: str) -> datetime:
    return datetime.fromtimestamp(min(int(event_id) / 1000, 4e9), UTC)


def _still_signed_in(request: Request) -> bool:
    """Whether the session that opened the stream still stands; signing out or deactivation ends it."""
    try:
        with database_of(request).session(readonly=True) as session:
            return find_principal(request, session) is not None
    except NotSignedInError:
        return False
