"""Rows of a CSV with a fixed, known header: cells by column name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ingest.csv_rows import Row, read_rows, sniff_delimiter
from ingest.decoding import Stream
from ingest.posts import RAW_LIMIT, Rejected


@dataclass(frozen=True, slots=True)
class NamedRow:
    """One row. A cell the row does not have, or whose column the header lacks, is ''."""

    line: int
    cells: Mapping[str, str]
    raw: str

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "").strip()


def header_of(stream: Stream) -> frozenset[str]:
    """The column names of the first line that is not blank, as far as it is a CSV header."""
    line = next((line for line in stream.head.splitlines() if line.strip()), "")
    return frozenset(cell.strip().strip('"') for cell in line.split(sniff_delimiter(line)))


def named_rows(stream: Stream, *, needed: str) -> Iterator[NamedRow | Rejected]:
    """Rows below the header. Rejected: a row too short to hold the column `needed`, or longer than the header."""
    rows = read_rows(stream.lines(), sniff_delimiter(stream.head))
    header: tuple[str, ...] | None = None
    for row in rows:
        if isinstance(row, Rejected):
            yield row
        elif header is None:
            header = tuple(cell.strip() for cell in row.cells)
        elif any(cell.strip() for cell in row.cells):
            yield _named(row, header, needed)


def _named(row: Row, header: tuple[str, ...], needed: str) -> NamedRow | Rejected:
    raw = ",".join(row.cells)[:RAW_LIMIT]
    count = len(row.cells)
    if needed not in header:
        return Rejected(row.line, f"the header has no column {needed!r}", raw)
    if count <= header.index(needed):
        return Rejected(row.line, f"the row has only {count} cells; {needed!r} is missing", raw)
    if any(cell.strip() for cell in row.cells[len(header) :]):
        reason = f"the row has {count} cells, the header {len(header)}; put quotes around cells with commas"
        return Rejected(row.line, reason, raw)
    return NamedRow(row.line, dict(zip(header, row.cells, strict=False)), raw)
