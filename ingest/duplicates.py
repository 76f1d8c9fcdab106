"""Exact and near duplicates among posts: every copy finds the first of its group.

Near duplicates are found with MinHash and locality-sensitive hashing over character pairs (Broder 1997; the datasketch
library) and confirmed by the similarity of the whole texts (normalised indel similarity, rapidfuzz).
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasketch import MinHashLSH

SHORTEST_NEAR = 16  # normalised characters; in a shorter text one character changes what is said
LEAST_SIMILARITY = 0.9  # 0..1, of two normalised texts
_PERMUTATIONS = 64
_BANDS, _ROWS = 16, 4  # finds a pair with 0.6 of its character pairs in common with probability 0.89
_COMPARED = 2_000  # characters of a text that are compared
_IGNORED = re.compile(r"[\W_]+")
_LATE = datetime.max.replace(tzinfo=UTC)


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


def group_duplicates(candidates: Sequence[Candidate], *, least_similarity: float = LEAST_SIMILARITY) -> dict[str, str]:
    """The key of the first of its group for every post that is a copy; firsts and single posts are absent.

    The first is the earliest (a post without a time comes last), then the smallest key: the order of `candidates` has
    no influence. A post is a near duplicate of the most similar first at or above `least_similarity`; firsts are
    never chained, so a group cannot drift. Posts without text are copies of nothing.
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
    near = _near_duplicates([text for text in first_by_text if len(text) >= SHORTEST_NEAR], least_similarity)
    renamed = {first_by_text[text].key: first_by_text[other].key for text, other in near.items()}
    return {key: renamed.get(first, first) for key, first in groups.items()} | renamed


def _earliest(candidate: Candidate) -> tuple[datetime, str]:
    return candidate.time or _LATE, candidate.key


def _near_duplicates(texts: Sequence[str], least_similarity: float) -> dict[str, str]:
    """For each text that nearly equals an earlier one: which. `texts` are distinct, earliest first."""
    if len(texts) < 2:
        return {}
    from rapidfuzz import process
    from rapidfuzz.distance import Indel

    index = _index()
    copies: dict[str, str] = {}
    for position, (text, signature) in enumerate(zip(texts, _signatures(texts), strict=True)):
        likely = sorted(index.query(signature))
        found = process.extractOne(
            text[:_COMPARED],
            [texts[other][:_COMPARED] for other in likely],
            scorer=Indel.normalized_similarity,
            score_cutoff=least_similarity,
        )
        if found is not None:
            copies[text] = texts[likely[found[2]]]
        else:
            index.insert(position, signature, check_duplication=False)
    return copies


def _index() -> MinHashLSH:
    from datasketch import MinHashLSH

    return MinHashLSH(num_perm=_PERMUTATIONS, params=(_BANDS, _ROWS))


def _signatures(texts: Iterable[str]) -> Iterable[Any]:
    """A MinHash of each text's character pairs. The hash functions are seeded: the same text, the same signature."""
    from datasketch import MinHash

    yield from MinHash.generator((_pairs(text) for text in texts), num_perm=_PERMUTATIONS, seed=1, hashfunc=zlib.crc32)


def _pairs(text: str) -> list[bytes]:
    shown = text[:_COMPARED]
    return [pair.encode() for pair in {shown[at : at + 2] for at in range(len(shown) - 1)}]
