"""One theme: why it ranks, its trend, its words, its story."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.board import RECENT, ProposalMark, marks_of, proposal_mark
from api.pages.views.demand import DemandView, demand_view, severity_level, severity_of
from api.pages.views.excerpts import shortened
from api.pages.views.people import alias
from api.pages.views.story import Chapter, theme_story
from api.pages.views.theme_company import Family, NotesView, family, notes_view
from api.pages.views.theme_sheets import Neighbour, neighbour
from api.pages.views.trend import Growth, growth, whole_trend
from nlp.demand_weights import DemandWeights
from review.principals import Principal
from store.repositories import board, mentions, posts, proposals, themes
from store.repositories.themes import Facet
from store.tables import Theme

MENTIONS_PAGE: Final = 30
_FACET_ROWS: Final = 6
_OPENING: Final = 220  # characters of a mention that are shown before it is unfolded


@dataclass(frozen=True, slots=True)
class Quote:
    """A theme in somebody's words."""

    text: str
    meta: str
    post_id: str


@dataclass(frozen=True, slots=True)
class MentionItem:
    """One mention in the list."""

    id: str
    post_id: str
    text: str
    who: str
    channel: str
    at: datetime | None
    product: str
    intent: str
    likes: int

    @property
    def opening(self) -> str:
        """The text, or the beginning of one that fills the page."""
        return shortened(self.text, _OPENING)

    @property
    def folded(self) -> bool:
        """Whether there is more than the opening."""
        return len(self.text) > _OPENING


@dataclass(frozen=True, slots=True)
class MentionList:
    """Some mentions, and where the list goes on."""

    id: str
    active: bool
    mentions: tuple[MentionItem, ...]
    more: str


@dataclass(frozen=True, slots=True)
class FacetItem:
    """One value of a facet; `share` is 0..100 of the largest."""

    label: str
    people: int
    share: float
    href: str


@dataclass(frozen=True, slots=True)
class FacetView:
    """Where or of what the mentions speak."""

    name: str
    items: tuple[FacetItem, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ThemeView:
    """The theme page."""

    id: str
    name: str
    version: int
    active: bool
    named_by_person: bool
    restorable: bool
    state_words: str
    merged_into: Neighbour | None
    intent: str
    marks: tuple[str, ...]
    proposal: ProposalMark | None
    keyphrases: list[str]
    demand: DemandView
    severity: int
    growth: Growth
    weeks: tuple[tuple[str, int], ...]
    weeks_json: str
    trend_words: str
    quotes: list[Quote]
    size: int
    people: int
    mentions: tuple[MentionItem, ...]
    more: str
    facts: list[Fact]
    facets: list[FacetView]
    story: list[Chapter]
    family: Family
    notes: NotesView
    owner: str
    owner_id: str


@dataclass(frozen=True, slots=True)
class NameView:
    """The name of a theme, and the version at which it was seen."""

    id: str
    name: str
    version: int
    active: bool

    @classmethod
    def of(cls, theme: Theme, seen: int | None) -> NameView:
        return cls(theme.id, theme.name, seen or theme.version, theme.status == "active")


def theme_view(
    session: Session, t: Translator, principal: Principal, theme: Theme, weights: DemandWeights
) -> ThemeView:
    """Everything on the page of a theme but what comes a moment later: themes like it, and knowledge."""
    owner = board.owners_of(session, [theme.id]).get(theme.id)
    facets = themes.facets(session, theme.id)
    latest = posts.latest_at(session)
    weeks = whole_trend(theme.weekly, latest)
    listed = mention_list(session, t, theme, cursor=None)
    changes = board.recent_changes(session, [theme.id], since=t.now - RECENT)
    target = themes.get(session, theme.merged_into) if theme.merged_into else None
    return ThemeView(
        id=theme.id,
        name=theme.name,
        version=theme.version,
        active=theme.status == "active",
        named_by_person=theme.named_by_person and bool(theme.mined_name) and theme.mined_name != theme.name,
        restorable=theme.status in ("merged", "not_a_theme"),
        state_words=t(f"theme.state.{theme.status}"),
        merged_into=neighbour(target) if target else None,
        intent=theme.intent,
        marks=marks_of(theme, changes.get(theme.id, frozenset())),
        proposal=proposal_mark(proposals.of_theme(session, theme.id)),
        keyphrases=list(theme.keyphrases),
        demand=demand_view(t, theme, len(facets.channels), weights),
        severity=severity_level(severity_of(theme)),
        growth=growth(t, theme.growth),
        weeks=weeks,
        weeks_json=json.dumps([list(week) for week in weeks]),
        trend_words=t("trend.label", weeks=len(weeks), people=t.joined([str(people) for _, people in weeks[-4:]])),
        quotes=_quotes(session, t, theme),
        size=theme.size,
        people=theme.authors,
        mentions=listed.mentions,
        more=listed.more,
        facts=_facts(t, theme, mentions.arrived(session, theme.id)),
        facets=[
            view
            for view in (
                _facet("channel", facets.channels),
                _facet("product", facets.products),
                _facet("region", facets.regions),
            )
            if view.items
        ],
        story=theme_story(session, t, theme),
        family=family(session, theme),
        notes=notes_view(session, t, principal, theme.id),
        owner=owner.name if owner else "",
        owner_id=owner.id if owner else "",
    )


def mention_list(session: Session, t: Translator, theme: Theme, *, cursor: str | None) -> MentionList:
    """A page of mentions, most typical first."""
    page = mentions.of_theme(session, theme.id, cursor=cursor, limit=MENTIONS_PAGE)
    items = tuple(
        MentionItem(
            id=row.mention.id,
            post_id=row.mention.post_id,
            text=row.mention.text,
            who=alias(t, row.post.author_id),
            channel=row.channel_name,
            at=row.post.posted_at,
            product=row.post.product,
            intent=row.mention.intent,
            likes=row.post.likes,
        )
        for row in page.items
    )
    more = f"/themes/{theme.id}/mentions?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else ""
    return MentionList(theme.id, theme.status == "active", items, more)


def _quotes(session: Session, t: Translator, theme: Theme) -> list[Quote]:
    found = posts.by_ids(session, [quote["post_id"] for quote in theme.quotes])
    quotes = []
    for quote in theme.quotes:
        post = found.get(quote["post_id"])
        meta = [alias(t, post.author_id), post.product, t.day(post.posted_at) if post.posted_at else ""] if post else []
        quotes.append(Quote(quote["text"], " · ".join(part for part in meta if part), post.id if post else ""))
    return quotes


def _facts(t: Translator, theme: Theme, arrived: int) -> list[Fact]:
    facts = [
        Fact(t("col.people"), t.number(theme.authors)),
        Fact(t("fact.posts"), t.number(theme.posts)),
        Fact(t("fact.mentions"), t.number(theme.size)),
    ]
    if arrived:
        facts.append(Fact(t("fact.arrived"), t.number(arrived)))
    if theme.first_seen:
        facts.append(Fact(t("fact.first_seen"), t.day(theme.first_seen)))
    if theme.last_seen:
        facts.append(Fact(t("fact.last_seen"), t.day(theme.last_seen)))
    if theme.named_by_person and theme.mined_name and theme.mined_name != theme.name:
        facts.append(Fact(t("fact.mined_name"), theme.mined_name))
    return facts


def _facet(name: str, found: Sequence[Facet]) -> FacetView:
    most = max((facet.count for facet in found), default=1)
    return FacetView(
        name,
        tuple(
            FacetItem(
                label=facet.label,
                people=facet.count,
                share=round(100 * facet.count / most, 1),
                href=f"/themes?{urlencode({name: facet.value})}",
            )
            for facet in found[:_FACET_ROWS]
        ),
    )
