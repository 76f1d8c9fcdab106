"""What surrounds themes: search hits, previews of edits, themes alike, notes, owners, standings, saved views."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.fields import ONE_LINE, AnyId, Input, Output, Versioned
from api.schemas.themes import Intent, ThemeOut, WeekOut, theme_out
from review.theme_counts import ThemeCounts
from review.theme_likeness import Alike
from review.theme_previews import BallotEffect, Caution, DismissPreview, Effect, MergePreview, Side, SplitPreview
from store.repositories.board import Owner
from store.tables import SavedView, ThemeNote, ThemePoint

_SAID = r"^[^\x00]*[^\x00\s][^\x00]*$"


class HitOut(Output):
    """A theme that a search found, and how."""

    theme: ThemeOut
    by_words: bool
    by_meaning: bool
    similarity: float | None = Field(description="Cosine to the query, where its meaning found it")
    snippet: str = Field(description="What somebody said that holds the words; folded, empty where none does")


class SearchMeta(Output):
    """How much of the search could be done."""

    meaning: Literal["ready", "loading", "absent"] = Field(
        description="`loading`: ask again in a few seconds, these are hits by words only"
    )
    found: int


class SearchAnswer(Output):
    """Hits, best first."""

    data: list[HitOut]
    meta: SearchMeta


class CountsOut(Output):
    """The counts of a theme that is not there yet."""

    people: int = Field(description="Each once")
    mentions: int
    posts: int
    severity: float
    weekly: list[WeekOut]


class SideOut(Output):
    """A theme as the preview saw it."""

    id: str
    name: str
    version: int
    people: int
    mentions: int
    intent: Intent


class BallotEffectOut(Output):
    """What becomes of a proposal."""

    effect: Effect
    proposal_id: str
    title: str
    status: str
    votes: int
    votes_after: int = Field(description="People, each once")


class MergePreviewOut(Output):
    """Several themes as one."""

    target: SideOut
    sources: list[SideOut]
    union: CountsOut
    shared_people: int = Field(description="Counted once in the union")
    proposals: list[BallotEffectOut]
    drafts: int = Field(description="Replies that wait; they stay in the queue")
    cautions: list[Caution]
    basis: str = Field(description="Send it with the merge")


class SplitPreviewOut(Output):
    """Some mentions as a theme of their own."""

    theme: SideOut
    leaving: CountsOut
    staying: CountsOut
    people_in_both: int
    quotes: list[str] = Field(description="Leading quotes that go along")
    drafts: int
    basis: str = Field(description="Send it with the split")


class DismissPreviewOut(Output):
    """A theme that is none."""

    theme: SideOut
    proposals: list[BallotEffectOut]
    drafts: int
    cautions: list[Caution]
    basis: str = Field(description="Send it with the dismissal")


class AlikeOut(Output):
    """A theme like another."""

    theme: ThemeOut
    cosine: float | None = Field(description="Of their prototypes; null where one has none")
    shared_people: int


class PointOut(Output):
    """How a theme stood at a moment."""

    at: datetime
    run_id: str | None = Field(description="Null between two runs")
    rank: int | None
    score: float
    people: int
    mentions: int


class NoteOut(Output):
    """A remark among colleagues."""

    id: str
    theme_id: str
    author_id: str
    text: str
    version: int
    created_at: datetime
    updated_at: datetime


class NoteNew(Input):
    """A remark."""

    text: Annotated[str, Field(min_length=1, max_length=2_000, pattern=_SAID)]


class NoteChange(Versioned):
    """A remark in other words."""

    text: Annotated[str, Field(min_length=1, max_length=2_000, pattern=_SAID)]


class OwnerOut(Output):
    """Who sees to the theme; null where nobody does."""

    theme_id: str
    owner_id: str | None
    owner_name: str | None
    version: int = Field(description="Of the theme")


class OwnerChange(Versioned):
    """Another owner, or none."""

    owner_id: AnyId | None


class SavedViewOut(Output):
    """Filters and an order of the board under a name."""

    id: str
    name: str
    query: str = Field(description="The board's address parameters: /themes?…")
    shared: bool
    owner_id: str
    created_at: datetime
    updated_at: datetime


class SavedViewNew(Input):
    """A view to keep; one of yours of the same name is replaced."""

    name: Annotated[str, Field(min_length=1, max_length=60, pattern=ONE_LINE)]
    query: Annotated[str, Field(max_length=1_000, pattern=r"^[^\x00]*$")] = ""
    shared: bool = False


class SavedViewChange(Input):
    """Another name, or shared or not."""

    name: Annotated[str, Field(min_length=1, max_length=60, pattern=ONE_LINE)] | None = None
    shared: bool | None = None


def merge_preview_out(preview: MergePreview) -> MergePreviewOut:
    """As it is sent."""
    return MergePreviewOut(
        target=_side(preview.target),
        sources=[_side(side) for side in preview.sources],
        union=_counts(preview.union),
        shared_people=preview.shared_people,
        proposals=[_effect(one) for one in preview.ballot],
        drafts=preview.drafts,
        cautions=list(preview.cautions),
        basis=preview.basis,
    )


def split_preview_out(preview: SplitPreview) -> SplitPreviewOut:
    """As it is sent."""
    return SplitPreviewOut(
        theme=_side(preview.theme),
        leaving=_counts(preview.leaving),
        staying=_counts(preview.staying),
        people_in_both=preview.people_in_both,
        quotes=list(preview.quotes),
        drafts=preview.drafts,
        basis=preview.basis,
    )


def dismiss_preview_out(preview: DismissPreview) -> DismissPreviewOut:
    """As it is sent."""
    return DismissPreviewOut(
        theme=_side(preview.theme),
        proposals=[_effect(one) for one in preview.ballot],
        drafts=preview.drafts,
        cautions=list(preview.cautions),
        basis=preview.basis,
    )


def alike_out(one: Alike) -> AlikeOut:
    """As it is sent."""
    return AlikeOut(theme=theme_out(one.theme), cosine=one.cosine, shared_people=one.shared_people)


def point_out(point: ThemePoint) -> PointOut:
    """As it is sent."""
    return PointOut(
        at=point.at, run_id=point.run_id, rank=point.rank, score=point.score, people=point.authors, mentions=point.size
    )


def note_out(note: ThemeNote) -> NoteOut:
    """As it is sent."""
    return NoteOut.model_validate(note)


def owner_out(theme_id: str, owner: Owner | None, version: int) -> OwnerOut:
    """As it is sent."""
    return OwnerOut(
        theme_id=theme_id,
        owner_id=owner.id if owner else None,
        owner_name=owner.name if owner else None,
        version=version,
    )


def view_out(view: SavedView) -> SavedViewOut:
    """As it is sent."""
    return SavedViewOut.model_validate(view)


def _side(side: Side) -> SideOut:
    return SideOut.model_validate(side)


def _counts(counts: ThemeCounts) -> CountsOut:
    return CountsOut(
        people=counts.authors,
        mentions=counts.size,
        posts=counts.posts,
        severity=counts.severity,
        weekly=[WeekOut(week=week, people=people) for week, people in counts.weekly],
    )


def _effect(one: BallotEffect) -> BallotEffectOut:
    return BallotEffectOut(
        effect=one.effect,
        proposal_id=one.id,
        title=one.title,
        status=one.status,
        votes=one.votes,
        votes_after=one.votes_after,
    )
