"""Themes from vectors: blobs are found, order and threads do not matter, small and odd inputs behave."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import adjusted_mutual_info_score
from threadpoolctl import threadpool_limits

from nlp.clustering import Clustering, cluster
from nlp.density import dense_groups
from nlp.neighbour_graph import SCALE, fuzzy_graph, nearest_neighbours, quantise
from nlp.prototypes import split_domains

DIMENSIONS = 48


def _blobs(
    sizes: list[int], *, spread: float = 0.6, noise: int = 0, seed: int = 3
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Unit vectors around random directions, and `noise` directions of their own (label -1)."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(len(sizes), DIMENSIONS))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    rows = [
        c + spread * chance.normal(size=(n, DIMENSIONS)) / DIMENSIONS**0.5 for c, n in zip(centres, sizes, strict=True)
    ]
    vectors = np.vstack([*rows, chance.normal(size=(noise, DIMENSIONS))])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.concatenate([np.repeat(np.arange(len(sizes)), sizes), np.full(noise, -1)])
    return vectors.astype(np.float32), labels


def _consistent(found: Clustering, rows: int) -> None:
    themes = len(found.prototypes)
    assert found.labels.shape == found.strengths.shape == found.core.shape == (rows,)
    assert set(found.labels.tolist()) <= set(range(-1, themes))
    assert set(range(themes)) <= set(found.labels.tolist())
    assert np.allclose(np.linalg.norm(found.prototypes, axis=1), 1, atol=1e-5)
    assert np.all((found.strengths > 0) == (found.labels >= 0))
    assert found.strengths.max(initial=0) <= 1
    assert found.thresholds.shape == found.groups.shape == (themes,)
    assert set(found.groups.tolist()) == set(range(len(found.group_prototypes)))


@pytest.mark.parametrize(
    "sizes", [[8, 7, 5], [20, 15, 10, 5], [40, 30, 20, 10], [120, 80, 60, 30, 10], [400, 300, 200, 60, 40]]
)
def test_blobs_are_recovered_at_every_size(sizes: list[int]) -> None:
    vectors, labels = _blobs(sizes)
    found = cluster(vectors)
    _consistent(found, len(vectors))
    # among a few dozen rows two that agree are a theme already, so that a blob may come in parts
    assert adjusted_mutual_info_score(labels, found.labels) > (0.9 if len(vectors) >= 80 else 0.75)
    assert (found.labels >= 0).mean() > 0.9


def test_what_fits_nowhere_is_left_out_and_kept_out_by_the_thresholds() -> None:
    vectors, labels = _blobs([60, 50, 40, 30], spread=0.4, noise=20)
    found = cluster(vectors)
    _consistent(found, len(vectors))
    assert (found.labels[labels >= 0] >= 0).mean() > 0.9
    assert (found.labels[labels < 0] < 0).mean() > 0.6


def test_rows_in_another_order_give_the_same_partition() -> None:
    vectors, _ = _blobs([90, 60, 40, 20], spread=0.9, noise=30)
    keys = [f"text {i}" for i in range(len(vectors))]
    order = np.random.default_rng(0).permutation(len(vectors))
    for named in (None, keys):
        plain = cluster(vectors, keys=named)
        shuffled = cluster(vectors[order], keys=[named[i] for i in order] if named else None)
        assert np.array_equal(plain.labels[order], shuffled.labels)
        assert np.allclose(plain.strengths[order], shuffled.strengths, atol=1e-6)


def test_threads_do_not_matter() -> None:
    vectors, _ = _blobs([90, 60, 40, 20], spread=0.9, noise=30)
    with threadpool_limits(1):
        one = cluster(vectors)
    with threadpool_limits(2):
        two = cluster(vectors)
    assert np.array_equal(one.labels, two.labels)


def test_a_breath_of_noise_in_the_vectors_changes_next_to_nothing() -> None:
    vectors, _ = _blobs([90, 60, 40, 20])
    keys = [f"text {i}" for i in range(len(vectors))]
    breath = np.random.default_rng(0).normal(scale=1e-7, size=vectors.shape).astype(np.float32)
    agreement = adjusted_mutual_info_score(
        cluster(vectors, keys=keys).labels, cluster(vectors + breath, keys=keys).labels
    )
    assert agreement > 0.97


def test_copies_weigh_but_do_not_crowd() -> None:
    vectors, labels = _blobs([30, 25, 20])
    copied = np.vstack([vectors, np.repeat(vectors[:1], 500, axis=0)])
    found = cluster(copied)
    weighted = cluster(vectors, np.array([501, *[1] * 74], dtype=np.float32))
    assert np.array_equal(found.labels[:75], weighted.labels)
    assert len(set(found.labels[75:].tolist()) | {int(found.labels[0])}) == 1
    assert adjusted_mutual_info_score(labels, found.labels[:75]) > 0.9
    assert found.labels[0] == 0  # the heaviest theme comes first


def test_nothing_one_point_and_silence_have_no_theme() -> None:
    silent = np.zeros((4, DIMENSIONS), dtype=np.float32)
    one = _blobs([1])[0]
    for vectors in (silent[:0], silent, one, np.vstack([one, silent])):
        found = cluster(vectors)
        _consistent(found, len(vectors))
        assert (found.labels == -1).all()
        assert found.prototypes.shape == (0, DIMENSIONS)


def test_all_duplicates_are_one_theme() -> None:
    found = cluster(np.repeat(_blobs([1])[0], 40, axis=0))
    assert found.labels.tolist() == [0] * 40
    assert np.allclose(found.strengths, 1, atol=1e-5)


@pytest.mark.parametrize("rows", [2, 3, 4, 5, 6, 10, 14])
def test_fewer_points_than_neighbours_is_no_error(rows: int) -> None:
    _consistent(cluster(_blobs([rows], spread=2.0)[0]), rows)


def test_themes_have_broader_groups() -> None:
    chance = np.random.default_rng(5)
    broad = chance.normal(size=(3, DIMENSIONS)) * 2
    centres = np.vstack([b + chance.normal(size=(4, DIMENSIONS)) for b in broad])
    rows = np.vstack([c + 0.5 * chance.normal(size=(40, DIMENSIONS)) for c in centres])
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    found = cluster(vectors)
    groups = found.layers[1]
    assert 1 < len(found.group_prototypes) < len(found.prototypes)
    for group in set(groups.tolist()) - {-1}:
        assert len({row // 160 for row in np.flatnonzero(groups == group)}) == 1


def test_neighbours_are_exact_and_ties_go_to_the_earlier_row() -> None:
    vectors, _ = _blobs([50, 50])
    vectors = np.vstack([vectors, vectors[:3]])
    whole = quantise(vectors)
    near, cosines = nearest_neighbours(whole, 5)
    exact = whole.astype(np.float64) @ whole.T.astype(np.float64) / SCALE**2
    np.fill_diagonal(exact, -np.inf)
    for row in range(len(vectors)):
        order = sorted(range(len(vectors)), key=lambda other: (-exact[row, other], other))[:5]
        assert near[row].tolist() == order
        assert np.allclose(cosines[row], exact[row, order], atol=1e-6)


def test_the_graph_is_symmetric_and_its_strengths_are_shares() -> None:
    graph = fuzzy_graph(*nearest_neighbours(quantise(_blobs([60, 40])[0]), 10))
    assert abs(graph - graph.T).max() < 1e-12
    assert 0 < graph.data.min() <= graph.data.max() <= 1 + 1e-12


def test_among_few_one_need_is_not_cut_into_halves() -> None:
    vectors, labels = _blobs([12, 10, 8])
    found = cluster(vectors)
    assert len(found.prototypes) == len(set(labels.tolist()))


def test_no_dense_group_is_larger_than_allowed() -> None:
    chance = np.random.default_rng(5)
    near = [chance.normal(size=(100, 3)) * 0.1 + [x, 0, 0] for x in (0.0, 0.4)]
    points = np.vstack([*near, chance.normal(size=(100, 3)) * 0.1 + [50, 0, 0]])
    assert len(set(dense_groups(points, least_size=20, min_samples=5).tolist()) - {-1}) == 2
    allowed = dense_groups(points, least_size=20, min_samples=5, most_size=120)
    sizes = np.bincount(allowed[allowed >= 0])
    assert len(sizes) == 3
    assert sizes.max() <= 120


def test_a_domain_is_no_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where density stops at everything there is, its parts are taken."""
    vectors, labels = _blobs([300, 250, 250, 200])

    def one_or_parts(points: object, *, least_size: int, min_samples: int, most_size: int = 0) -> object:
        return np.zeros(1000, dtype=np.int32) if most_size == 0 else parts

    order = np.lexsort(quantise(vectors).T[::-1])
    parts = labels[order].astype(np.int32)
    monkeypatch.setattr("nlp.clustering.dense_groups", one_or_parts)
    found = cluster(vectors[order], keys=[f"{row:04d}" for row in range(1000)])
    assert adjusted_mutual_info_score(labels[order], found.labels) > 0.9


def test_a_need_that_very_many_voice_stays_one() -> None:
    vectors, labels = _blobs([400, 150, 150, 150, 150])
    large = np.zeros(1000, dtype=np.int32)
    parts = np.where(labels == 0, np.arange(1000) % 3, labels + 2).astype(np.int32)
    split = split_domains(vectors, np.minimum(labels, 1).astype(np.int32), parts, most=300, alike=0.85)
    assert len(set(split[labels == 0].tolist())) == 1  # three draws from one need
    assert len(set(split[labels > 0].tolist())) == 4  # four needs in one group
    assert len(set(split_domains(vectors, large, large, most=300, alike=0.85).tolist())) == 1
