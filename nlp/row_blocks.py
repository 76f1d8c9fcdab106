"""Passes over many rows, block after block: whoever spreads them over processes or machines gets the same sums.

Rows are whole numbers (`nlp.neighbour_graph.quantise`) and so are the weights: every sum and product is exact, and the
outcome depends on the rows alone, not on their order, on blocks, threads or machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from nlp.batches import Each
from nlp.neighbour_graph import SCALE, quantise

Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]
Sums = npt.NDArray[np.float64]
T = TypeVar("T")

_BLOCK = 4_096  # rows at a time: bounds memory at block x micro-clusters floats
_DECIMALS = 5  # similarities are compared after rounding, so that the last bit of a sum decides nothing


@dataclass(frozen=True, slots=True)
class _Filed:
    """Rows start..stop of an array in a file: told by name, read where they are worked on."""

    path: Path
    start: int
    stop: int

    def read(self) -> Vectors:
        found: Vectors = np.load(self.path, mmap_mode="r", allow_pickle=False)[self.start : self.stop]
        return found


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows that follow each other; the i-th of each belongs together."""

    rows: Vectors | _Filed
    pull: npt.NDArray[np.float64]  # whole numbers: weight in a theme's mean
    labels: Labels | None = None

    def whole(self) -> Vectors:
        """Quantised."""
        return quantise(self.rows.read() if isinstance(self.rows, _Filed) else self.rows)

    def placed(self) -> tuple[npt.NDArray[np.intp], Labels]:
        """Positions of the rows that have a theme, and their themes."""
        assert self.labels is not None
        at = np.flatnonzero(self.labels >= 0)
        return at, self.labels[at]


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows, in the order given, and how to work through them.

    vectors: [n, d], float32 or float16. Blocks of an array in a file (`numpy.memmap` of an .npy) go through `each` by
    name; of one in memory, which would have to be sent, they are worked on here.
    """

    vectors: Vectors
    pull: npt.NDArray[np.float64]  # [n]
    each: Each = map

    def said(self) -> npt.NDArray[np.bool_]:
        """bool[n]: False for rows of zeros."""
        return np.concatenate([np.any(self.vectors[part] != 0, axis=1) for part in self._parts()])

    def nearest(self, prototypes: Vectors) -> tuple[Labels, Sums]:
        """int32[n]: the theme most similar to each row, -1 where there is none or the row is zeros; and the `sums`.

        prototypes: quantised.
        """
        labels = np.full(len(self.vectors), -1, dtype=np.int32)
        sums = np.zeros((len(prototypes), self.vectors.shape[1]))
        if len(prototypes):
            found = self._through(partial(_nearest, prototypes=prototypes))
            for part, (near, added) in zip(self._parts(), found, strict=True):
                labels[part] = near
                sums += added
        return labels, sums

    def sums(self, labels: Labels, count: int) -> Sums:
        """float64[count, d]: members of each theme times their pull, whole numbers."""
        sums = np.zeros((count, self.vectors.shape[1]))
        for added in self._through(partial(_summed, count=count), labels):
            sums += added
        return sums

    def fit(self, labels: Labels, sums: Sums) -> npt.NDArray[np.float64]:
        """float64[n]: cosine of each row to the mean of the other members of its theme (`nlp.prototypes`), 0 if none.

        sums: of these labels.
        """
        return np.concatenate(list(self._through(partial(_fit, sums=sums), labels)))

    def strengths(self, labels: Labels, prototypes: Vectors) -> npt.NDArray[np.float32]:
        """float32[n]: cosine of each row to its theme's quantised prototype, in 0..1; 0 where it has no theme."""
        return np.concatenate(list(self._through(partial(_strengths, prototypes=prototypes), labels)))

    def _parts(self) -> Iterator[slice]:
        size = len(self.vectors)
        return (slice(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK))

    def _through(self, function: Callable[[_Block], T], labels: Labels | None = None) -> Iterator[T]:
        path = getattr(self.vectors, "filename", None)
        blocks = (
            _Block(
                self.vectors[part] if path is None else _Filed(Path(path), part.start, part.stop),
                self.pull[part],
                None if labels is None else labels[part],
            )
            for part in self._parts()
        )
        return iter(map(function, blocks) if path is None else self.each(function, blocks))


def _nearest(block: _Block, prototypes: Vectors) -> tuple[Labels, Sums]:
    whole = block.whole()
    labels = np.where(np.any(whole != 0, axis=1), (whole @ prototypes.T).argmax(axis=1), -1).astype(np.int32)
    return labels, _added(whole, labels, block.pull, len(prototypes))


def _summed(block: _Block, count: int) -> Sums:
    assert block.labels is not None
    return _added(block.whole(), block.labels, block.pull, count)


def _added(whole: Vectors, labels: Labels, pull: npt.NDArray[np.float64], count: int) -> Sums:
    placed = np.flatnonzero(labels >= 0)
    member = csr_array((pull[placed], (labels[placed], placed)), shape=(count, len(whole)))
    return np.asarray(member @ whole.astype(np.float64))


def _fit(block: _Block, sums: Sums) -> npt.NDArray[np.float64]:
    placed, labels = block.placed()
    own = block.whole()[placed].astype(np.float64)
    others = sums[labels] - own * block.pull[placed, None]
    lengths = np.linalg.norm(others, axis=1) * np.linalg.norm(own, axis=1)
    products = np.einsum("ij,ij->i", others, own)
    known = lengths > 0
    fit = np.zeros(len(block.pull))
    fit[placed[known]] = np.round(products[known] / lengths[known], _DECIMALS)
    return fit


def _strengths(block: _Block, prototypes: Vectors) -> npt.NDArray[np.float32]:
    placed, labels = block.placed()
    products = np.einsum("ij,ij->i", block.whole()[placed], prototypes[labels])
    strengths = np.zeros(len(block.pull), dtype=np.float32)
    strengths[placed] = np.clip(np.round(products / SCALE**2, _DECIMALS), 0.0, 1.0)
    return strengths
