"""Measures of rankings, by hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.ranking import by_chance, difference, estimate, ndcg, spearman


def test_spearman_of_the_same_order_the_reverse_and_no_order() -> None:
    truth = np.array([1.0, 5.0, 2.0, 9.0])
    assert spearman(truth**3, truth) == pytest.approx(1.0)
    assert spearman(-truth, truth) == pytest.approx(-1.0)
    assert spearman(np.ones(4), truth) == 0.0


def test_ndcg_by_hand() -> None:
    gains = np.array([3.0, 1.0, 0.0])
    assert ndcg(np.array([3.0, 2.0, 1.0]), gains) == pytest.approx(1.0)
    reverse = (0 / 1 + 1 / np.log2(3) + 3 / 2) / (3 + 1 / np.log2(3))
    assert ndcg(np.array([1.0, 2.0, 3.0]), gains) == pytest.approx(reverse)


def test_ndcg_of_equal_scores_does_not_depend_on_their_order() -> None:
    gains = np.array([0.0, 8.0, 1.0, 4.0])
    tied = np.array([2.0, 2.0, 2.0, 1.0])
    order = [2, 0, 3, 1]
    assert ndcg(tied, gains, top=2) == pytest.approx(ndcg(tied[order], gains[order], top=2))


def test_intervals_hold_the_value_and_a_ranking_gains_nothing_over_itself() -> None:
    chance = np.random.default_rng(1)
    truth = chance.random(60)
    noisy = truth + 0.3 * chance.random(60)
    found = estimate(spearman, noisy, truth)
    assert found.low < found.value < found.high
    assert difference(spearman, noisy, noisy, truth).high == 0.0
    assert abs(by_chance(spearman, truth).value) < 0.05
