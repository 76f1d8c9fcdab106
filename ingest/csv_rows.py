"""Delimited text to rows of cells, one broken row never taking its neighbours with it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.decoding import Line
from ingest.posts import RAW_LIMIT, Rejected

RECORD_LIMIT = 1 << 20  # characters of one row, its line breaks included
_RECORD_LINES = 5_000  # a quote left open swallows no more than this before the row is given up
_LINES_TO_SNIFF = 20

csv.field_size_limit(max(csv.field_size_limit(), RECORD_LIMIT))  # the module's own limit is 128 KiB


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and the line it began on."""

    line: int
    cells: tuple[str, ...]


class _GivenUpError(Exception):
    """The row being assembled cannot become one."""


class _Feed:
    """Hands lines to `csv.reader`, remembers those of the current row, and can take them back."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._returned: deque[Line] = deque()
        self.current: list[Line] = []
        self._length = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.current.append(line)
        self._length += len(line.text) + 1
        if line.problem:
            raise _GivenUpError(line.problem)
        if self._length > RECORD_LIMIT:
            raise _GivenUpError(f"the row has more than {RECORD_LIMIT:,} characters; is a quote left open?")
        if len(self.current) > _RECORD_LINES:
            raise _GivenUpError(f"the row has more than {_RECORD_LINES:,} lines; is a quote left open?")
        return line.text + "\n"

    def start_row(self) -> None:
        self.current = []
        self._length = 0

    def keep_first_only(self) -> Line:
        """The row's first line; those after it are read again as rows of their own, unless one is too long."""
        first, *rest = self.current
        self._returned.extendleft(reversed([line for line in rest if not line.problem]))
        self.start_row()
        return first


def read_rows(lines: Iterator[Line], delimiter: str = ",") -> Iterator[Row | Rejected]:
    """Rows in order; empty lines are passed over. Quoted cells may span lines.

    A row that breaks the rules of quoting (a quote never closed, text after a closing quote over several lines, too
    long) is `Rejected` by its first line alone; reading goes on with the line after it.
    """
    feed = _Feed(lines)
    rows = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.start_row()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except (csv.Error, _GivenUpError) as error:
            yield from _recover(feed, error, delimiter)
            rows = csv.reader(feed, delimiter=delimiter, strict=True)
            continue
        if cells:
            yield Row(feed.current[0].number, tuple(cell.rstrip("\n") for cell in cells))


def _recover(feed: _Feed, error: Exception, delimiter: str) -> Iterator[Row | Rejected]:
    if not feed.current:  # nothing was read: the end of the source
        return
    alone = len(feed.current) == 1
    too_long = feed.current[-1]
    first = feed.keep_first_only()
    if alone and isinstance(error, csv.Error) and "unexpected end" not in str(error):
        lenient = next(csv.reader([first.text], delimiter=delimiter), [])
        yield Row(first.number, tuple(lenient))
        return
    quoting = f"broken quoting ({error}); double the quotes inside a cell"
    reason = str(error) if isinstance(error, _GivenUpError) else quoting
    yield Rejected(first.number, reason, first.text[:RAW_LIMIT])
    if too_long is not first and too_long.problem:
        yield Rejected(too_long.number, too_long.problem, too_long.text[:RAW_LIMIT])


def sniff_delimiter(head: str) -> str:
    """The delimiter of a table by its first lines: the one that splits them into most columns evenly."""
    header = next((line for line in head.splitlines() if line.strip()), "")
    return max(",\t;|", key=lambda mark: (columns_evenness(head, mark), header.count(mark)))


def columns_evenness(head: str, delimiter: str) -> float:
    """Share of the first lines with as many delimiters as the header, 0..1; 0 where the header has none."""
    lines = [line for line in head.splitlines()[:_LINES_TO_SNIFF] if line.strip()]
    width = lines[0].count(delimiter) if lines else 0
    return sum(line.count(delimiter) == width for line in lines) / len(lines) if width else 0.0
