"""Moves of mentions, whatever themes they are in: what one would do, the three kinds, and taking one back."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.dependencies import GuardedRoute, Id, IfMatch, ReadingSession, SignedIn, allowed, seen_version
from api.envelopes import One
from api.errors import documented
from api.idempotency import Writing
from api.schemas.mention_moves import (
    MentionDismissal,
    MentionMoveOut,
    MentionsMeant,
    MentionSplit,
    MentionTransfer,
    MovePreviewOut,
    MoveUndoneOut,
    groups_seen,
    moved_out,
    preview_out,
)
from review import mention_moves as review
from review.move_previews import preview
from review.permissions import Permission
from store.repositories import map_points, mention_moves

router = APIRouter(prefix="/map", tags=["map"], route_class=GuardedRoute)

_EDIT = [Depends(allowed(Permission.THEME_EDIT))]
_ERRORS = documented(404, 409, 413, 422, 428)


def _keys(session: Session, meant: MentionsMeant) -> list[str]:
    numbered = [one.key for one in map_points.numbered(session, meant.points)]
    return [*numbered, *mention_moves.keys_of(session, meant.mention_ids)]


@router.post(
    "/move-preview",
    summary="What a move would do",
    dependencies=[Depends(allowed(Permission.THEME_READ)), *_EDIT],
    responses=documented(413, 422),
)
def move_preview(session: ReadingSession, principal: SignedIn, body: MentionsMeant) -> One[MovePreviewOut]:
    """Of which themes these mentions are, and what taking them would leave. Nothing is changed."""
    return One(data=preview_out(preview(session, principal, _keys(session, body))))


@router.post(
    "/split",
    summary="Split mentions off, whatever their themes",
    status_code=201,
    response_model=One[MentionMoveOut],
    dependencies=_EDIT,
    responses=_ERRORS,
)
def split(write: Writing, body: MentionSplit) -> Response:
    """Makes a theme of them. Its demand is 0 until the next run ranks it; runs leave its mentions there."""

    def act() -> One[MentionMoveOut]:
        keys, groups = _keys(write.session, body), groups_seen(body.sources)
        moved = review.split_off(write.session, write.principal, keys=keys, groups=groups, name=body.name)
        return One(data=moved_out(moved, "split"))

    return write.once(act, status=201)


@router.post(
    "/move",
    summary="Put mentions into another theme",
    status_code=201,
    response_model=One[MentionMoveOut],
    dependencies=_EDIT,
    responses=_ERRORS,
)
def move(write: Writing, body: MentionTransfer, if_match: IfMatch) -> Response:
    """Later runs leave them there. `If-Match` is the version of the theme they go to."""
    version = seen_version(if_match, body.version)

    def act() -> One[MentionMoveOut]:
        keys, groups = _keys(write.session, body), groups_seen(body.sources)
        moved = review.move_to(
            write.session, write.principal, keys=keys, groups=groups, into=body.into, version=version
        )
        return One(data=moved_out(moved, "move"))

    return write.once(act, status=201)


@router.post(
    "/dismiss",
    summary="Mark mentions as of no theme",
    status_code=201,
    response_model=One[MentionMoveOut],
    dependencies=_EDIT,
    responses=_ERRORS,
)
def dismiss(write: Writing, body: MentionDismissal) -> Response:
    """Later runs put them into none."""

    def act() -> One[MentionMoveOut]:
        keys, groups = _keys(write.session, body), groups_seen(body.sources)
        moved = review.dismiss(write.session, write.principal, keys=keys, groups=groups, note=body.note)
        return One(data=moved_out(moved, "dismiss"))

    return write.once(act, status=201)


@router.post(
    "/moves/{move_id}/undo",
    summary="Take a move back",
    response_model=One[MoveUndoneOut],
    dependencies=_EDIT,
    responses=documented(404, 409, 422),
)
def undo(write: Writing, move_id: Id) -> Response:
    """Every mention to where it was, but for those that people have put elsewhere since."""

    def act() -> One[MoveUndoneOut]:
        undone = review.undo(write.session, write.principal, move_id)
        return One(data=MoveUndoneOut(mentions=undone.mentions, left=undone.left))

    return write.once(act)
