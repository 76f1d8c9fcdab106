"""Themes: the ranked list, one theme with its evidence, and people's edits of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, IfMatch, VersionQuery, allowed, etag, seen_version
from api.envelopes import Cursor, Limit, Many, One, everything, many
from api.errors import documented
from api.found import found
from api.idempotency import Writing
from api.routes.filter_fields import ChannelFilter, ProductFilter, RegionFilter, SpokenSince, SpokenUntil
from api.schemas.fields import InputTime, Search
from api.schemas.proposals import ProposalOut, proposal_out
from api.schemas.themes import (
    Intent,
    LineageEdgeOut,
    MentionOut,
    ThemeDismissal,
    ThemeMerge,
    ThemeOut,
    ThemeRename,
    ThemeRestore,
    ThemeRoute,
    ThemeSplit,
    ThemeStatus,
    lineage_out,
    mention_out,
    theme_out,
)
from nlp.normalisation import fold
from review import themes as review
from review.permissions import Permission
from store.repositories import mentions, themes
from store.repositories.theme_filters import Sort, ThemeFilter
from store.tables import Theme

router = APIRouter(prefix="/themes", tags=["themes"], route_class=GuardedRoute)

_READ = [Depends(allowed(Permission.THEME_READ))]
_EDIT = [Depends(allowed(Permission.THEME_EDIT))]
_ROUTE = [Depends(allowed(Permission.THEME_ROUTE))]
_EDIT_ERRORS = documented(404, 409, 413, 422, 428)


@router.get("", summary="Ranked themes", dependencies=_READ, responses=documented(422))
def ranked(
    session: DbSession,
    *,
    status: ThemeStatus = "active",
    intent: Intent | None = None,
    channel: ChannelFilter = None,
    product: ProductFilter = None,
    region: RegionFilter = None,
    since: SpokenSince = None,
    until: SpokenUntil = None,
    q: Annotated[
        Search | None,
        Query(description="Part of a name, a keyphrase or what people said, in either script; see also /themes/search"),
    ] = None,
    owner: Annotated[
        str | None, Query(max_length=60, pattern=r"^[^\x00]+$", description="A user's id, or `none` for nobody's")
    ] = None,
    changed_since: Annotated[InputTime | None, Query(description="New since then, or spoken of by more people")] = None,
    updated_since: Annotated[InputTime | None, Query(description="Changed by a run or a person; for polling")] = None,
    sort: Sort = "demand",
    needs_only: Annotated[bool, Query(description="Leave out praise and chatter")] = True,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[ThemeOut]:
    """Best demand first, or in another order."""
    wanted = ThemeFilter(
        status=status,
        intent=intent,
        channel=channel,
        product=product,
        region=region,
        since=since,
        until=until,
        q=fold(q) if q else None,
        owner=owner,
        changed_since=changed_since,
        updated_since=updated_since,
        needs_only=needs_only,
    )
    page = themes.ranked(session, wanted, sort=sort, cursor=cursor, limit=limit)
    return many(page, theme_out)


@router.get("/{theme_id}", summary="One theme", dependencies=_READ, responses=documented(404, 422))
def one(session: DbSession, theme_id: Id, response: Response) -> One[ThemeOut]:
    """The theme with its demand, quotes and ETag."""
    theme = found(themes.get(session, theme_id), "theme", theme_id)
    response.headers["ETag"] = etag(theme.version)
    return One(data=theme_out(theme))


@router.get(
    "/{theme_id}/mentions",
    summary="What was said of it",
    dependencies=[*_READ, Depends(allowed(Permission.POST_READ))],
    responses=documented(404, 422),
)
def its_mentions(
    session: DbSession,
    *,
    theme_id: Id,
    intent: Intent | None = None,
    channel: ChannelFilter = None,
    q: Annotated[Search | None, Query(description="Part of the text")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Many[MentionOut]:
    """Strongest first."""
    found(themes.get(session, theme_id), "theme", theme_id)
    page = mentions.of_theme(session, theme_id, intent=intent, channel=channel, q=q, cursor=cursor, limit=limit)
    return many(page, mention_out)


@router.get("/{theme_id}/lineage", summary="How it came about", dependencies=_READ, responses=documented(404, 422))
def lineage(session: DbSession, theme_id: Id) -> Many[LineageEdgeOut]:
    """Newest first, all in one page."""
    found(themes.get(session, theme_id), "theme", theme_id)
    return everything(themes.lineage(session, theme_id), lineage_out)


def _answer(theme: Theme) -> One[ThemeOut]:
    return One(data=theme_out(theme))


def _etag(answer: One[ThemeOut]) -> dict[str, str]:
    return {"ETag": etag(answer.data.version)}


@router.patch("/{theme_id}", summary="Rename", response_model=One[ThemeOut], dependencies=_EDIT, responses=_EDIT_ERRORS)
def rename(write: Writing, theme_id: Id, body: ThemeRename, if_match: IfMatch) -> Response:
    """Later runs keep the name a person gave."""
    version = seen_version(if_match, body.version)

    def act() -> One[ThemeOut]:
        return _answer(review.rename(write.session, write.principal, theme_id, name=body.name, version=version))

    return write.once(act, headers=_etag)


@router.delete(
    "/{theme_id}/name",
    summary="Back to the mined name",
    response_model=One[ThemeOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def unname(
    write: Writing,
    theme_id: Id,
    if_match: IfMatch,
    version: VersionQuery = None,
) -> Response:
    """Takes back the name a person gave."""
    seen = seen_version(if_match, version)

    def act() -> One[ThemeOut]:
        return _answer(review.unname(write.session, write.principal, theme_id, version=seen))

    return write.once(act, headers=_etag)


@router.post(
    "/{theme_id}/merge",
    summary="Merge into another",
    response_model=One[ThemeOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def merge(write: Writing, theme_id: Id, body: ThemeMerge, if_match: IfMatch) -> Response:
    """Answers the theme merged into."""
    version = seen_version(if_match, body.version)

    def act() -> One[ThemeOut]:
        return _answer(
            review.merge(write.session, write.principal, theme_id, into=body.into, version=version, basis=body.basis)
        )

    return write.once(act, headers=_etag)


@router.post(
    "/{theme_id}/split",
    summary="Split mentions off",
    status_code=201,
    response_model=One[ThemeOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def split(write: Writing, theme_id: Id, body: ThemeSplit, if_match: IfMatch) -> Response:
    """Answers the new theme."""
    version = seen_version(if_match, body.version)

    def act() -> One[ThemeOut]:
        return _answer(
            review.split_off(
                write.session,
                write.principal,
                theme_id,
                mention_ids=body.mention_ids,
                name=body.name,
                version=version,
                basis=body.basis,
            )
        )

    return write.once(act, status=201, headers=_etag)


@router.post(
    "/{theme_id}/rejoin",
    summary="Undo a split",
    response_model=One[ThemeOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def rejoin(write: Writing, theme_id: Id, body: ThemeRestore, if_match: IfMatch) -> Response:
    """What a person split off goes back. Answers the theme it came from."""
    version = seen_version(if_match, body.version)

    def act() -> One[ThemeOut]:
        return _answer(review.rejoin(write.session, write.principal, theme_id, version=version))

    return write.once(act, headers=_etag)


@router.post(
    "/{theme_id}/not-a-theme",
    summary="Mark as not a theme",
    response_model=One[ThemeOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def not_a_theme(write: Writing, theme_id: Id, body: ThemeDismissal, if_match: IfMatch) -> Response:
    """Later runs leave it dismissed."""
    version = seen_version(if_match, body.version)

    def act() -> One[ThemeOut]:
        return _answer(
            review.mark_not_a_theme(
                write.session, write.principal, theme_id, version=version, note=body.note, basis=body.basis
            )
        )

    return write.once(act, headers=_etag)


@router.post(
    "/{theme_id}/restore",
    summary="Undo a dismissal or merge",
    response_model=One[ThemeOut],
    dependencies=_EDIT,
    responses=_EDIT_ERRORS,
)
def restore(write: Writing, theme_id: Id, body: ThemeRestore, if_match: IfMatch) -> Response:
    """Answers the theme, active again."""
    version = seen_version(if_match, body.version)

    def act() -> One[ThemeOut]:
        return _answer(review.restore(write.session, write.principal, theme_id, version=version))

    return write.once(act, headers=_etag)


@router.post(
    "/{theme_id}/route",
    summary="Send to the ballot",
    status_code=201,
    response_model=One[ProposalOut],
    dependencies=_ROUTE,
    responses=_EDIT_ERRORS,
)
def route(write: Writing, theme_id: Id, body: ThemeRoute, if_match: IfMatch) -> Response:
    """Answers the new proposal."""
    version = seen_version(if_match, body.version)

    def act() -> One[ProposalOut]:
        proposal = review.route_to_ballot(write.session, write.principal, theme_id, title=body.title, version=version)
        return One(data=proposal_out(proposal, votes=0))

    return write.once(act, status=201)
