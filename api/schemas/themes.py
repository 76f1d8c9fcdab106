"""Themes: recurring needs with their demand, mentions and lineage; and people's edits of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, cast

from pydantic import Field

from api.schemas.fields import AnyId, Name, Note, Output, Versioned
from review.theme_previews import MOST_SPLIT
from store.repositories.mentions import MentionRow
from store.repositories.themes import LineageRow
from store.tables import Theme

ThemeStatus = Literal["active", "retired", "merged", "not_a_theme"]
Intent = Literal["pain_point", "request", "question", "praise", "chatter"]


class Quote(Output):
    """What somebody said, in their words (masked)."""

    post_id: str
    text: str


class Demand(Output):
    """Why a theme ranks where it does."""

    score: float = Field(description="0 to 100")
    parts: dict[str, float] = Field(description="Each part of the score by name")


class WeekOut(Output):
    """How many people spoke of it in one week."""

    week: str = Field(description="The Monday, as YYYY-MM-DD")
    people: int


class ThemeOut(Output):
    """One recurring need."""

    id: str
    name: str
    mined_name: str
    named_by_person: bool
    status: ThemeStatus
    merged_into: str | None
    parent_id: str | None
    intent: Intent
    keyphrases: list[str]
    quotes: list[Quote]
    demand: Demand
    size: int = Field(description="Mentions")
    posts: int
    authors: int = Field(description="Distinct people")
    severity: float
    growth: float
    weekly: list[WeekOut]
    first_seen: datetime | None
    last_seen: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class MentionOut(Output):
    """One clause or sentence of a post that says one thing."""

    id: str
    post_id: str
    channel_id: str
    author_id: str | None
    posted_at: datetime | None
    text: str
    intent: Intent
    intent_confidence: float
    severity: float
    products: list[str]
    theme_id: str | None
    strength: float


class LineageEdgeOut(Output):
    """How a theme came from others, by a run or by a person's hand (`run_id` null)."""

    kind: str
    run_id: str | None
    from_theme: str | None
    from_name: str | None
    to_theme: str | None
    to_name: str | None
    overlap: float
    created_at: datetime


class ThemeRename(Versioned):
    """A name people will recognise."""

    name: Name


Basis = Annotated[
    str | None,
    Field(
        max_length=4_000,
        pattern=r"^[^\x00]*$",
        description="The `basis` of the preview you saw; refused (409 `preview_outdated`) where it no longer holds",
    ),
]


class ThemeMerge(Versioned):
    """Fold this theme into another."""

    basis: Basis = None
    into: AnyId


class ThemeSplit(Versioned):
    """Make a theme of its own of these mentions."""

    basis: Basis = None
    name: Name
    mention_ids: Annotated[list[AnyId], Field(min_length=1, max_length=MOST_SPLIT)]


class ThemeDismissal(Versioned):
    """This is not a need."""

    basis: Basis = None
    note: Note = ""


class ThemeRestore(Versioned):
    """Take back a dismissal, a merge or a split."""


class ThemeRoute(Versioned):
    """Put the theme before contributors."""

    title: Name | None = None


def theme_out(theme: Theme) -> ThemeOut:
    """A row as it is sent."""
    return ThemeOut(
        id=theme.id,
        name=theme.name,
        mined_name=theme.mined_name,
        named_by_person=theme.named_by_person,
        status=cast("ThemeStatus", theme.status),
        merged_into=theme.merged_into,
        parent_id=theme.parent_id,
        intent=cast("Intent", theme.intent),
        keyphrases=theme.keyphrases,
        quotes=[Quote(post_id=quote["post_id"], text=quote["text"]) for quote in theme.quotes],
        demand=Demand(score=theme.score, parts=theme.parts),
        size=theme.size,
        posts=theme.posts,
        authors=theme.authors,
        severity=theme.severity,
        growth=theme.growth,
        weekly=[WeekOut(week=week, people=people) for week, people in theme.weekly],
        first_seen=theme.first_seen,
        last_seen=theme.last_seen,
        version=theme.version,
        created_at=theme.created_at,
        updated_at=theme.updated_at,
    )


def mention_out(row: MentionRow) -> MentionOut:
    """A mention and what is worth knowing of its post."""
    mention = row.mention
    return MentionOut(
        id=mention.id,
        post_id=mention.post_id,
        channel_id=row.post.channel_id,
        author_id=row.post.author_id,
        posted_at=row.post.posted_at,
        text=mention.text,
        intent=cast("Intent", mention.intent),
        intent_confidence=mention.intent_confidence,
        severity=mention.severity,
        products=mention.products,
        theme_id=mention.theme_id,
        strength=mention.strength,
    )


def lineage_out(row: LineageRow) -> LineageEdgeOut:
    """A step with the names of both ends."""
    edge = row.edge
    return LineageEdgeOut(
        kind=edge.kind,
        run_id=edge.run_id,
        from_theme=edge.from_theme,
        from_name=row.from_name,
        to_theme=edge.to_theme,
        to_name=row.to_name,
        overlap=edge.overlap,
        created_at=edge.created_at,
    )
