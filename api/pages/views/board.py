"""The theme board: filters, rows, and where the list goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.demand import DemandView, demand_view, severity_level, severity_of
from api.pages.views.trend import Growth, Spark, growth, spark, weeks_of
from nlp.demand_weights import DemandWeights
from store.repositories import board, mentions, proposals, themes
from store.tables import Proposal, Theme

PAGE_SIZE: Final = 50
RECENT: Final = timedelta(days=14)
PERIODS: Final = {"7": 7, "14": 14, "30": 30, "90": 90}
STATUSES: Final = ("not_a_theme", "merged", "retired")
INTENTS: Final = ("pain_point", "request", "question", "praise", "chatter")
_GROWING: Final = 0.4  # natural log: about half again as many people as expected


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; empty strings ask for nothing."""

    q: str = ""
    channel: str = ""
    product: str = ""
    region: str = ""
    intent: str = ""
    period: str = ""
    status: str = ""

    @property
    def chosen(self) -> bool:
        return any(asdict(self).values())

    def query(self, **more: str) -> str:
        """As an address of the board."""
        pairs = {name: value for name, value in {**asdict(self), **more}.items() if value}
        return f"/themes?{urlencode(pairs)}" if pairs else "/themes"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose from a list."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter."""

    name: str
    chosen: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class ProposalMark:
    """That a theme is on the ballot, and how far it has come."""

    id: str
    status: str


@dataclass(frozen=True, slots=True)
class Row:
    """One theme of the board."""

    id: str
    version: int
    rank: int
    name: str
    demand: DemandView
    people: int
    trend: Spark
    growth: Growth
    severity: int
    channels: list[str]
    intent: str
    marks: tuple[str, ...]
    proposal: ProposalMark | None


@dataclass(frozen=True, slots=True)
class BoardView:
    """The board."""

    filters: Filters
    choices: tuple[Choice, ...]
    rows: tuple[Row, ...]
    more: str
    filtered: bool
    pending: int  # mentions that fit no theme and wait for the next run


def board_view(
    session: Session, t: Translator, filters: Filters, *, weights: DemandWeights, cursor: str | None, first_rank: int
) -> BoardView:
    """The board as the filters want it."""
    latest = board.latest_post_at(session)
    days = PERIODS.get(filters.period)
    page = themes.ranked(
        session,
        status=filters.status if filters.status in STATUSES else "active",
        intent=filters.intent if filters.intent in INTENTS else None,
        channel=filters.channel or None,
        product=filters.product or None,
        region=filters.region or None,
        since=latest - timedelta(days=days) if latest and days else None,
        q=filters.q.strip() or None,
        cursor=cursor,
        limit=PAGE_SIZE,
    )
    rows = _rows(session, t, page.items, weights, latest, first_rank)
    following = str(first_rank + len(rows))
    return BoardView(
        filters=filters,
        choices=_choices(session, t, filters),
        rows=rows,
        more=filters.query(cursor=page.next_cursor, rank=following) if page.next_cursor else "",
        filtered=filters.chosen,
        pending=mentions.pending(session),
    )


def _rows(
    session: Session,
    t: Translator,
    found: Sequence[Theme],
    weights: DemandWeights,
    latest: datetime | None,
    first_rank: int,
) -> tuple[Row, ...]:
    ids = [theme.id for theme in found]
    channels = board.channels_of(session, ids)
    changes = board.recent_changes(session, ids, since=t.now - RECENT)
    on_ballot = proposals.by_themes(session, ids)
    return tuple(
        Row(
            id=theme.id,
            version=theme.version,
            rank=rank,
            name=theme.name,
            demand=demand_view(t, theme, len(channels.get(theme.id, ())), weights),
            people=theme.authors,
            trend=spark(t, weeks_of(theme.weekly, latest)),
            growth=growth(t, theme.growth),
            severity=severity_level(severity_of(theme)),
            channels=list(channels.get(theme.id, ())),
            intent=theme.intent,
            marks=marks_of(theme, changes.get(theme.id, frozenset())),
            proposal=proposal_mark(on_ballot.get(theme.id)),
        )
        for rank, theme in enumerate(found, start=first_rank)
    )


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


def _choices(session: Session, t: Translator, filters: Filters) -> tuple[Choice, ...]:
    facets = themes.board_facets(session)
    lists = {
        "channel": [Option(facet.value, facet.label) for facet in facets.channels],
        "product": [Option(facet.value, facet.label) for facet in facets.products],
        "region": [Option(facet.value, facet.label) for facet in facets.regions],
        "intent": [Option(name, t(f"intent.{name}")) for name in INTENTS],
        "period": [Option(name, t(f"period.{name}")) for name in PERIODS],
        "status": [Option(name, t(f"mark.{name}")) for name in STATUSES],
    }
    values = asdict(filters)
    return tuple(
        Choice(name, values[name], tuple(options))
        for name, options in lists.items()
        if len(options) > 1 or values[name]  # a filter with one value sorts nothing out
    )
