"""Scores are those of the literature, by hand and by scikit-learn."""

from __future__ import annotations

import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from evaluation.contenders import Score
from evaluation.metrics import LEAST_SCORE, agreement, geometric_mean


def test_posts_without_a_theme_are_one_cluster_in_every_score() -> None:
    labels = ["a", "a", "a", "b", "b", "c"]
    themes = ["1", "1", "", "2", "", ""]
    scored = agreement(labels, themes)
    given = [0, 0, 0, 1, 1, 2]
    found = [0, 0, 9, 1, 9, 9]
    assert scored.ami == pytest.approx(adjusted_mutual_info_score(given, found))
    assert scored.ari == pytest.approx(adjusted_rand_score(given, found))
    assert (scored.coverage, scored.found, scored.labels) == (0.5, 2, 3)


def test_the_rand_index_of_a_hand_case() -> None:
    # of 6 pairs, 2 lie together by label and 3 by theme, 1 in both: (1 - 2*3/6) / ((2+3)/2 - 2*3/6) = 0
    assert agreement(["a", "a", "b", "b"], ["1", "1", "1", "2"]).ari == pytest.approx(0.0)


def test_the_geometric_mean_is_of_ratios_and_survives_a_zero() -> None:
    assert geometric_mean([0.2, 0.8]) == pytest.approx(0.4)
    assert geometric_mean([0.5, 0.0]) == pytest.approx((0.5 * LEAST_SCORE) ** 0.5)
    assert geometric_mean([]) == 0.0


def test_a_failed_run_counts_as_nothing_found() -> None:
    perfect = agreement(["a", "b"] * 4, ["1", "2"] * 4)
    score = Score("set", "peer", (perfect,), failures=("ValueError: too few",))
    assert score.ami == pytest.approx(0.5)
    assert Score("set", "peer", (), failures=("no",)).ami == 0.0
