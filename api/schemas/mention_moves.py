"""Moves of mentions: which are meant, what a move would do, what it did."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.fields import AnyId, Input, Name, Note, Output, Versioned
from api.schemas.themes import ThemeOut, theme_out
from review.mention_moves import MOST_MENTIONS, Group, Kind, Moved
from review.move_previews import MovePreview, Source

PointNumber = Annotated[int, Field(ge=1, lt=2**31)]


class MentionsMeant(Input):
    """Some mentions, by the numbers of their points, by their ids, or both; unknown ones are left out."""

    points: list[PointNumber] = Field(default=[], max_length=100_000, description="Numbers of points on the map")
    mention_ids: list[AnyId] = Field(default=[], max_length=MOST_MENTIONS)


class SourceOut(Output):
    """Those of the mentions that are of one theme, or of none."""

    theme_id: str | None
    version: int | None = Field(description="Of the theme; send it with the move")
    name: str | None
    dismissed: bool = Field(description="Of no theme because a person said so")
    mentions: int = Field(description="Of those asked about; send it with the move")
    size: int = Field(description="Mentions the theme holds; 0 without one")
    left: int = Field(description="Mentions the theme would keep")
    movable: bool = Field(description="False where a move would empty the theme: merge or dismiss it instead")


class MovePreviewOut(Output):
    """What a move would take from where."""

    sources: list[SourceOut]
    mentions: int
    people: int = Field(description="Each once")
    most_mentions: int = Field(description="That one move may take")


class SourceSeen(Input):
    """A source as you saw it in the preview; the mentions of sources you leave out stay where they are."""

    theme_id: AnyId | None = None
    version: int | None = Field(default=None, ge=0, lt=2**31, description="Of the theme; required where there is one")
    mentions: Annotated[int, Field(ge=1, le=MOST_MENTIONS)]
    dismissed: bool = False


class _Move(MentionsMeant):
    sources: Annotated[list[SourceSeen], Field(min_length=1, max_length=1_000)]


class MentionSplit(_Move):
    """Make a theme of these mentions."""

    name: Name


class MentionTransfer(_Move, Versioned):
    """Put these mentions into another theme; `version` is that theme's."""

    into: AnyId


class MentionDismissal(_Move):
    """These mentions belong to no theme."""

    note: Note = ""


class MentionMoveOut(Output):
    """A move that was made."""

    id: str = Field(description="Takes it back: /map/moves/{id}/undo")
    kind: Kind
    mentions: int
    theme: ThemeOut | None = Field(description="Where they are now; null for no theme")


class MoveUndoneOut(Output):
    """A move that was taken back."""

    mentions: int
    left: int = Field(description="Mentions that somebody has put elsewhere since, and that stay there")


def preview_out(seen: MovePreview) -> MovePreviewOut:
    """What a preview says."""
    return MovePreviewOut(
        sources=[_source_out(source) for source in seen.sources],
        mentions=seen.mentions,
        people=seen.people,
        most_mentions=MOST_MENTIONS,
    )


def _source_out(source: Source) -> SourceOut:
    return SourceOut(
        theme_id=source.theme.id if source.theme else None,
        version=source.theme.version if source.theme else None,
        name=source.theme.name if source.theme else None,
        dismissed=source.dismissed,
        mentions=source.mentions,
        size=source.size,
        left=source.left,
        movable=source.movable(None),
    )


def groups_seen(sources: list[SourceSeen]) -> list[Group]:
    """The sources as the rules take them."""
    return [Group(one.theme_id, one.version, one.mentions, dismissed=one.dismissed) for one in sources]


def moved_out(moved: Moved, kind: Kind) -> MentionMoveOut:
    """A move as it is sent."""
    theme = theme_out(moved.target) if moved.target else None
    return MentionMoveOut(id=moved.id, kind=kind, mentions=moved.mentions, theme=theme)
