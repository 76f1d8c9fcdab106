"""Exact and near duplicates among posts: every copy finds the first of its group.

Near duplicates are found with MinHash and locality-sensitive hashing over character pairs (`ingest.signatures`) and
confirmed by the similarity of the whole texts (normalised indel similarity, rapidfuzz).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from ingest.signatures import BANDS, Keys, band_keys

SHORTEST_NEAR = 16  # normalised characters; in a shorter text one character changes what is said
LEAST_SIMILARITY = 0.9  # 0..1, of two normalised texts
_COMPARED = 2_000  # characters of a text that are compared
_HELD = 50  # firsts of one bucket that later texts are compared with: what many texts share is a template
_BATCH = 4_000  # texts whose signatures are made at a time
_IGNORED = re.compile(r"[\W_]+")
_LATE = datetime.max.replace(tzinfo=UTC)

EachSignature = Callable[[Callable[[Sequence[str]], Keys], Iterable[Sequence[str]]], Iterable[Keys]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post as far as duplicates are concerned: its key, its cleaned and masked text, its time."""

    key: str
    text: str
    time: datetime | None = None


def normalise(text: str) -> str:
    """The text without case, width, spaces and punctuation; as it is where nothing else is in it ('？？？', '👍')."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _IGNORED.sub("", folded) or folded.strip()


def group_duplicates(
    candidates: Sequence[Candidate], *, least_similarity: float = LEAST_SIMILARITY, each: EachSignature = map
) -> dict[str, str]:
    """The key of the first of its group for every post that is a copy; firsts and single posts are absent.

    The first is the earliest (a post without a time comes last), then the smallest key: the order of `candidates` has
    no influence. A post is a near duplicate of the most similar first at or above `least_similarity`; firsts are
    never chained, so a group cannot drift. Posts without text are copies of nothing. `each` maps a function over
    batches, in order; one that does so in several processes changes nothing but the time.
    """
    first_by_text: dict[str, Candidate] = {}
    groups: dict[str, str] = {}
    for candidate in sorted(candidates, key=_earliest):
        text = normalise(candidate.text)
        if not text:
            continue
        first = first_by_text.setdefault(text, candidate)
        if first.key != candidate.key:
            groups[candidate.key] = first.key
    near = _near_duplicates([text for text in first_by_text if len(text) >= SHORTEST_NEAR], least_similarity, each)
    renamed = {first_by_text[text].key: first_by_text[other].key for text, other in near.items()}
    return {key: renamed.get(first, first) for key, first in groups.items()} | renamed


def _earliest(candidate: Candidate) -> tuple[datetime, str]:
    return candidate.time or _LATE, candidate.key


def _near_duplicates(texts: Sequence[str], least_similarity: float, each: EachSignature) -> dict[str, str]:
    """For each text that nearly equals an earlier one: which. `texts` are distinct, earliest first."""
    if len(texts) < 2:
        return {}
    from rapidfuzz import process
    from rapidfuzz.distance import Indel

    shown = [text[:_COMPARED] for text in texts]
    batches = (shown[start : start + _BATCH] for start in range(0, len(shown), _BATCH))
    firsts: dict[int, list[int]] = defaultdict(list)  # bucket -> texts that are copies of nothing
    copies: dict[str, str] = {}
    for position, buckets in _in_buckets(np.concatenate(list(each(band_keys, batches)))):
        likely = sorted({other for bucket in buckets for other in firsts[bucket]})
        found = process.extractOne(
            shown[position],
            [shown[other] for other in likely],
            scorer=Indel.normalized_similarity,
            score_cutoff=least_similarity,
        )
        if found is not None:
            copies[texts[position]] = texts[likely[found[2]]]
            continue
        for bucket in buckets:
            if len(firsts[bucket]) < _HELD:
                firsts[bucket].append(position)
    return copies


def _in_buckets(keys: Keys) -> Iterator[tuple[int, list[int]]]:
    """Every text that shares a band with another, in order, with the numbers of its shared buckets."""
    rows, buckets = [], []
    taken = 0
    for band in range(BANDS):
        values, inverse, counts = np.unique(keys[:, band], return_inverse=True, return_counts=True)
        shared = np.flatnonzero(counts[inverse] > 1)
        rows.append(shared)
        buckets.append(taken + inverse[shared])
        taken += len(values)
    row, bucket = np.concatenate(rows), np.concatenate(buckets)
    if not len(row):
        return
    order = np.lexsort((bucket, row))
    row, bucket = row[order], bucket[order]
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    for position, part in zip(row[starts].tolist(), np.split(bucket, starts[1:]), strict=True):
        yield position, part.tolist()
