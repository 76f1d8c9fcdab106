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


def _elements(chunks: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Texts between the top-level commas of an array, each with its problem or ''."""
    depth = 0
    in_string = escaped = False
    kept: list[str] = []
    length = 0
    for chunk in chunks:
        start = at = 0
        while at < len(chunk):
            if escaped:
                escaped = False
                at += 1
                continue
            match = _STRUCTURE.search(chunk, at)
            if match is None:
                break
            mark, at = match.group(), match.end()
            if in_string:
                in_string = mark != '"'
                escaped = mark == "\\"
                in_string = in_string or escaped
            elif mark == '"':
                in_string = True
            elif mark in "{[":
                depth += 1
                if depth == 1:
                    start, kept, length = at, [], 0
            elif mark in "}]":
                depth -= 1
                if depth == 0:
                    yield _finished(kept, length, chunk[start : at - 1])
                    return
            elif mark == "," and depth == 1:
                yield _finished(kept, length, chunk[start : at - 1])
                start, kept, length = at, [], 0
        rest = chunk[start:]
        length += len(rest)
        if length - len(rest) <= VALUE_LIMIT:
            kept.append(rest)
    text = "".join(kept)
    if text.strip():
        yield text[:RAW_LIMIT], "the array ends in the middle of this value; is a quote or a bracket left open?"


def _finished(kept: list[str], length: int, last: str) -> tuple[str, str]:
    total = length + len(last)
    if total <= VALUE_LIMIT:
        return "".join([*kept, last]), ""
    return "".join(kept)[:RAW_LIMIT], f"the value has {total:,} characters, the limit is {VALUE_LIMIT:,}"


def _parsed(line: int, written: str) -> Value | Rejected:
    try:
        return Value(line, json.loads(written), written)
    except RecursionError:
        return Rejected(line, "the JSON is nested too deeply", written[:RAW_LIMIT])
    except ValueError as error:
        return Rejected(line, f"this is not valid JSON: {error}", written[:RAW_LIMIT])
