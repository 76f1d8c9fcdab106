"""Vectors of mentions to themes: neighbour graph, embedding, density clusters, outliers brought home."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from nlp.batches import Each
from nlp.density import begin_loading, dense_groups
from nlp.embedding_space import embed
from nlp.neighbour_graph import SCALE, fuzzy_graph, nearest_neighbours, quantise
from nlp.prototypes import (
    broader_groups,
    fit_to_the_others,
    join_alike,
    join_thresholds,
    prototypes_of,
    refine,
    similarities,
    split_domains,
)

Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """One configuration for every input; sizes follow the number of distinct mentions."""

    neighbours: int = 15
    themes_at_most: int = 150  # a theme holds at least one part in this many of the distinct mentions
    largest_share: float = 0.2  # a dense group above this part of all is looked at: a need, or a whole domain?
    always_small: int = 200  # distinct mentions: up to here a group is never too large
    least_theme: int = 3  # a need that fewer mentions voice is not recurring
    few: int = 80  # below so many distinct mentions two that agree are a theme already
    alike: float = (
        0.85  # among few, and in a large group, themes this like each other (against their own cohesion) are one
    )
    min_samples: int = 5  # fewer for small inputs: a hundredth of the distinct mentions
    dimensions: int = 4
    layouts: int = 5
    refinements: int = 3
    neighbour_share: float = 0.3  # weight of the neighbours' vote beside similarity to the prototype
    looseness: float = 2.5  # standard deviations below its core members' mean at which a row is left out
    seed: int = 20_240_601
    exact_rows: int = 16_000  # above, micro-clusters stand for the rows: an exact neighbour graph is quadratic
    micro_clusters: int = 10_000
    micro_rounds: int = 2  # of k-means; more make the centres alike and blur small themes


@dataclass(frozen=True, slots=True)
class Clustering:
    """What clustering found. Theme numbers are 0..k-1, largest weight first; -1 means no theme."""

    labels: Labels  # [n]
    strengths: npt.NDArray[np.float32]  # [n], cosine to the theme's prototype, 0..1; 0 where no theme
    core: npt.NDArray[np.bool_]  # [n], True where density alone put the row in its theme
    prototypes: Vectors  # [k, d], unit rows
    thresholds: npt.NDArray[np.float32]  # [k], least cosine at which a row joins
    groups: Labels  # [k], number of the broader group of each theme
    group_prototypes: Vectors  # [g, d], unit rows
    layers: tuple[Labels, ...]  # each [n], finest first: themes, then groups
    parameters: dict[str, float | int | str]
    timings: dict[str, float]  # seconds by step


@dataclass(frozen=True, slots=True)
class _Representatives:
    """Distinct vectors in an order that depends on content only."""

    whole: Vectors  # [m, d], quantised
    vectors: Vectors  # [m, d], unit rows again
    weights: Weights  # [m], mentions each stands for
    row_of: npt.NDArray[np.intp]  # [n], representative of each input row; -1 where the row is zeros


@dataclass(slots=True)
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


def cluster(
    vectors: Vectors,
    weights: npt.NDArray[np.float32] | None = None,
    *,
    keys: Sequence[str] | None = None,
    settings: ClusterSettings | None = None,
    each: Each = map,
) -> Clustering:
    """Group unit vectors into themes. The same rows in any order give the same partition.

    vectors: float32[n, d], unit rows; a row of zeros belongs to no theme.
    weights: float32[n], how many mentions a row stands for (default 1).
    keys: content of each row (its text); rows are put in this order before anything depends on order. Without
        keys the bytes of the vectors serve.
    each: works through the blocks of very many rows, where these lie in a file.
    """
    settings = settings or ClusterSettings()
    if len(vectors) > settings.exact_rows:
        from nlp.micro_clusters import cluster_many

        return cluster_many(vectors, weights, keys=keys, settings=settings, structure=cluster, each=each)
    clock = _Clock()
    with clock.step("collapse"):
        distinct = _collapse(vectors, weights, keys)
    labels, core, graph = _dense(distinct, settings, clock)
    with clock.step("refine"):
        # a text said a hundred times is one voice more than one said ten times, not ten: it must not be the theme
        pull = 1.0 + np.log(np.maximum(distinct.weights, 1.0))
        if graph is not None:
            labels = refine(
                distinct.vectors,
                labels,
                pull,
                graph,
                rounds=settings.refinements,
                neighbour_share=settings.neighbour_share,
            )
        if len(labels) < settings.few:
            labels = join_alike(distinct.vectors, labels, alike=settings.alike)
        labels = _settle(distinct, labels, core, pull, settings)
        labels = by_weight(labels, distinct.weights)
        prototypes = prototypes_of(distinct.vectors, labels, pull)
        fit = fit_to_the_others(distinct.vectors, labels, pull)
        thresholds = join_thresholds(fit, labels, core, looseness=settings.looseness)
        strengths = _strengths(distinct.vectors, labels, prototypes)
    with clock.step("group"):
        groups = broader_groups(prototypes)
        sizes = np.bincount(labels[labels >= 0], distinct.weights[labels >= 0], minlength=len(prototypes))
        group_prototypes = prototypes_of(prototypes, groups, sizes.astype(np.float64))
    return _spread(
        distinct,
        Clustering(
            labels=labels,
            strengths=strengths,
            core=core & (labels >= 0),
            prototypes=prototypes,
            thresholds=thresholds,
            groups=groups,
            group_prototypes=group_prototypes,
            layers=(),
            parameters={**asdict(settings), "distinct": len(distinct.whole)},
            timings=clock.seconds,
        ),
    )


def _collapse(
    vectors: Vectors, weights: npt.NDArray[np.float32] | None, keys: Sequence[str] | None
) -> _Representatives:
    whole = quantise(vectors)
    rows = len(whole)
    each = np.ones(rows) if weights is None else np.asarray(weights, dtype=np.float64)
    names = [row.tobytes() for row in whole]
    first_key: dict[bytes, bytes] = {}
    for row, name in enumerate(names):
        key = keys[row].encode("utf-8", "surrogatepass") if keys is not None else name
        first_key[name] = min(key, first_key.get(name, key))
    said = {names[row] for row in np.flatnonzero(np.any(whole != 0, axis=1))}
    ordered = sorted(said, key=lambda name: (first_key[name], name))
    number = {name: position for position, name in enumerate(ordered)}
    row_of = np.array([number.get(name, -1) for name in names], dtype=np.intp)
    kept = np.frombuffer(b"".join(ordered), dtype=np.float32).reshape(len(ordered), whole.shape[1])
    placed = row_of >= 0
    return _Representatives(
        whole=kept,
        vectors=_unit(kept / np.float32(SCALE)),
        weights=np.bincount(row_of[placed], each[placed], minlength=len(ordered)).astype(np.float64),
        row_of=row_of,
    )


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _dense(
    distinct: _Representatives, settings: ClusterSettings, clock: _Clock
) -> tuple[Labels, npt.NDArray[np.bool_], csr_array | None]:
    """Labels of dense groups among the representatives, who is in one, and the neighbour graph."""
    rows = len(distinct.whole)
    least = max(_least_theme(rows, settings), round(rows / settings.themes_at_most))
    nobody = np.full(rows, -1, dtype=np.int32)
    if rows < 2 * least:
        return nobody, nobody >= 0, None
    begin_loading()
    with clock.step("neighbours"):
        # a small input is no crowd: a neighbourhood must stay a small part of it
        near, cosines = nearest_neighbours(distinct.whole, min(settings.neighbours, max(5, rows // 7), rows - 1))
        graph = fuzzy_graph(near, cosines)
    with clock.step("embed"):
        points = embed(
            distinct.vectors,
            graph,
            dimensions=min(settings.dimensions, rows - 1),
            layouts=settings.layouts,
            seed=settings.seed,
        )
    with clock.step("density"):
        samples = 1 if rows < settings.few else min(settings.min_samples, max(2, rows // 100))
        labels = dense_groups(points, least_size=least, min_samples=samples)
        most = max(settings.always_small, round(rows * settings.largest_share))
        if np.bincount(labels[labels >= 0]).max(initial=0) > most:
            parts = dense_groups(points, least_size=least, min_samples=samples, most_size=most)
            labels = split_domains(distinct.vectors, labels, parts, most=most, alike=settings.alike)
    return labels, labels >= 0, graph


def _least_theme(rows: int, settings: ClusterSettings) -> int:
    return min(2, settings.least_theme) if rows < settings.few else settings.least_theme


def _settle(
    distinct: _Representatives,
    labels: Labels,
    core: npt.NDArray[np.bool_],
    pull: Weights,
    settings: ClusterSettings,
) -> Labels:
    """Leave out what fits its theme too little, dissolve themes too small, and let one much-repeated text be one."""
    labels = labels.copy()
    least = _least_theme(len(labels), settings)
    if labels.max(initial=-1) >= 0:
        fit = fit_to_the_others(distinct.vectors, labels, pull)
        thresholds = join_thresholds(fit, labels, core, looseness=settings.looseness)
        labels[(labels >= 0) & (fit < thresholds[labels])] = -1
        sizes = np.bincount(labels[labels >= 0], distinct.weights[labels >= 0], minlength=len(thresholds))
        labels[(labels >= 0) & (sizes[labels] < least)] = -1
    alone = np.flatnonzero((labels < 0) & (distinct.weights >= max(least, settings.least_theme)))
    labels[alone] = labels.max(initial=-1) + 1 + np.arange(len(alone), dtype=np.int32)
    return labels


def by_weight(labels: Labels, weights: Weights) -> Labels:
    """Renumber themes 0.., heaviest first, ties by first member."""
    values, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    sizes = np.bincount(inverse.ravel(), weights, minlength=len(values))
    order = [i for i in np.lexsort((first, -sizes)) if values[i] >= 0]
    number = np.full(len(values), -1, dtype=np.int32)
    number[order] = np.arange(len(order))
    return number[inverse.ravel()]


def _strengths(vectors: Vectors, labels: Labels, prototypes: Vectors) -> npt.NDArray[np.float32]:
    strengths = np.zeros(len(labels), dtype=np.float32)
    placed = np.flatnonzero(labels >= 0)
    score = similarities(vectors[placed], prototypes)
    strengths[placed] = np.clip(score[np.arange(len(placed)), labels[placed]], 0.0, 1.0)
    return strengths


def _spread(distinct: _Representatives, found: Clustering) -> Clustering:
    """The clustering of representatives, told for every input row."""
    rows = distinct.row_of
    labels = np.append(found.labels, np.int32(-1))[rows]  # row -1 reads the appended "no theme"
    groups = np.append(found.groups, np.int32(-1))[labels]
    return Clustering(
        labels=labels,
        strengths=np.append(found.strengths, np.float32(0))[rows],
        core=np.append(found.core, False)[rows],
        prototypes=found.prototypes,
        thresholds=found.thresholds,
        groups=found.groups,
        group_prototypes=found.group_prototypes,
        layers=(labels, groups),
        parameters=found.parameters,
        timings=found.timings,
    )
