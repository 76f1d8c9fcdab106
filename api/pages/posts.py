"""The posts behind a number: searched, filtered, read page by page. Masked text only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.dependencies import DbSession, SignedIn, allowed, settings_of
from api.pages.rendering import is_partial, render, translator, wants_rows
from api.pages.views.posts import DAY, PostQuery, posts_view
from review.permissions import Permission

router = APIRouter(prefix="/posts", include_in_schema=False)

_Text = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
_Id = Annotated[str, Query(max_length=60, pattern=r"^[A-Za-z0-9_-]*$")]


@router.get("", dependencies=[Depends(allowed(Permission.POST_READ))])
def listed(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    *,
    q: _Text = "",
    channel: _Id = "",
    theme: _Id = "",
    product: _Text = "",
    region: _Text = "",
    intent: _Id = "",
    reply: _Id = "",
    source: _Id = "",
    author: _Id = "",
    pending: _Id = "",
    first: Annotated[str, Query(alias="from", pattern=DAY)] = "",
    last: Annotated[str, Query(alias="to", pattern=DAY)] = "",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Newest first; for HTMX the list, or further rows."""
    query = PostQuery(
        q=q, channel=channel, theme=theme, product=product, region=region, intent=intent, reply=reply,
        source=source, author=author, pending=pending, first=first, last=last,
    )  # fmt: skip
    view = posts_view(session, translator(request), query, cursor=cursor, promise=settings_of(request).answer_promise)
    template = "posts.html"
    if wants_rows(request):
        template = "parts/posts_more.html"
    elif is_partial(request):
        template = "parts/posts_list.html"
    return render(request, template, principal=principal, view=view)
