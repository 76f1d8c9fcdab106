"""A new mention to its theme without a mining run."""

from __future__ import annotations

import numpy as np

from nlp.assignment import assign

PROTOTYPES = np.eye(3, dtype=np.float32)
THRESHOLDS = np.array([0.5, 0.5, 0.95], dtype=np.float32)


def _unit(*rows: list[float]) -> np.ndarray:
    array = np.array(rows, dtype=np.float32)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


def test_each_row_goes_to_its_nearest_prototype_with_its_cosine() -> None:
    labels, strengths = assign(_unit([1, 0, 0], [0.1, 1, 0]), PROTOTYPES, THRESHOLDS)
    assert labels.tolist() == [0, 1]
    assert np.allclose(strengths, [1, 1 / np.sqrt(1.01)], atol=1e-6)


def test_a_row_below_the_threshold_of_its_theme_is_left_out() -> None:
    labels, strengths = assign(_unit([0, 0.4, 1]), PROTOTYPES, THRESHOLDS)
    assert labels.tolist() == [-1]
    assert strengths.tolist() == [0]


def test_a_row_between_two_themes_is_left_out_when_the_margin_asks() -> None:
    between = _unit([1, 0.98, 0])
    assert assign(between, PROTOTYPES, THRESHOLDS)[0].tolist() == [0]
    assert assign(between, PROTOTYPES, THRESHOLDS, margin=0.05)[0].tolist() == [-1]


def test_nothing_to_assign_and_nothing_to_assign_to() -> None:
    assert assign(np.zeros((0, 3), np.float32), PROTOTYPES, THRESHOLDS)[0].shape == (0,)
    labels, _ = assign(_unit([1, 0, 0]), np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
    assert labels.tolist() == [-1]
    assert assign(np.zeros((1, 3), np.float32), PROTOTYPES, np.zeros(3, np.float32))[0].tolist() == [-1]


def test_blocks_do_not_show() -> None:
    rows = np.random.default_rng(1).normal(size=(9_000, 3)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    whole = assign(rows, PROTOTYPES, THRESHOLDS)[0]
    parts = np.concatenate([assign(rows[i : i + 100], PROTOTYPES, THRESHOLDS)[0] for i in range(0, 9_000, 100)])
    assert np.array_equal(whole, parts)
