"""Public pages: boards, proposals and the changelog for everyone; votes and follows for known contributors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, settings_of
from api.pages.public_rendering import Place, after_write, place_of, public_page, translator_of
from api.pages.views.changelog import public_entries_of
from api.pages.views.public import board_view, proposal_view
from api.public_access import (
    ALL,
    Contributor,
    NoSuchPageError,
    Visitor,
    board_or_404,
    open_products,
    open_to_public,
)
from review import follows, votes
from review.principals import Principal
from store.repositories import proposals as stored
from store.repositories import public_board, releases
from store.tables import Proposal

router = APIRouter(prefix="/public", include_in_schema=False, dependencies=[open_to_public])

Cursor = Annotated[str | None, Query(max_length=1000)]
Word = Annotated[str, Query(max_length=40, pattern=r"^[a-z_]*$")]
Board = Annotated[str, Path(max_length=100)]


def _board(
    request: Request, session: Session, visitor: Principal | None, board: str, status: str, cursor: str | None
) -> Response:
    product = board_or_404(request, board)
    place = place_of(request, board)
    t = translator_of(request, place)
    rules = settings_of(request).voting_rules
    view = board_view(session, place, visitor, t, rules, product=product, status=status, cursor=cursor)
    return public_page(request, "public/board.html", place, visitor, view=view)


@router.get("")
def home(request: Request, session: DbSession, visitor: Visitor, status: Word = "", cursor: Cursor = None) -> Response:
    """The board of all products, else the first that is open."""
    boards = settings_of(request).boards
    if ALL not in boards:
        first = place_of(request, boards[0])
        return RedirectResponse(first.to(first.home), status_code=307)
    return _board(request, session, visitor, ALL, status, cursor)


@router.get("/boards/{board}")
def board(
    request: Request, session: DbSession, visitor: Visitor, board: Board, status: Word = "", cursor: Cursor = None
) -> Response:
    """The board of one product."""
    return _board(request, session, visitor, board, status, cursor)


def _public(request: Request, session: Session, proposal_id: str) -> Proposal:
    proposal = public_board.one(session, proposal_id, products=open_products(request))
    if proposal is None:
        raise NoSuchPageError
    return proposal


def _place(request: Request) -> Place:
    return place_of(request, settings_of(request).boards[0])


@router.get("/proposals/{proposal_id}")
def proposal(request: Request, session: DbSession, visitor: Visitor, proposal_id: Id) -> Response:
    """One proposal; a merged one leads to what it went into."""
    place = _place(request)
    found = stored.get(session, proposal_id)
    if found is not None and found.merged_into is not None:
        return RedirectResponse(place.to(f"/public/proposals/{found.merged_into}"), status_code=307)
    shown = _public(request, session, proposal_id)
    t, rules, products = translator_of(request, place), settings_of(request).voting_rules, open_products(request)
    view = proposal_view(session, visitor, t, rules, shown, products=products)
    return public_page(request, "public/proposal.html", place, visitor, view=view)


@router.post("/proposals/{proposal_id}/vote")
def vote(request: Request, session: DbSession, contributor: Contributor, proposal_id: Id) -> Response:
    """One's own vote."""
    _public(request, session, proposal_id)
    votes.cast_vote(session, contributor, proposal_id, rules=settings_of(request).voting_rules)
    return after_write(_place(request), f"/public/proposals/{proposal_id}", "voted")


@router.post("/proposals/{proposal_id}/withdraw")
def withdraw(request: Request, session: DbSession, contributor: Contributor, proposal_id: Id) -> Response:
    """Take it back."""
    _public(request, session, proposal_id)
    votes.withdraw_vote(session, contributor, proposal_id)
    return after_write(_place(request), f"/public/proposals/{proposal_id}", "withdrawn")


@router.post("/proposals/{proposal_id}/follow")
def follow(request: Request, session: DbSession, contributor: Contributor, proposal_id: Id) -> Response:
    """Hear of it from now on."""
    _public(request, session, proposal_id)
    follows.follow(session, contributor, proposal_id)
    return after_write(_place(request), f"/public/proposals/{proposal_id}", "followed")


@router.post("/proposals/{proposal_id}/unfollow")
def unfollow(request: Request, session: DbSession, contributor: Contributor, proposal_id: Id) -> Response:
    """Hear no more of it."""
    _public(request, session, proposal_id)
    follows.unfollow(session, contributor, proposal_id)
    return after_write(_place(request), f"/public/proposals/{proposal_id}", "unfollowed")


@router.get("/changelog")
def changelog(request: Request, session: DbSession, visitor: Visitor, cursor: Cursor = None) -> Response:
    """What shipped, latest first."""
    place = _place(request)
    t = translator_of(request, place)
    products = open_products(request)
    page = releases.listed(session, status="published", products=products, cursor=cursor)
    more = place.to("/public/changelog", cursor=page.next_cursor) if page.next_cursor else ""
    entries = public_entries_of(session, t, page.items, products=products)
    return public_page(request, "public/changelog.html", place, visitor, entries=entries, more=more)
