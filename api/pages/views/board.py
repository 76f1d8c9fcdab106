"""The theme board: its rows, what has changed in them since the last visit, and where the list goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from api.board_filters import SORTS, Filters
from api.pages.language import Translator
from api.pages.views.board_filters import Choice, Option, choices
from api.pages.views.demand import DemandView, demand_view, severity_level, severity_of
from api.pages.views.saved_views import ViewTab, view_tabs
from api.pages.views.trend import Growth, Spark, growth, spark, weeks_of
from nlp.demand_weights import DemandWeights
from pipeline.finder import Finder, Readiness
from review.principals import Principal
from review.theme_search import Hit, query_words, snippets
from review.visits import last_visit
from store.repositories import board, mentions, posts, proposals, themes
from store.repositories.board import Change, Places
from store.repositories.theme_filters import ThemeFilter
from store.tables import Proposal, Theme

PAGE_SIZE: Final = 50
RECENT: Final = timedelta(days=14)
_GROWING: Final = 0.4  # natural log: about half again as many people as expected
_PLACES: Final = 3  # channels and products named in a row


@dataclass(frozen=True, slots=True)
class ProposalMark:
    """That a theme is on the ballot, and how far it has come."""

    id: str
    status: str


@dataclass(frozen=True, slots=True)
class Finding:
    """How a search found a theme."""

    by_words: bool
    by_meaning: bool
    snippet: tuple[tuple[str, bool], ...]  # pieces of what was said, and whether each is what was asked for


@dataclass(frozen=True, slots=True)
class Row:
    """One theme of the board."""

    id: str
    version: int
    rank: int
    name: str
    demand: DemandView
    evidence: str  # the parts of demand as JSON [[css name, label, points, words]], for the tip
    people: int
    trend: Spark
    growth: Growth
    severity: int
    channels: str
    products: str
    intent: str
    marks: tuple[str, ...]
    proposal: ProposalMark | None
    owner: str
    news: tuple[str, ...]  # what has changed since the last visit, in words
    found: Finding | None


@dataclass(frozen=True, slots=True)
class News:
    """What has changed on the whole board since the last visit."""

    since: datetime
    new: int
    changed: int
    href: str


@dataclass(frozen=True, slots=True)
class BoardView:
    """The board."""

    filters: Filters
    choices: tuple[Choice, ...]
    sorts: tuple[Option, ...]
    tabs: tuple[ViewTab, ...]
    view_id: str  # the saved view that the filters began with; "" for none
    rows: tuple[Row, ...]
    more: str
    filtered: bool
    matching: int | None  # themes that pass the filters; None where nothing is filtered
    pending: int  # mentions that fit no theme and wait for the next run
    news: News | None
    meaning: Readiness | None  # of a search: whether meaning could be asked too


@dataclass(frozen=True, slots=True)
class BoardRequest:
    """Who asks for which part of the board."""

    principal: Principal
    filters: Filters
    cursor: str | None = None
    first_rank: int = 1
    view_id: str = ""


@dataclass(frozen=True, slots=True)
class _Listed:
    """A page of themes, and what the list says of itself."""

    items: tuple[Theme, ...]
    more: str
    matching: int | None
    found: Mapping[str, Finding]
    meaning: Readiness | None


@dataclass(frozen=True, slots=True)
class RowsView:
    """Some rows, and where the list goes on."""

    rows: tuple[Row, ...]
    more: str


def board_view(
    session: Session, t: Translator, finder: Finder, request: BoardRequest, weights: DemandWeights
) -> BoardView:
    """The board as the filters want it."""
    seen = last_visit(session, request.principal, now=t.now)
    listed, rows = _list(session, t, finder, request, weights, seen)
    return BoardView(
        filters=request.filters,
        choices=choices(t, request.filters, themes.board_facets(session), board.owners(session)),
        sorts=_sorts(t, request.filters),
        tabs=view_tabs(session, request.principal, request.filters, request.view_id),
        view_id=request.view_id,
        rows=rows,
        more=listed.more,
        filtered=request.filters.chosen,
        matching=listed.matching,
        pending=mentions.pending(session),
        news=_news(session, seen, request.filters),
        meaning=listed.meaning,
    )


def rows_view(
    session: Session, t: Translator, finder: Finder, request: BoardRequest, weights: DemandWeights
) -> RowsView:
    """Further rows only."""
    seen = last_visit(session, request.principal, now=t.now)
    listed, rows = _list(session, t, finder, request, weights, seen)
    return RowsView(rows, listed.more)


def _list(
    session: Session,
    t: Translator,
    finder: Finder,
    request: BoardRequest,
    weights: DemandWeights,
    seen: datetime | None,
) -> tuple[_Listed, tuple[Row, ...]]:
    latest = posts.latest_at(session)
    wanted = request.filters.wanted(t.zone, latest=latest, user_id=request.principal.id, last_visit=seen)
    searching = bool(request.filters.q.strip())
    listed = _searched(session, finder, request, wanted) if searching else _ranked(session, request, wanted)
    return listed, _rows(session, t, request, listed, weights, latest, seen)


def _ranked(session: Session, request: BoardRequest, wanted: ThemeFilter) -> _Listed:
    filters = request.filters
    page = themes.ranked(session, wanted, sort=filters.order, cursor=request.cursor, limit=PAGE_SIZE)
    following = str(request.first_rank + len(page.items))
    more = filters.query(cursor=page.next_cursor, rank=following) if page.next_cursor else ""
    return _Listed(page.items, more, themes.count(session, wanted) if filters.chosen else None, {}, None)


def _searched(session: Session, finder: Finder, request: BoardRequest, wanted: ThemeFilter) -> _Listed:
    """What the search finds and the filters let pass, the best fit first or in the order asked for."""
    filters = request.filters
    text = filters.q.strip()
    found = finder.themes(session, text)
    hits = {hit.theme_id: hit for hit in found.hits}
    wanted = replace(wanted, ids=frozenset(hits))
    if filters.sort:
        page = themes.ranked(session, wanted, sort=filters.order, cursor=request.cursor, limit=PAGE_SIZE)
        items, passing = page.items, themes.count(session, wanted)
        following = page.next_cursor or ""
    else:
        fitting = themes.passing(session, wanted)
        ids = [hit.theme_id for hit in found.hits if hit.theme_id in fitting]
        start = request.first_rank - 1
        shown = ids[start : start + PAGE_SIZE]
        by_id = themes.by_ids(session, shown)
        items, passing = tuple(by_id[theme_id] for theme_id in shown), len(ids)
        following = "found" if start + PAGE_SIZE < len(ids) else ""
    more = filters.query(cursor=following, rank=str(request.first_rank + len(items))) if following else ""
    said = snippets(session, text, [theme.id for theme in items if hits[theme.id].by_words])
    words = query_words(text)
    findings = {theme.id: _finding(hits[theme.id], said.get(theme.id, ""), words) for theme in items}
    return _Listed(items, more, passing, findings, found.meaning)


def _finding(hit: Hit, snippet: str, words: Sequence[str]) -> Finding:
    return Finding(hit.by_words, hit.similarity is not None, pieces(snippet, words))


def pieces(said: str, words: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """`said` cut where one of the words begins and ends, longest words first; joined they give it back."""
    if not said or not words:
        return ((said, False),) if said else ()
    longest_first = sorted(words, key=len, reverse=True)
    cut = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", said)
    return tuple((piece, number % 2 == 1) for number, piece in enumerate(cut) if piece)


def _rows(
    session: Session,
    t: Translator,
    request: BoardRequest,
    listed: _Listed,
    weights: DemandWeights,
    latest: datetime | None,
    seen: datetime | None,
) -> tuple[Row, ...]:
    ids = [theme.id for theme in listed.items]
    places = board.facets_of(session, ids)
    lineage = board.recent_changes(session, ids, since=t.now - RECENT)
    on_ballot = proposals.by_themes(session, ids)
    owners = board.owners_of(session, ids)
    changes = board.changes_of(session, ids, since=seen) if seen else {}
    edited = board.edited_since(session, ids, since=seen, but_by=request.principal.id) if seen else frozenset()
    rows = []
    for rank, theme in enumerate(listed.items, start=request.first_rank):
        where = places.get(theme.id, Places((), ()))
        demand = demand_view(t, theme, len(where.channels), weights)
        rows.append(
            Row(
                id=theme.id,
                version=theme.version,
                rank=rank,
                name=theme.name,
                demand=demand,
                evidence=_evidence(t, demand),
                people=theme.authors,
                trend=spark(t, weeks_of(theme.weekly, latest)),
                growth=growth(t, theme.growth),
                severity=severity_level(severity_of(theme)),
                channels=_some(t, where.channels),
                products=_some(t, where.products),
                intent=theme.intent,
                marks=marks_of(theme, lineage.get(theme.id, frozenset())),
                proposal=proposal_mark(on_ballot.get(theme.id)),
                owner=owners[theme.id].name if theme.id in owners else "",
                news=_news_words(t, changes.get(theme.id), theme.id in edited),
                found=listed.found.get(theme.id),
            )
        )
    return tuple(rows)


def _some(t: Translator, names: Sequence[str]) -> str:
    """The first few names, and how many there are beyond them."""
    more = len(names) - _PLACES
    shown = t.joined(list(names[:_PLACES]))
    return t("board.and_more", names=shown, n=more) if more > 0 else shown


def _evidence(t: Translator, demand: DemandView) -> str:
    parts = [[part.name, t(f"demand.part.{part.name}"), t.score(part.points), part.evidence] for part in demand.parts]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _news_words(t: Translator, change: Change | None, edited: bool) -> tuple[str, ...]:
    words = []
    if change is not None:
        if change.new:
            words.append(t("news.new"))
        if change.people > 0:
            words.append(t("news.people", n=change.people))
        if abs(change.score) >= 1:
            words.append(t("news.score", change=f"{'+' if change.score > 0 else '−'}{abs(change.score):.1f}"))
    if edited:
        words.append(t("news.edited"))
    return tuple(words)


def _news(session: Session, seen: datetime | None, filters: Filters) -> News | None:
    if seen is None:
        return None
    changed = themes.count(session, ThemeFilter(changed_since=seen))
    new = themes.count(session, ThemeFilter(changed_since=seen, born_since=seen))
    return News(seen, new, changed - new, replace(filters, changed="" if filters.changed else "1").query())


def proposal_mark(proposal: Proposal | None) -> ProposalMark | None:
    """The mark of a theme that is on the ballot."""
    return ProposalMark(proposal.id, proposal.status) if proposal else None


def marks_of(theme: Theme, changes: frozenset[str]) -> tuple[str, ...]:
    """What is worth knowing at a glance: new, growing, split, merged, or not active."""
    marks = [theme.status] if theme.status != "active" else []
    if "mint" in changes:
        marks.append("new")
    if theme.growth >= _GROWING:
        marks.append("growing")
    if "split" in changes:
        marks.append("split")
    if "merge" in changes and "merged" not in marks:
        marks.append("merged")
    return tuple(marks)


def _sorts(t: Translator, filters: Filters) -> tuple[Option, ...]:
    """Orders to choose from; a search has one of its own, which is the first."""
    first = Option("", t("sort.relevance" if filters.q.strip() else "sort.demand"))
    rest = SORTS if filters.q.strip() else SORTS[1:]
    return (first, *(Option(name, t(f"sort.{name}")) for name in rest))
