"""The theme map: every mention as a point, in one compact answer, and what a point says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response

from api.conditional import IfNoneMatch, names
from api.dependencies import DbSession, GuardedRoute, allowed
from api.envelopes import One
from api.errors import documented
from api.found import found
from api.map_answer import MEDIA_TYPE, MapAnswers, etag_of, unpacked
from api.routes.filter_fields import ChannelFilter, ProductFilter, RegionFilter, SpokenSince, SpokenUntil
from api.schemas.map import FittingOut, fitting_out
from api.schemas.themes import Intent, MentionOut, mention_out
from review.permissions import Permission
from store.repositories import map_points
from store.repositories.theme_filters import ThemeFilter

router = APIRouter(prefix="/map", tags=["map"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.THEME_READ))]
Number = Annotated[int, Path(ge=1, lt=2**31, description="A point's number")]


@router.get(
    "",
    summary="Where every mention lies",
    dependencies=_READ,
    response_class=Response,
    responses={
        200: {
            "description": "A JSON header with the themes, then numbers, places and themes of all points in binary",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        304: {"description": "The map is still the one that If-None-Match names"},
        **documented(422),
    },
)
def whole(
    request: Request,
    session: DbSession,
    seen: IfNoneMatch,
    accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Positions are within -1..1 and stay from run to run. The format is told in the documentation of the map."""
    etag = etag_of(session)
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie, Authorization", "ETag": etag}
    if names(seen, etag):
        return Response(status_code=304, headers=headers)
    answers: MapAnswers = request.app.state.map_answers
    answer = answers.current(session, etag)
    if "gzip" in accept_encoding.casefold():
        return Response(answer.packed, media_type=MEDIA_TYPE, headers=headers | {"Content-Encoding": "gzip"})
    return Response(unpacked(answer), media_type=MEDIA_TYPE, headers=headers)


@router.get("/fitting", summary="Which points fit a filter", dependencies=_READ, responses=documented(422))
def fitting(
    session: DbSession,
    *,
    channel: ChannelFilter = None,
    product: ProductFilter = None,
    region: RegionFilter = None,
    intent: Annotated[Intent | None, Query(description="Of the mention itself, whatever its theme's")] = None,
    since: SpokenSince = None,
    until: SpokenUntil = None,
) -> One[FittingOut]:
    """The mention of each satisfies all that is asked."""
    wanted = ThemeFilter(channel=channel, product=product, region=region, intent=intent, since=since, until=until)
    return One(data=fitting_out(map_points.fitting(session, wanted)))


@router.get(
    "/points/{number}",
    summary="What a point says",
    dependencies=[*_READ, Depends(allowed(Permission.POST_READ))],
    responses=documented(404, 422),
)
def point(session: DbSession, number: Number) -> One[MentionOut]:
    """The mention that lies there."""
    return One(data=mention_out(found(map_points.mention(session, number), "point", str(number))))
