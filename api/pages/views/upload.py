"""A file before it is read: its first rows, which column is what, and the posts that would come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.pages.language import Translator
from api.pages.views.excerpts import shortened
from api.pages.views.reasons import reason_words
from ingest.masking import mask
from ingest.preview import FilePreview

# The first six are what most files have; the others are for the few that have them.
COLUMN_FIELDS: Final = (
    "text", "title", "time", "author", "product", "region",
    "id", "channel", "thread", "likes", "replies", "views", "tier",
)  # fmt: skip
_FIRST_FIELDS: Final = 6
_CELL: Final = 60
_COLUMNS: Final = 30


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A field of a post, and the column taken for it."""

    field: str
    chosen: str


@dataclass(frozen=True, slots=True)
class PreviewedPost:
    """A post as it would be kept."""

    text: str
    who: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The beginning of the file."""

    format: str
    header: tuple[str, ...]
    roles: tuple[str, ...]  # what each column is taken for, by column
    cells: tuple[tuple[str, ...], ...]
    choices: tuple[ColumnChoice, ...]
    further: tuple[ColumnChoice, ...]
    posts: tuple[PreviewedPost, ...]
    rejected: tuple[str, ...]
    problem: str


def preview_view(t: Translator, found: FilePreview, *, problem: str = "") -> PreviewView:
    """The preview in words; personal data masked as it will be."""
    field_of = {column: field for field, column in found.by_field.items()}
    choices = tuple(ColumnChoice(field, found.by_field.get(field, "")) for field in COLUMN_FIELDS)
    return PreviewView(
        format=found.format,
        header=found.header[:_COLUMNS],
        roles=tuple(field_of.get(name, "") for name in found.header[:_COLUMNS]),
        cells=tuple(
            tuple(shortened(mask(cell).text, _CELL) for cell in row[: min(_COLUMNS, len(found.header))])
            for row in found.cells
        ),
        choices=choices[:_FIRST_FIELDS] if found.header else (),
        further=choices[_FIRST_FIELDS:] if found.header else (),
        posts=tuple(
            PreviewedPost(shortened(mask(post.text).text, 160), mask(post.author_name or post.author).text, post.time)
            for post in found.posts
        ),
        rejected=tuple(reason_words(t, row.reason) for row in found.rejected[:2]),
        problem=problem,
    )


def mapping_of(fields: Mapping[str, object]) -> dict[str, str]:
    """Field to column, from a form's ``map_text`` and the like. Nothing where the form says nothing of columns."""
    said = {field: fields.get(f"map_{field}") for field in COLUMN_FIELDS}
    if not said["text"]:
        return {}
    return {field: column for field, column in said.items() if isinstance(column, str)}
