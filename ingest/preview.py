"""The beginning of a file as it would be read, so that a person can correct the columns before anything is stored."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from itertools import islice

from ingest.columns import Columns, guess_columns
from ingest.decoding import Stream
from ingest.errors import IngestError, NoTextColumnError
from ingest.posts import Post, Rejected
from ingest.readers import table
from ingest.readers.table import TableHead
from ingest.reading import Reading, read_bytes
from ingest.recognise import find_format
from ingest.times import DEFAULT_TIMEZONE

_RECORDS = 200  # looked at for the first posts: chats begin with system lines


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What a file seems to be. `header` and `cells` are those of a table; `problem` says why it cannot be read so."""

    format: str
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    by_field: Mapping[str, str]  # field to header, as guessed or told
    posts: tuple[Post, ...]
    rejected: tuple[Rejected, ...]
    problem: IngestError | None = None


def preview_file(
    data: bytes,
    *,
    name: str = "",
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: Mapping[str, str] | None = None,
    timezone: tzinfo = DEFAULT_TIMEZONE,
    rows: int = 5,
) -> FilePreview:
    """The first rows and posts of a file or of its beginning.

    Raises `IngestError` where nothing can be shown; a table without a column for the text is shown all the same.
    """
    stream = Stream(io.BytesIO(data), name)
    found = find_format(stream, "table" if mapping and format is None else format)
    if found is not table.FORMAT:
        posts, rejected = _first(read_bytes(data, name=name, format=found.name, timezone=timezone), rows)
        return FilePreview(found.name, (), (), {}, posts, rejected)
    head = table.table_head(stream)
    cells = head.sample[:rows]
    try:
        columns = guess_columns(head.header, head.sample, mapping)
        reading = read_bytes(data, name=name, format=found.name, mapping=mapping, timezone=timezone)
        posts, rejected = _first(reading, rows)
    except NoTextColumnError as problem:
        return FilePreview(found.name, _names(head), cells, dict(mapping or {}), (), (), problem)
    return FilePreview(found.name, _names(head), cells, _fields(columns), posts, rejected)


def _first(reading: Reading, rows: int) -> tuple[tuple[Post, ...], tuple[Rejected, ...]]:
    posts: list[Post] = []
    rejected: list[Rejected] = []
    with reading:
        for record in islice(reading, _RECORDS):
            if isinstance(record, Post):
                posts.append(record)
            elif isinstance(record, Rejected) and len(rejected) < rows:
                rejected.append(record)
            if len(posts) == rows:
                break
    return tuple(posts), tuple(rejected)


def _names(head: TableHead) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in head.header)


def _fields(columns: Columns) -> dict[str, str]:
    return {name: columns.header[at] for name, at in columns.by_field.items()}
