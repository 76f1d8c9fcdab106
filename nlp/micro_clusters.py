"""Clustering of more rows than an exact neighbour graph can hold: micro-clusters find the themes, every row joins one.

The outcome depends on the rows alone, not on their order, on blocks, threads or machine (`nlp.row_blocks`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Protocol

import numpy as np
import numpy.typing as npt

from nlp.batches import Each
from nlp.clustering import Clustering, ClusterSettings, by_weight
from nlp.neighbour_graph import quantise
from nlp.prototypes import broader_groups, join_thresholds, prototypes_of
from nlp.row_blocks import Rows

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
_ALONE = 10  # a repeated text that fits nowhere is a theme from this part of the least size of a theme


def cluster_many(
    vectors: Vectors,
    weights: npt.NDArray[np.float32] | None,
    *,
    keys: Sequence[str] | None,
    settings: ClusterSettings,
    structure: Structure,
    each: Each = map,
) -> Clustering:
    """Group more than `settings.exact_rows` unit vectors into themes.

    Micro-clusters are spherical k-means means of rows drawn by the hash of their content (so that a row more changes
    one of thousands); `structure` clusters these as if they were rows. Then all rows join the nearest theme and the
    means are taken over all of them, `settings.refinements` times; what fits too little is left out. `each` works
    through the rows of an array that lies in a file.
    """
    started = time.perf_counter()
    said = np.ones(len(vectors)) if weights is None else np.asarray(weights, dtype=np.float64)
    rows = Rows(vectors, pull=np.rint(_PULL * (1.0 + np.log(np.maximum(said, 1.0)))), each=each)
    order = _by_hash(vectors, keys)
    drawn = order[rows.said()[order]][: settings.micro_clusters * _TRAINED]
    seeds = drawn[: settings.micro_clusters]
    whole = quantise(vectors[drawn])
    centres = _centres(whole, whole[: len(seeds)], settings.micro_rounds)
    del whole
    micro = time.perf_counter() - started
    names = [keys[int(row)] if keys is not None else vectors[row].tobytes().hex() for row in seeds]
    rough = structure(
        _unit(centres),
        np.asarray(said[seeds], dtype=np.float32),
        keys=names,
        settings=replace(settings, exact_rows=len(seeds)),
    )
    started = time.perf_counter()
    found = _joined(rows, _Crowd(said, order), seeds, rough, settings)
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


@dataclass(frozen=True, slots=True)
class _Crowd:
    """What is known of all rows beside their place in space."""

    said: npt.NDArray[np.float64]  # [n], mentions each row stands for
    order: npt.NDArray[np.intp]  # row numbers by hash of content: the same rows come in the same order


def _joined(
    rows: Rows, crowd: _Crowd, seeds: npt.NDArray[np.intp], rough: Clustering, settings: ClusterSettings
) -> Clustering:
    """Every row with the nearest theme, themes drawn to their members, misfits left out."""
    labels, sums = rows.nearest(quantise(rough.prototypes))
    for _ in range(settings.refinements):
        labels, sums = rows.nearest(quantise(_unit(sums)))
    core = np.zeros(len(labels), dtype=np.bool_)
    core[seeds] = rough.core
    fit = rows.fit(labels, sums)
    thresholds = join_thresholds(fit, labels, core & (labels >= 0), looseness=settings.looseness)
    labels[(labels >= 0) & (fit < thresholds[labels])] = -1
    labels = _with_repeated(labels, crowd, settings)
    labels[crowd.order] = by_weight(labels[crowd.order], crowd.said[crowd.order])
    sums = rows.sums(labels, int(labels.max(initial=-1)) + 1)
    fit = rows.fit(labels, sums)
    means = _unit(sums)
    groups = broader_groups(means)
    sizes = np.bincount(labels[labels >= 0], crowd.said[labels >= 0], minlength=len(means))
    return replace(
        rough,
        labels=labels,
        strengths=rows.strengths(labels, quantise(means)),
        core=core & (labels >= 0),
        prototypes=means,
        thresholds=join_thresholds(fit, labels, core & (labels >= 0), looseness=settings.looseness),
        groups=groups,
        group_prototypes=prototypes_of(means, groups, sizes.astype(np.float64)),
        layers=(labels, np.append(groups, np.int32(-1))[labels]),
    )


def _with_repeated(labels: Labels, crowd: _Crowd, settings: ClusterSettings) -> Labels:
    """A text that fits nowhere and is said very often is a theme of its own; how often follows the size of themes."""
    least = max(settings.least_theme, round(len(labels) / settings.themes_at_most / _ALONE))
    alone = crowd.order[((labels < 0) & (crowd.said >= least))[crowd.order]]
    labels = labels.copy()
    labels[alone] = labels.max(initial=-1) + 1 + np.arange(len(alone), dtype=np.int32)
    return labels
