"""Signatures of texts for finding near duplicates: MinHash over character pairs, cut into bands (Broder 1997)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

BANDS, ROWS = 16, 4  # finds a pair with 0.6 of its character pairs in common with probability 0.89
_SEED = 1
_CHARACTERS = 400_000  # of texts at a time: bounds memory
_CODE_BITS = np.uint64(21)  # a Unicode code point fits

Keys = npt.NDArray[np.uint64]


def band_keys(texts: Sequence[str]) -> Keys:
    """uint64[n, BANDS]: two texts that agree in a band likely share most of their character pairs.

    Texts have at least two characters. The same text has the same keys on any machine and in any batch.
    """
    found = [_keys_of(part) for part in _parts(texts)]
    return np.concatenate(found) if found else np.zeros((0, BANDS), dtype=np.uint64)


def _parts(texts: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    length = 0
    for text in texts:
        part.append(text)
        length += len(text)
        if length >= _CHARACTERS:
            yield part
            part, length = [], 0
    if part:
        yield part


def _keys_of(texts: Sequence[str]) -> Keys:
    lengths = np.array([len(text) for text in texts])
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    row = np.repeat(np.arange(len(texts)), lengths)
    within = row[:-1] == row[1:]
    pairs = _mixed(((codes[:-1] << _CODE_BITS) | codes[1:])[within]) >> np.uint64(32)
    counts = lengths - 1
    starts = np.cumsum(counts) - counts
    chance = np.random.default_rng(_SEED)
    factors = chance.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
    offsets = chance.integers(0, 2**63, BANDS * ROWS, dtype=np.uint64)
    keys = np.zeros((len(texts), BANDS), dtype=np.uint64)
    for number in range(BANDS * ROWS):
        least = np.minimum.reduceat((pairs * factors[number] + offsets[number]) >> np.uint64(32), starts)
        band = keys[:, number // ROWS]
        band[:] = _mixed(band ^ least)
    return keys


def _mixed(numbers: Keys) -> Keys:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit in depends on every bit out; wraps around."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(numbers ^ (numbers >> np.uint64(31)))
