"""JSON values one by one from a stream: a value a line, or the elements of one array of any length."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.decoding import Line
from ingest.posts import RAW_LIMIT, Rejected

VALUE_LIMIT = 1 << 20  # characters of one element of an array
_STRUCTURE = re.compile(r'["\\{}\[\],]')


@dataclass(frozen=True, slots=True)
class Value:
    """One parsed value, where it stood (line, or ordinal in an array; 1-based) and how it was written."""

    line: int
    value: object
    raw: str


def values_by_line(lines: Iterator[Line]) -> Iterator[Value | Rejected]:
    """A value for every line that is not blank."""
    for line in lines:
        if line.problem:
            yield Rejected(line.number, line.problem, line.text)
        elif line.text.strip():
            yield _parsed(line.number, line.text)


def values_of_array(chunks: Iterator[str]) -> Iterator[Value | Rejected]:
    """The elements of the array that the text consists of.

    A broken element is rejected alone. One that never ends (a quote or bracket left open) is rejected as too long and
    what follows is passed over up to the next element that begins on a line of its own.
    """
    ordinal = 0
    for element, problem in _elements(chunks):
        if element.strip() or problem:
            ordinal += 1
            if problem:
                yield Rejected(ordinal, problem, element[:RAW_LIMIT])
            else:
                yield _parsed(ordinal, element)


class _Splitter:
    """Finds the top-level commas of an array, piece by piece."""

    def __init__(self) -> None:
        self.closed = False
        self._depth = 0
        self._in_string = self._escaped = False
        self._kept: list[str] = []
        self._length = 0

    def feed(self, chunk: str) -> Iterator[tuple[str, str]]:
        """The elements that end in this piece, each with its problem or ''."""
        start = at = 0
        if self._escaped and chunk:
            self._escaped, at = False, 1
        while not self.closed and (match := _STRUCTURE.search(chunk, at)):
            mark, at = match.group(), match.end()
            if mark == "\\":
                self._escaped = at == len(chunk)  # the escaped character comes with the next piece
                at += self._in_string
            elif mark == '"':
                self._in_string = not self._in_string
            elif not self._in_string and self._ends_element(mark):
                yield self._finished(chunk[start : at - 1])
                start = at
            elif not self._in_string and mark in "{[" and self._depth == 1:
                start, self._kept, self._length = at, [], 0  # the array's own bracket: its elements begin here
        self._keep(chunk[start:])

    def rest(self) -> str:
        """What was read of an element that did not end."""
        return "".join(self._kept)

    def _ends_element(self, mark: str) -> bool:
        if mark in "{[":
            self._depth += 1
        elif mark in "}]":
            self._depth -= 1
            self.closed = self._depth == 0
        return self.closed or (mark == "," and self._depth == 1)

    def _keep(self, piece: str) -> None:
        if self._length <= VALUE_LIMIT:
            self._kept.append(piece)
        self._length += len(piece)

    def _finished(self, last: str) -> tuple[str, str]:
        self._keep(last)
        text, length = "".join(self._kept), self._length
        self._kept, self._length = [], 0
        if length <= VALUE_LIMIT:
            return text, ""
        return text[:RAW_LIMIT], f"the value has {length:,} characters, the limit is {VALUE_LIMIT:,}"


def _elements(chunks: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Texts between the top-level commas of an array, each with its problem or ''."""
    splitter = _Splitter()
    for chunk in chunks:
        yield from splitter.feed(chunk)
    if splitter.rest().strip():
        reason = (
            "this stands after the end of the array"
            if splitter.closed
            else "the array ends in the middle of this value; is a quote or a bracket left open?"
        )
        yield splitter.rest()[:RAW_LIMIT], reason


def _parsed(line: int, written: str) -> Value | Rejected:
    try:
        return Value(line, json.loads(written), written)
    except RecursionError:
        return Rejected(line, "the JSON is nested too deeply", written[:RAW_LIMIT])
    except ValueError as error:
        return Rejected(line, f"this is not valid JSON: {error}", written[:RAW_LIMIT])
