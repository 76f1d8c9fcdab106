"""How well one ranking foretells another: rank correlation, gain at the top, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Measure = Callable[[Numbers, Numbers], float]  # (scores, truth)

_RESAMPLES = 1_000
_SURE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % percentile interval under the bootstrap (Efron 1979)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def spearman(scores: Numbers, truth: Numbers) -> float:
    """Rank correlation, ties at their mean rank; 0 where one of both does not vary."""
    from scipy.stats import rankdata

    first, second = rankdata(scores), rankdata(truth)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def ndcg(scores: Numbers, gains: Numbers, top: int = 10) -> float:
    """Discounted gain of the `top` best by score over the best possible (Järvelin, Kekäläinen 2002).

    Gains are linear. Items of equal score share their places: each gets the mean gain among them, so that the order
    of the input has no influence. 1 where there is nothing to gain.
    """
    order = np.argsort(-scores, kind="stable")
    _, group = np.unique(-scores[order], return_inverse=True)
    shared = (np.bincount(group, weights=gains[order]) / np.bincount(group))[group]
    discounts = 1 / np.log2(np.arange(2, min(top, len(scores)) + 2))
    best = float(np.sort(gains)[::-1][: len(discounts)] @ discounts)
    return float(shared[: len(discounts)] @ discounts) / best if best > 0 else 1.0


def estimate(measure: Measure, scores: Numbers, truth: Numbers, *, seed: int = 0) -> Estimate:
    """The measure over all items, and its interval over resamples of the items."""
    return _interval(lambda rows: measure(scores[rows], truth[rows]), len(scores), seed)


def difference(measure: Measure, ours: Numbers, theirs: Numbers, truth: Numbers, *, seed: int = 0) -> Estimate:
    """How much better one score measures than another on the same items, and its interval over the same resamples."""
    return _interval(
        lambda rows: measure(ours[rows], truth[rows]) - measure(theirs[rows], truth[rows]), len(ours), seed
    )


def by_chance(measure: Measure, truth: Numbers, *, seed: int = 0) -> Estimate:
    """What random orders reach."""
    chance = np.random.default_rng(seed)
    values = [measure(chance.random(len(truth)), truth) for _ in range(_RESAMPLES)]
    return Estimate(float(np.mean(values)), *_bounds(values))


def _interval(measure: Callable[[npt.NDArray[np.int64]], float], items: int, seed: int) -> Estimate:
    chance = np.random.default_rng(seed)
    values = [measure(chance.integers(0, items, items)) for _ in range(_RESAMPLES)]
    return Estimate(measure(np.arange(items)), *_bounds(values))


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - _SURE) / 2, (1 + _SURE) / 2])
    return float(low), float(high)
