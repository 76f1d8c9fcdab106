"""Clustering by micro-clusters: themes of many rows, whatever their order."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp import micro_clusters
from nlp.clustering import Clustering, ClusterSettings, cluster

SMALL = ClusterSettings(exact_rows=400, micro_clusters=300, themes_at_most=40)


def _blobs(themes: int = 6, each: int = 150, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    middles = chance.standard_normal((themes, 48))
    truth = np.repeat(np.arange(themes), each)
    rows = middles[truth] + 0.45 * chance.standard_normal((len(truth), 48))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), truth


def _keys(count: int) -> list[str]:
    return [f"row {number}" for number in range(count)]


def _shuffled(vectors: np.ndarray, keys: list[str], order: np.ndarray) -> Clustering:
    found = cluster(vectors[order], keys=[keys[i] for i in order], settings=SMALL)
    labels = np.empty(len(order), dtype=np.int32)
    labels[order] = found.labels
    strengths = np.empty(len(order), dtype=np.float32)
    strengths[order] = found.strengths
    return Clustering(**{**{f: getattr(found, f) for f in found.__slots__}, "labels": labels, "strengths": strengths})


def test_more_rows_than_the_limit_find_the_themes_that_are_there() -> None:
    vectors, truth = _blobs()

    found = cluster(vectors, keys=_keys(len(vectors)), settings=SMALL)

    assert found.parameters["distinct"] == len(vectors)
    assert "micro_clusters" in found.timings
    for theme in range(6):
        labels = found.labels[truth == theme]
        values, counts = np.unique(labels[labels >= 0], return_counts=True)
        assert counts.max() >= 0.9 * 150
        assert np.all(truth[found.labels == values[counts.argmax()]] == theme)


def test_rows_in_any_order_have_the_same_themes_to_the_bit() -> None:
    vectors, _ = _blobs()
    keys = _keys(len(vectors))
    first = cluster(vectors, keys=keys, settings=SMALL)

    again = _shuffled(vectors, keys, np.random.default_rng(1).permutation(len(vectors)))

    assert np.array_equal(first.labels, again.labels)
    assert np.array_equal(first.strengths, again.strengths)
    assert np.array_equal(first.prototypes, again.prototypes)
    assert np.array_equal(first.thresholds, again.thresholds)


def test_the_size_of_blocks_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = _blobs()
    first = cluster(vectors, keys=_keys(len(vectors)), settings=SMALL)

    monkeypatch.setattr(micro_clusters, "_BLOCK", 97)
    again = cluster(vectors, keys=_keys(len(vectors)), settings=SMALL)

    assert np.array_equal(first.labels, again.labels)
    assert np.array_equal(first.prototypes, again.prototypes)


def test_what_resembles_nothing_and_rows_of_zeros_stay_without_a_theme() -> None:
    vectors, _ = _blobs()
    chance = np.random.default_rng(9)
    strange = chance.standard_normal((20, 48)).astype(np.float32)
    strange /= np.linalg.norm(strange, axis=1, keepdims=True)
    everything = np.vstack([vectors, strange, np.zeros((5, 48), dtype=np.float32)])

    found = cluster(everything, keys=_keys(len(everything)), settings=SMALL)

    assert np.all(found.labels[-5:] == -1)
    assert np.mean(found.labels[len(vectors) : -5] == -1) >= 0.8
    assert np.all(found.strengths[found.labels == -1] == 0)


def test_a_text_said_very_often_that_fits_nowhere_is_a_theme_of_its_own() -> None:
    vectors, _ = _blobs()
    lonely = np.zeros((1, 48), dtype=np.float32)
    lonely[0, 0] = 1.0
    weights = np.append(np.ones(len(vectors)), 500).astype(np.float32)

    found = cluster(np.vstack([vectors, lonely]), weights, keys=_keys(len(vectors) + 1), settings=SMALL)

    assert found.labels[-1] == 0, "the heaviest theme comes first"
    assert np.count_nonzero(found.labels == 0) == 1


def test_equal_rows_under_many_keys_are_one_theme() -> None:
    one = np.zeros((500, 8), dtype=np.float32)
    one[:, 2] = 1.0

    found = cluster(one, keys=_keys(500), settings=SMALL)

    assert len(set(found.labels.tolist())) == 1


def test_rows_in_a_file_are_told_by_name_and_join_the_same_themes(tmp_path: Path) -> None:
    vectors, _ = _blobs()
    filed = np.lib.format.open_memmap(tmp_path / "rows.npy", mode="w+", dtype=np.float32, shape=vectors.shape)
    filed[:] = vectors
    sent: list[int] = []

    def elsewhere(function: Callable[[Any], Any], blocks: Iterable[Any]) -> Iterator[Any]:
        for block in blocks:
            packed = pickle.dumps((function, block))
            sent.append(len(packed))
            called, rows = pickle.loads(packed)  # as a pool of processes does
            yield called(rows)

    here = cluster(vectors, keys=_keys(len(vectors)), settings=SMALL)
    there = cluster(filed, keys=_keys(len(vectors)), settings=SMALL, each=elsewhere)

    assert np.array_equal(there.labels, here.labels)
    assert np.array_equal(there.strengths, here.strengths)
    assert np.array_equal(there.thresholds, here.thresholds)
    assert sent
    assert max(sent) < vectors.nbytes / 2, "rows are read where they are worked on"
