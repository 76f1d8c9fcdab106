"""Any table of posts: CSV, TSV or an Excel workbook, its columns guessed from the header."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import chain, islice

from ingest.columns import Columns, guess_columns
from ingest.csv_rows import Row, columns_evenness, read_rows, sniff_delimiter
from ingest.decoding import Stream, has_undecodable
from ingest.errors import EmptySourceError, NoTextColumnError, UnsupportedFileError
from ingest.fields import parse_count, parse_tier
from ingest.formats import Format
from ingest.posts import RAW_LIMIT, Post, Record, Rejected, Tier
from ingest.times import TimeFormatError, parse_time
from ingest.workbooks import is_zip, read_workbook

PLATFORM = "forum"
_SAMPLE = 50  # rows that the guess may look at
_EVEN = 0.8  # share of lines with the header's number of columns by which a nameless source is a table
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table whose columns are known and whose rows are still to be read."""

    columns: Columns
    rows: Iterator[Row | Rejected]


@dataclass(frozen=True, slots=True)
class TableHead:
    """The beginning of a table: its header, the first rows, and all rows still to be read (the first included)."""

    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    rows: Iterator[Row | Rejected]


def open_table(stream: Stream, mapping: Mapping[str, str] | None = None) -> OpenTable:
    """The columns of the table: guessed, or as mapped (field to header).

    Raises `NoTextColumnError`, `BadMappingError`, `EmptySourceError` (no header) or `UnsupportedFileError`.
    """
    head = table_head(stream)
    return OpenTable(guess_columns(head.header, head.sample, mapping), head.rows)


def table_head(stream: Stream) -> TableHead:
    """Header and first rows, whatever they mean. Raises `EmptySourceError` (no header) or `UnsupportedFileError`."""
    rows: Iterator[Row | Rejected]
    if is_zip(stream):
        rows = read_workbook(stream)
    elif stream.name.lower().endswith((".xlsx", ".xlsm")):
        raise UnsupportedFileError(
            f"{stream.name} is not an Excel workbook (it is no zip archive); export it again as .xlsx or CSV."
        )
    else:
        rows = read_rows(stream.lines(), sniff_delimiter(stream.head))
    before: list[Rejected] = []
    header: Row | None = None
    for row in rows:
        if isinstance(row, Rejected):
            before.append(row)
        elif any(cell.strip() for cell in row.cells):
            header = row
            break
    if header is None:
        raise EmptySourceError(f"{stream.name or 'The table'} has no header line.")
    sample = list(islice(rows, _SAMPLE))
    cells = tuple(row.cells for row in sample if isinstance(row, Row))
    return TableHead(header.cells, cells, chain(before, sample, rows))


def read(stream: Stream, *, timezone: tzinfo) -> Iterator[Record]:
    """Posts of a table with guessed columns. Title and text are joined where a table has both."""
    yield from read_table(open_table(stream), timezone=timezone)


def read_table(table: OpenTable, *, timezone: tzinfo) -> Iterator[Record]:
    """Posts of an opened table. A row without text, or with a time that cannot be understood, is rejected.

    Ids may repeat in a table (they may be of something else than posts): a repeated id is left out and the post is
    known by its content instead, so that no row is lost.
    """
    content_by_id: dict[str, int] = {}
    for row in table.rows:
        if isinstance(row, Rejected):
            yield row
        elif any(cell.strip() for cell in row.cells):
            record = _post(row, table.columns, timezone)
            yield _without_repeated_id(record, content_by_id) if isinstance(record, Post) else record


def _without_repeated_id(post: Post, content_by_id: dict[str, int]) -> Post:
    if not post.id:
        return post
    content = hash((post.author, post.time, post.text, post.thread))
    if content_by_id.setdefault(post.id, content) == content:
        return post
    return replace(post, id="")


def _post(row: Row, columns: Columns, timezone: tzinfo) -> Post | Rejected:
    cells = _fitted(row.cells, columns)

    def cell(name: str) -> str:
        at = columns.by_field.get(name)
        return cells[at].strip() if at is not None and at < len(cells) else ""

    raw = ",".join(row.cells)[:RAW_LIMIT]
    if any(extra.strip() for extra in cells[len(columns.header) :]):
        width = len(columns.header)
        reason = f"the row has {len(cells)} cells, the header {width}; put quotes around cells with commas"
        return Rejected(row.line, reason, raw)
    text = _joined(cell("title"), cell("text"))
    if not text:
        header = columns.name("text")
        short = len(row.cells) <= columns.by_field["text"]
        reason = f"the row has only {len(row.cells)} cells" if short else f"no text in column {header!r}"
        return Rejected(row.line, reason, raw)
    try:
        time = parse_time(cell("time"), timezone)
    except TimeFormatError as error:
        return Rejected(row.line, str(error), raw)
    return Post(
        id=cell("id"),
        platform=PLATFORM,
        author=cell("author"),
        time=time,
        text=text,
        line=row.line,
        author_name=cell("author"),
        channel=cell("channel"),
        thread=cell("thread"),
        likes=parse_count(cell("likes")) or 0,
        replies=parse_count(cell("replies")) or 0,
        views=parse_count(cell("views")) or 0,
        product=cell("product"),
        region=cell("region"),
        tier=parse_tier(cell("tier")) or Tier.REGULAR,
    )


def _fitted(cells: tuple[str, ...], columns: Columns) -> tuple[str, ...]:
    """The cells, with a text in the last column that was not quoted put together again at its commas."""
    last = len(columns.header) - 1
    if len(cells) > len(columns.header) and columns.by_field["text"] == last:
        return (*cells[:last], ",".join(cells[last:]).rstrip(","))
    return cells


def _joined(title: str, text: str) -> str:
    """Title and text, unless one repeats the other."""
    if not title or text.startswith(title):
        return text
    return f"{title}\n{text}" if text else title


def _signature(stream: Stream) -> bool:
    """A workbook; a file named as a table; a header that holds the text; or lines that split evenly into columns."""
    if is_zip(stream) or stream.name.lower().endswith((".xlsx", ".xlsm")):
        return True
    lines = [line for line in stream.head.splitlines() if line.strip()]
    if not lines or has_undecodable(lines[0]) or _CONTROL.search(lines[0]):
        return False
    if stream.name.lower().endswith((".csv", ".tsv")):
        return True
    delimiter = sniff_delimiter(stream.head)
    header = next(csv.reader([lines[0]], delimiter=delimiter), [])
    try:
        guess_columns(header)
    except NoTextColumnError:
        return len(lines) > 1 and columns_evenness(stream.head, delimiter) >= _EVEN
    return True


FORMAT = Format(
    name="table",
    title="CSV, TSV or Excel with a header line",
    platform=PLATFORM,
    priority=10,
    signature=_signature,
    read=read,
)
