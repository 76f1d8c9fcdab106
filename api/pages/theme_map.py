"""The theme map: the page, the card of a point, and what is done with mentions that were circled."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.board_filters import read_filters
from api.dependencies import DbSession, Id, ReadingSession, SignedIn, allowed
from api.found import found
from api.map_answer import MapAnswers
from api.pages.flash import Flash, Undo
from api.pages.rendering import go, is_partial, render, translator
from api.pages.views.map import DISMISSED, Action, card_view, map_address, map_frame, map_view, selection_view
from review import mention_moves as review
from review.errors import Invalid
from review.mention_moves import Group, Moved
from review.permissions import Permission
from store.repositories import map_points

router = APIRouter(prefix="/map", include_in_schema=False)

_READ = [Depends(allowed(Permission.THEME_READ))]
_WORDS = [*_READ, Depends(allowed(Permission.POST_READ))]  # what people wrote is shown
_EDIT = [Depends(allowed(Permission.THEME_EDIT))]
_QUICK: Final = 20_000  # points of which the legend is made before anybody notices
# a hundred thousand points in differences of base 36 are about a quarter of this
Packed = Annotated[str, Form(max_length=1_000_000, pattern=r"^[0-9a-z.]*$")]
Taken = Annotated[list[str] | None, Form(max_length=1_000)]
Asked = Annotated[str, Form(max_length=2_000, pattern=r"^[^\x00]*$")]  # the filters, as parameters of an address
Word = Annotated[str, Form(max_length=200, pattern=r"^[^\x00]*$")]


@router.get("", dependencies=_READ)
def page(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    theme: Annotated[str, Query(max_length=60, pattern=r"^[A-Za-z0-9_-]*$")] = "",
) -> Response:
    """The map with its legend; for HTMX the legend. The filters are those of the board that mentions can satisfy.

    A legend that takes a moment is left to the page, which asks for it by itself.
    """
    answers: MapAnswers = request.app.state.map_answers
    filters = read_filters(request.url.query).of_mentions
    t, points = translator(request), map_points.count(session, most=_QUICK + 1)
    if points > _QUICK and not is_partial(request) and (filters.chosen or answers.at_hand(session) is None):
        view = map_frame(session, t, points, filters, theme)
        return render(request, "map.html", principal=principal, view=view)
    view = map_view(session, t, answers.current(session), filters, theme)
    if not is_partial(request):
        return render(request, "map.html", principal=principal, view=view)
    answer = render(request, "parts/map_found.html", principal=principal, view=view)
    answer.headers["HX-Replace-Url"] = view.address
    return answer


@router.get("/points/{number}", dependencies=_WORDS)
def card(
    request: Request, session: DbSession, principal: SignedIn, number: Annotated[int, Path(ge=1, lt=2**31)]
) -> Response:
    """What a point says."""
    row = found(map_points.mention(session, number), "point", str(number))
    view = card_view(session, translator(request), row)
    return render(request, "parts/map_card.html", principal=principal, view=view)


@router.post("/selection", dependencies=_WORDS)
def selection(
    request: Request,
    session: ReadingSession,
    principal: SignedIn,
    points: Packed,
    taken: Taken = None,
    narrowed: Annotated[bool, Form()] = False,
    action: Annotated[Action, Form()] = "",
    q: Word = "",
    asked: Asked = "",
) -> Response:
    """These mentions: how many of which theme, some of their words, and what an action would do."""
    view = selection_view(
        session,
        translator(request),
        principal,
        points=points,
        filters=read_filters(asked).of_mentions,
        numbers=unpacked(points),
        chosen={value.partition(":")[0] for value in taken or ()} if narrowed else None,
        action=action,
        q=q,
    )
    return render(request, "sheets/map_selection.html", principal=principal, view=view)


@router.post("/split", dependencies=_EDIT)
def split(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    points: Packed,
    name: Annotated[str, Form(max_length=500)] = "",
    taken: Taken = None,
    asked: Asked = "",
) -> Response:
    """Make a theme of the circled mentions."""
    moved = review.split_off(session, principal, keys=_keys(session, points), groups=_groups(taken), name=name)
    return _done(request, moved, "done.split", asked)


@router.post("/move", dependencies=_EDIT)
def move(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    points: Packed,
    into: Annotated[str, Form(max_length=80)] = "",
    taken: Taken = None,
    asked: Asked = "",
) -> Response:
    """Put the circled mentions into another theme."""
    theme_id, _, version = into.partition(":")
    if not theme_id:
        raise Invalid("target_required", "Choose a theme to move them to.", "请选择要移到的主题。")
    moved = review.move_to(
        session,
        principal,
        keys=_keys(session, points),
        groups=_groups(taken),
        into=theme_id,
        version=_number(version),
    )
    return _done(request, moved, "done.moved", asked)


@router.post("/dismiss", dependencies=_EDIT)
def dismiss(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    points: Packed,
    note: Annotated[str, Form(max_length=3000)] = "",
    taken: Taken = None,
    asked: Asked = "",
) -> Response:
    """The circled mentions belong to no theme."""
    moved = review.dismiss(session, principal, keys=_keys(session, points), groups=_groups(taken), note=note)
    return _done(request, moved, "done.taken_out", asked)


@router.post("/moves/{move_id}/undo", dependencies=_EDIT)
def undo(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    move_id: Id,
    asked: Asked = "",
    theme: Annotated[str, Form(pattern=r"^(thm_[a-z0-9]{1,50})?$")] = "",
) -> Response:
    """Take a move back; then the theme whose story it was asked for from, or the map."""
    undone = review.undo(session, principal, move_id)
    key = "done.move_undone_but" if undone.left else "done.move_undone"
    flash = Flash(key, {"n": undone.mentions, "left": undone.left})
    return go(request, f"/themes/{theme}" if theme else _back(asked), flash)


def unpacked(points: str) -> list[int]:
    """Numbers from their differences in base 36, joined by dots; what is no number is left out."""
    numbers, last = [], 0
    for part in points.split("."):
        if 0 < len(part) <= 7:
            last += int(part, 36)
            numbers.append(last)
    return [number for number in numbers if number < 2**31]


def _keys(session: Session, points: str) -> list[str]:
    return [one.key for one in map_points.numbered(session, unpacked(points))]


def _groups(taken: list[str] | None) -> list[Group]:
    """``thm_…:3:17`` -> theme, the version that was seen, and how many of its mentions were."""
    groups = []
    for value in dict.fromkeys(taken or []):
        theme_id, _, rest = value.partition(":")
        version, _, mentions = rest.partition(":")
        dismissed = theme_id == DISMISSED
        known = None if dismissed else theme_id[:60] or None
        groups.append(Group(known, _number(version), _number(mentions) or 0, dismissed=dismissed))
    return groups


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _done(request: Request, moved: Moved, key: str, asked: str) -> Response:
    name = moved.target.name if moved.target else ""
    undo = Undo(f"/map/moves/{moved.id}/undo", (("asked", asked),) if asked else ())
    return go(request, _back(asked), Flash(key, {"n": moved.mentions, "name": name}, undo))


def _back(asked: str) -> str:
    """The map with the filters it had."""
    return map_address(read_filters(asked).of_mentions)
