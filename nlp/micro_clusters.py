"""Clustering of more rows than an exact neighbour graph can hold: micro-clusters find the themes, every row joins one.

Rows are whole numbers (`nlp.neighbour_graph.quantise`) and so are the weights here: every sum and product is exact, and
the outcome depends on the rows alone, not on their order, on blocks, threads or machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from nlp.clustering import Clustering, ClusterSettings, by_weight
from nlp.neighbour_graph import SCALE, quantise
from nlp.prototypes import broader_groups, join_thresholds, prototypes_of

Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]


class Structure(Protocol):
    """Themes among few rows; `nlp.clustering.cluster`."""

    def __call__(
        self,
        vectors: Vectors,
        weights: npt.NDArray[np.float32] | None = None,
        *,
        keys: Sequence[str] | None = None,
        settings: ClusterSettings | None = None,
    ) -> Clustering: ...


_BLOCK = 4_096  # rows at a time: bounds memory at block x micro-clusters floats
_TRAINED = 12  # rows a micro-cluster is fitted to
_PULL = 64.0  # weights are whole numbers of this scale
_DECIMALS = 5  # similarities are compared after rounding, so that the last bit of a sum decides nothing
_ALONE = 10  # a repeated text that fits nowhere is a theme from this part of the least size of a theme


@dataclass(frozen=True, slots=True)
class _Rows:
    """All rows, in the order given; what is exact about them."""

    vectors: Vectors  # [n, d] as given; quantised block by block
    weights: npt.NDArray[np.float64]  # [n], mentions each stands for
    pull: npt.NDArray[np.float64]  # [n], whole numbers: weight in a theme's mean
    order: npt.NDArray[np.intp]  # row numbers by hash of content: the same rows come in the same order

    def blocks(self) -> Iterator[tuple[slice, Vectors]]:
        """Quantised rows, block after block."""
        for start in range(0, len(self.vectors), _BLOCK):
            part = slice(start, min(start + _BLOCK, len(self.vectors)))
            yield part, quantise(self.vectors[part])

    def said(self) -> npt.NDArray[np.bool_]:
        """bool[n]: False for rows of zeros."""
        starts = range(0, len(self.vectors), _BLOCK)
        return np.concatenate([np.any(self.vectors[start : start + _BLOCK] != 0, axis=1) for start in starts])


def cluster_many(
    vectors: Vectors,
    weights: npt.NDArray[np.float32] | None,
    *,
    keys: Sequence[str] | None,
    settings: ClusterSettings,
    structure: Structure,
) -> Clustering:
    """Group more than `settings.exact_rows` unit vectors into themes.

    Micro-clusters are spherical k-means means of rows drawn by the hash of their content (so that a row more changes
    one of thousands); `structure` clusters these as if they were rows. Then all rows join the nearest theme and the
    means are taken over all of them, `settings.refinements` times; what fits too little is left out.
    """
    started = time.perf_counter()
    each = np.ones(len(vectors)) if weights is None else np.asarray(weights, dtype=np.float64)
    pull = np.rint(_PULL * (1.0 + np.log(np.maximum(each, 1.0))))
    rows = _Rows(vectors, each, pull, _by_hash(vectors, keys))
    drawn = rows.order[rows.said()[rows.order]][: settings.micro_clusters * _TRAINED]
    seeds = drawn[: settings.micro_clusters]
    centres = _centres(quantise(vectors[drawn]), quantise(vectors[seeds]), settings.micro_rounds)
    micro = time.perf_counter() - started
    names = [keys[int(row)] if keys is not None else vectors[row].tobytes().hex() for row in seeds]
    rough = structure(
        _unit(centres),
        np.asarray(each[seeds], dtype=np.float32),
        keys=names,
        settings=replace(settings, exact_rows=len(seeds)),
    )
    started = time.perf_counter()
    found = _joined(rows, seeds, rough, settings)
    seconds = {**rough.timings, "micro_clusters": micro, "join": time.perf_counter() - started}
    return replace(found, timings=seconds, parameters={**asdict(settings), "distinct": len(vectors)})


def _by_hash(vectors: Vectors, keys: Sequence[str] | None) -> npt.NDArray[np.intp]:
    """Row numbers, smallest hash of content first."""
    contents = (
        (row.tobytes() for row in vectors) if keys is None else (key.encode("utf-8", "surrogatepass") for key in keys)
    )
    hashes = [int.from_bytes(blake2b(content, digest_size=8).digest(), "big") for content in contents]
    return np.argsort(np.array(hashes, dtype=np.uint64), kind="stable")


def _centres(whole: Vectors, centres: Vectors, rounds: int) -> Vectors:
    """Quantised unit means: `rounds` of spherical k-means over `whole`; a centre nothing is near stays where it is."""
    for _ in range(rounds):
        sums = np.zeros(centres.shape)
        for start in range(0, len(whole), _BLOCK):
            block = whole[start : start + _BLOCK]
            nearest = (block @ centres.T).argmax(axis=1)
            order = np.argsort(nearest, kind="stable")
            held, first = np.unique(nearest[order], return_index=True)
            sums[held] += np.add.reduceat(block[order].astype(np.float64), first, axis=0)
        centres = np.where(np.any(sums != 0, axis=1, keepdims=True), quantise(_unit(sums)), centres)
    return centres


def _unit(rows: npt.NDArray[np.floating]) -> Vectors:
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _joined(rows: _Rows, seeds: npt.NDArray[np.intp], rough: Clustering, settings: ClusterSettings) -> Clustering:
    """Every row with the nearest theme, themes drawn to their members, misfits left out."""
    prototypes = quantise(rough.prototypes)
    labels, sums = _nearest(rows, prototypes)
    for _ in range(settings.refinements):
        labels, sums = _nearest(rows, quantise(_unit(sums)))
    core = np.zeros(len(labels), dtype=np.bool_)
    core[seeds] = rough.core
    fit = _fit(rows, labels, sums)
    thresholds = join_thresholds(fit, labels, core & (labels >= 0), looseness=settings.looseness)
    labels[(labels >= 0) & (fit < thresholds[labels])] = -1
    labels = _with_repeated(labels, rows, settings)
    labels[rows.order] = by_weight(labels[rows.order], rows.weights[rows.order])
    sums = _sums(rows, labels, int(labels.max(initial=-1)) + 1)
    fit = _fit(rows, labels, sums)
    means = _unit(sums)
    groups = broader_groups(means)
    sizes = np.bincount(labels[labels >= 0], rows.weights[labels >= 0], minlength=len(means))
    return replace(
        rough,
        labels=labels,
        strengths=_strengths(rows, labels, quantise(means)),
        core=core & (labels >= 0),
        prototypes=means,
        thresholds=join_thresholds(fit, labels, core & (labels >= 0), looseness=settings.looseness),
        groups=groups,
        group_prototypes=prototypes_of(means, groups, sizes.astype(np.float64)),
        layers=(labels, np.append(groups, np.int32(-1))[labels]),
    )


def _nearest(rows: _Rows, prototypes: Vectors) -> tuple[Labels, npt.NDArray[np.float64]]:
    """int32[n]: the theme most similar to each row, -1 where there is none or the row is zeros; and the `_sums`."""
    labels = np.full(len(rows.vectors), -1, dtype=np.int32)
    sums = np.zeros((len(prototypes), rows.vectors.shape[1]))
    if len(prototypes):
        for part, whole in rows.blocks():
            labels[part] = np.where(np.any(whole != 0, axis=1), (whole @ prototypes.T).argmax(axis=1), -1)
            sums += _summed(whole, labels[part], rows.pull[part], len(prototypes))
    return labels, sums


def _sums(rows: _Rows, labels: Labels, count: int) -> npt.NDArray[np.float64]:
    """float64[count, d]: members of each theme times their pull, whole numbers."""
    sums = np.zeros((count, rows.vectors.shape[1]))
    for part, whole in rows.blocks():
        sums += _summed(whole, labels[part], rows.pull[part], count)
    return sums


def _summed(whole: Vectors, labels: Labels, pull: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    placed = np.flatnonzero(labels >= 0)
    member = csr_array((pull[placed], (labels[placed], placed)), shape=(count, len(whole)))
    return np.asarray(member @ whole.astype(np.float64))


def _fit(rows: _Rows, labels: Labels, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """float64[n]: cosine of each row to the mean of the other members of its theme (`nlp.prototypes`), 0 where none."""
    fit = np.zeros(len(labels))
    for part, whole in rows.blocks():
        placed = np.flatnonzero(labels[part] >= 0)
        own = whole[placed].astype(np.float64)
        others = sums[labels[part][placed]] - own * rows.pull[part][placed, None]
        lengths = np.linalg.norm(others, axis=1) * np.linalg.norm(own, axis=1)
        products = np.einsum("ij,ij->i", others, own)
        known = lengths > 0
        fit[part.start + placed[known]] = np.round(products[known] / lengths[known], _DECIMALS)
    return fit


def _strengths(rows: _Rows, labels: Labels, prototypes: Vectors) -> npt.NDArray[np.float32]:
    strengths = np.zeros(len(labels), dtype=np.float32)
    for part, whole in rows.blocks():
        placed = np.flatnonzero(labels[part] >= 0)
        products = np.einsum("ij,ij->i", whole[placed], prototypes[labels[part][placed]])
        strengths[part.start + placed] = np.clip(np.round(products / SCALE**2, _DECIMALS), 0.0, 1.0)
    return strengths


def _with_repeated(labels: Labels, rows: _Rows, settings: ClusterSettings) -> Labels:
    """A text that fits nowhere and is said very often is a theme of its own; how often follows the size of themes."""
    least = max(settings.least_theme, round(len(labels) / settings.themes_at_most / _ALONE))
    alone = rows.order[((labels < 0) & (rows.weights >= least))[rows.order]]
    labels = labels.copy()
    labels[alone] = labels.max(initial=-1) + 1 + np.arange(len(alone), dtype=np.int32)
    return labels
