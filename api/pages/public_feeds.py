"""Atom feeds of the public pages: the changelog, a board's progress, one proposal's progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.atom import MEDIA_TYPE, Entry, Feed, written
from api.dependencies import DbSession, Id, settings_of
from api.pages.language import Translator
from api.pages.public_rendering import Place, cached, place_of, translator_of
from api.pages.views.changelog import ReleaseEntry, public_entries_of
from api.pages.views.thanks import ThanksView
from api.public_access import (
    ALL,
    NoSuchPageError,
    base_url,
    board_or_404,
    open_products,
    open_to_public,
)
from store.repositories import public_board, releases
from store.repositories.public_board import Progress
from store.tables import Proposal

router = APIRouter(prefix="/public", include_in_schema=False, dependencies=[open_to_public])

_ENTRIES = 50
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)  # of a feed without entries: it must say when, and nothing has happened


def _answer(
    request: Request, place: Place, t: Translator, *, key: str, title: str, path: str, entries: Sequence[Entry],
) -> Response:  # fmt: skip
    base = base_url(request)
    own = f"{base}{request.url.path}" + ("?lang=en" if place.language == "en" else "")
    feed = Feed(
        key=f"{key}:{place.language}", title=title, author=t("brand.name"), url=base + place.to(path), own_url=own,
        language=t.html_lang, entries=entries, updated=_NEVER,
    )  # fmt: skip
    return cached(request, written(feed), MEDIA_TYPE)


def _progress(
    request: Request, session: Session, place: Place, t: Translator, told: Sequence[tuple[Progress, Proposal]]
) -> tuple[Entry, ...]:
    base, products = base_url(request), open_products(request)
    named = releases.of_proposals(session, [proposal.id for _, proposal in told])
    shipped = {id_: release.title for id_, release in named.items() if releases.is_public(release, products=products)}
    return tuple(
        Entry(
            key=f"event:{step.event_id}",
            title=t("feed.step", title=proposal.title, status=t(f"proposal.status.{step.status}")),
            text=_step_text(t, step, shipped.get(proposal.id, "")),
            url=base + place.to(f"/public/proposals/{proposal.id}"),
            published=step.at,
            updated=step.at,
        )
        for step, proposal in told
    )


def _step_text(t: Translator, step: Progress, release: str) -> str:
    """What was said with the step; of one that needed no words, with which release it came."""
    said = [text for text in (step.reason, step.note) if text]
    if not said and step.status == "shipped" and release:
        said = [t("public.shipped_with", title=release)]
    return "\n".join(said) or t("feed.no_note")


def _board(request: Request, session: Session, board: str) -> Response:
    product = board_or_404(request, board)
    place = place_of(request, board)
    t = translator_of(request, place)
    told = public_board.progress(session, product=product, limit=_ENTRIES)
    title = t("feed.board") if product is None else t("feed.product", product=product)
    entries = _progress(request, session, place, t, told)
    return _answer(request, place, t, key=f"board:{board}", title=title, path=place.home, entries=entries)


@router.get("/feed.atom")
def everything(request: Request, session: DbSession) -> Response:
    """What becomes of all proposals."""
    return _board(request, session, ALL)


@router.get("/boards/{board}/feed.atom")
def board(request: Request, session: DbSession, board: Annotated[str, Path(max_length=100)]) -> Response:
    """What becomes of a product's proposals."""
    return _board(request, session, board)


@router.get("/proposals/{proposal_id}/feed.atom")
def proposal(request: Request, session: DbSession, proposal_id: Id) -> Response:
    """What becomes of one proposal."""
    shown = public_board.one(session, proposal_id, products=open_products(request))
    if shown is None:
        raise NoSuchPageError
    place = place_of(request, settings_of(request).boards[0])
    t = translator_of(request, place)
    told = public_board.progress(session, proposal_id=proposal_id, limit=_ENTRIES)
    entries = _progress(request, session, place, t, told)
    return _answer(
        request, place, t, key=f"proposal:{proposal_id}", title=t("feed.proposal", title=shown.title),
        path=f"/public/proposals/{proposal_id}", entries=entries,
    )  # fmt: skip


@router.get("/changelog.atom")
def changelog(request: Request, session: DbSession) -> Response:
    """What shipped."""
    place = place_of(request, settings_of(request).boards[0])
    t = translator_of(request, place)
    products = open_products(request)
    page = releases.listed(session, status="published", products=products, limit=_ENTRIES)
    shown = public_entries_of(session, t, page.items, products=products)
    base = base_url(request)
    entries = tuple(
        Entry(
            key=f"release:{release.id}",
            title=release.title,
            text=_release_text(t, entry),
            url=f"{base}{place.to('/public/changelog')}#{release.id}",
            published=release.published_at or release.created_at,
            updated=release.updated_at,
        )
        for release, entry in zip(page.items, shown, strict=True)
    )
    return _answer(
        request, place, t, key="changelog", title=t("feed.changelog"), path="/public/changelog", entries=entries
    )


def _release_text(t: Translator, entry: ReleaseEntry) -> str:
    lines = [entry.notes] if entry.notes else []
    for item in entry.shipped:
        thanks = _thanks(t, item.thanks)
        lines.append(f"· {t('feed.shipped_with_thanks', title=item.title, thanks=thanks) if thanks else item.title}")
    return "\n".join(lines)


def _thanks(t: Translator, thanks: ThanksView) -> str:
    if not thanks.people:
        return ""
    more = t("thanks.others", n=thanks.others) if thanks.others else ""
    return " ".join(filter(None, [t("thanks.lead"), t.joined([one.name for one in thanks.people]), more]))
