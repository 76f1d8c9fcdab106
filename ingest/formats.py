"""What a reader says of itself, so that a source can be matched to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from ingest.decoding import Stream
from ingest.posts import Record


class Reader(Protocol):
    """Turns one source into records. Naive times are in `timezone`. A post without a platform id has id ""."""

    def __call__(self, stream: Stream, *, timezone: tzinfo) -> Iterator[Record]: ...


@dataclass(frozen=True, slots=True)
class Format:
    """A form in which text arrives. The recognised format of highest `priority` reads the source."""

    name: str
    title: str  # for people: what produces such files
    platform: str  # becomes part of every author's pseudonym
    priority: int
    signature: Callable[[Stream], bool]  # looks at `stream.head` and `stream.raw_head` only
    read: Reader
