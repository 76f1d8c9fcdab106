"""Near-identical texts of a whole corpus, in time that grows with its length: MinHash in numpy, confirmed pair by pair.

MinHash and banding after Broder 1997 and Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3. The
signatures of all texts are made at once (a library's one object a text is too slow for a million mentions); candidates
are confirmed by the normalised indel similarity of rapidfuzz.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

LEAST_SIMILARITY = 0.85  # of two normalised texts: three of twenty characters may be exchanged
SHORTEST_NEAR = 16  # characters; in a shorter text one character changes what is said
_COMPARED = 300  # characters of a text that are compared
_BANDS, _ROWS = 8, 4  # finds a pair with 0.8 of its character pairs in common with probability 0.985
_BLOCK = 20_000  # texts whose characters are in memory at a time
_SEED = 20_260_101
_IGNORED = re.compile(r"[\W_]+")

Signatures = npt.NDArray[np.uint64]


def group_near_identical(texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """int64[n]: texts that say the same with at most small changes have the same number, all others their own.

    Case, spaces and punctuation are ignored. Groups do not depend on the order of `texts`; their numbers do.
    A chain of near-identical texts is one group.
    """
    if not texts:
        return np.zeros(0, dtype=np.int64)
    bare = [_IGNORED.sub("", text.casefold()) or text for text in texts]
    distinct = sorted(set(bare))
    component = _components(distinct)
    row = {text: int(component[i]) for i, text in enumerate(distinct)}
    return np.array([row[text] for text in bare], dtype=np.int64)


def _components(texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """Connected components over confirmed pairs; texts distinct and sorted."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    long = [i for i, text in enumerate(texts) if len(text) >= SHORTEST_NEAR]
    left, right = _confirmed([texts[i][:_COMPARED] for i in long])
    places = np.array(long, dtype=np.int64)
    edges = coo_array(
        (np.ones(len(left), dtype=np.int8), (places[left], places[right])), shape=(len(texts), len(texts))
    )
    return np.asarray(connected_components(edges, directed=False)[1], dtype=np.int64)


def _confirmed(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pairs that share a band and are similar: each text is compared with its neighbour in the band, by text.

    Neighbours, not all pairs: a band that many texts share costs no more than others.
    """
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cpdist

    nothing = np.zeros(0, dtype=np.int64)
    if len(texts) < 2:
        return nothing, nothing
    pairs = np.unique(np.concatenate([_neighbours(band) for band in _bands(_signatures(texts))]), axis=0)
    if not len(pairs):
        return nothing, nothing
    similar = cpdist(
        [texts[i] for i in pairs[:, 0]],
        [texts[i] for i in pairs[:, 1]],
        scorer=Indel.normalized_similarity,
        score_cutoff=LEAST_SIMILARITY,
    )
    kept = pairs[np.asarray(similar) >= LEAST_SIMILARITY]
    return kept[:, 0], kept[:, 1]


def _signatures(texts: Sequence[str]) -> Signatures:
    """uint64[n, bands x rows]: the least value of each hash over a text's pairs of neighbouring characters."""
    chance = np.random.default_rng(_SEED)
    factors = chance.integers(1, 2**63, _BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
    offsets = chance.integers(0, 2**63, _BANDS * _ROWS, dtype=np.uint64)
    found = np.empty((len(texts), _BANDS * _ROWS), dtype=np.uint64)
    for start in range(0, len(texts), _BLOCK):
        block = texts[start : start + _BLOCK]
        characters = np.frombuffer("".join(block).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
        lengths = np.array([len(text) for text in block])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        pairs = _mixed(characters[:-1] << np.uint64(32) | characters[1:])
        pairs = np.append(pairs, pairs[:1])  # one a character; the last of each text would reach into the next
        pairs[starts + lengths - 1] = pairs[starts]
        for column, (factor, offset) in enumerate(zip(factors, offsets, strict=True)):
            hashed = pairs * factor + offset
            found[start : start + len(block), column] = np.minimum.reduceat(hashed >> np.uint64(8), starts)
    return found


def _mixed(values: Signatures) -> Signatures:
    """The finaliser of splitmix64: neighbouring numbers become unrelated ones."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _bands(signatures: Signatures) -> list[Signatures]:
    """One number a text for each band."""
    bands = []
    for band in range(_BANDS):
        joined = np.zeros(len(signatures), dtype=np.uint64)
        for row in range(_ROWS):
            joined = _mixed(joined + signatures[:, band * _ROWS + row])
        bands.append(joined)
    return bands


def _neighbours(band: Signatures) -> npt.NDArray[np.int64]:
    """int64[pairs, 2]: of the texts with the same number, each and the next."""
    order = np.argsort(band, kind="stable").astype(np.int64)
    same = np.flatnonzero(band[order[1:]] == band[order[:-1]])
    return np.stack([order[same], order[same + 1]], axis=1)
