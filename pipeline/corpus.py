"""Files read into one corpus for mining without a database: prepared posts, and what became of every row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from sys import intern
from typing import Protocol

from ingest.keys import content_hash
from ingest.masking import Masked
from ingest.posts import Post, PreparedPost, Record, Rejected, Skipped
from ingest.prepare import Each, prepare
from ingest.reading import ReadSummary, read_path
from nlp.documents import document_of
from nlp.types import Document
from pipeline.outputs import RejectedLine
from pipeline.progress import Progress, unheard

# Pseudonyms of this corpus only tell people apart while it is counted; they are never written anywhere, so the key
# protects nothing, and a fixed one keeps two runs over the same file equal.
_COUNTING_KEY = b"zhongsheng counts people offline"

NATIVE = "jsonl"
_RAW_ID = re.compile(r'"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?)')


@dataclass(frozen=True, slots=True)
class Corpus:
    """All posts of some files, ready to be mined."""

    posts: tuple[tuple[str, str], ...]  # (id in the input, id in mining), in input order; recalled posts included
    prepared: tuple[PreparedPost, ...]  # recalled posts are not among them
    rejected: tuple[RejectedLine, ...]
    summaries: tuple[ReadSummary, ...]

    @property
    def people(self) -> int:
        """Distinct authors; a post without one is a person of its own."""
        known = {entry.author for entry in self.prepared if entry.author}
        return len(known) + sum(1 for entry in self.prepared if not entry.author)

    def documents(self) -> list[Document]:
        """The prepared posts as mining takes them."""
        return [document_of(entry) for entry in self.prepared]

    def input_ids(self) -> dict[str, str]:
        """Id in mining -> id in the input."""
        return {mining: given for given, mining in self.posts}


class Source(Protocol):
    """One file's records, to be iterated once; the summary is final after that. `ingest.Reading` is one."""

    @property
    def source(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def summary(self) -> ReadSummary: ...
    def __iter__(self) -> Iterator[Record]: ...


def read_corpus(
    paths: Sequence[Path],
    *,
    timezone: tzinfo,
    format_name: str | None = None,
    mapping: Mapping[str, str] | None = None,
    progress: Progress = unheard,
    each: Each = map,
) -> Corpus:
    """Read and prepare all files: `corpus_of` what they hold.

    Raises a subclass of IngestError where a file as a whole cannot be read.
    """

    def opened() -> Iterator[Source]:
        for number, path in enumerate(paths):
            progress("reading", number, len(paths))
            with read_path(path, format=format_name, mapping=mapping, timezone=timezone) as reading:
                yield reading
        progress("reading", len(paths), len(paths))

    return corpus_of(opened(), progress=progress, each=each)


def corpus_of(
    sources: Iterable[Source],
    *,
    progress: Progress = unheard,
    each: Each = map,
    known: Mapping[str, Masked] | None = None,
) -> Corpus:
    """The posts of all sources, prepared. One that two of them hold with the same id and content counts once.

    `each` maps the cleaning over batches of posts, as `map` does or in other processes; texts `known` are clean.
    """
    collected = _Collected()
    for source in sources:
        for record in source:
            match record:
                case Post():
                    collected.add(record, Path(source.source).stem)
                case Rejected():
                    collected.reject(record, source.source, native=source.format == NATIVE)
                case Skipped():
                    pass  # counted in the summary: no post by its nature
        collected.summaries.append(source.summary)
    progress("preparing", 0, len(collected.posts))
    prepared = prepare(collected.posts, secret=_COUNTING_KEY, each=each, known=known)
    progress("preparing", len(collected.posts), len(collected.posts))
    return Corpus(
        posts=tuple(collected.ids),
        prepared=tuple(prepared),
        rejected=tuple(collected.rejected),
        summaries=tuple(collected.summaries),
    )


class _Collected:
    """Posts of all files so far, under ids that are unique across the files."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.ids: list[tuple[str, str]] = []
        self.rejected: list[RejectedLine] = []
        self.summaries: list[ReadSummary] = []
        self._content: dict[str, str] = {}  # id in mining -> content
        self._given: set[str] = set()  # ids in the input

    def add(self, post: Post, channel: str) -> None:
        """Take the post in, unless it was there before."""
        if post.recalls:
            self.posts.append(post)  # an instruction, not a post: it needs no row of its own
            return
        content = content_hash(post)
        mining = post.id
        count = 1
        while mining in self._content:
            if self._content[mining] == content:
                return
            count += 1
            mining = f"{post.id}#{count}"
        self._content[mining] = content
        self._note(post.id, mining)
        # many posts share these: one object each
        self.posts.append(
            replace(
                post,
                id=mining,
                platform=intern(post.platform),
                author=intern(post.author),
                channel=intern(post.channel or channel),
                product=intern(post.product),
                region=intern(post.region),
            )
        )

    def reject(self, record: Rejected, source: str, *, native: bool) -> None:
        """Note a rejected row. One of a native file that has an id is a post without mentions: it gets a row."""
        self.rejected.append(RejectedLine(source, record))
        found = _RAW_ID.search(record.raw) if native else None
        if found is None:
            return
        identifier = str(json.loads(found.group(1))).strip()
        if identifier and identifier not in self._given:
            self._note(identifier, f"rejected:{len(self.rejected)}")

    def _note(self, given: str, mining: str) -> None:
        self.ids.append((given, mining))
        self._given.add(given)
