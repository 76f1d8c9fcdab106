"""Vectors of mentions to themes: neighbour graph, embedding, density clusters, outliers brought home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """One configuration for every input; sizes follow the number of distinct mentions."""

    neighbours: int = 15
    posts_per_theme: int = 150  # least theme size is n / posts_per_theme, at least `least_theme`
    least_theme: int = 3  # a need that fewer distinct mentions voice is not recurring
    min_samples: int = 5
    refinements: int = 3
    seed: int = 20_240_601


@dataclass(frozen=True, slots=True)
class Clustering:
    """What clustering found. Theme numbers are 0..k-1, largest weight first; -1 means no theme."""

    labels: Labels  # [n]
    strengths: npt.NDArray[np.float32]  # [n], 0..1; 0 where no theme
    core: npt.NDArray[np.bool_]  # [n], True where density alone put the row in its theme
    prototypes: Vectors  # [k, d], unit rows
    thresholds: npt.NDArray[np.float32]  # [k], least similarity at which a new row joins
    groups: Labels  # [k], number of the broader group of each theme
    group_prototypes: Vectors  # [g, d], unit rows
    layers: tuple[Labels, ...]  # each [n], finest first: themes, then groups
    parameters: dict[str, float | int | str]
    timings: dict[str, float]  # seconds by step


def cluster(
    vectors: Vectors,
    weights: npt.NDArray[np.float32] | None = None,
    *,
    keys: Sequence[str] | None = None,
    settings: ClusterSettings = ClusterSettings(),
) -> Clustering:
    """Group unit vectors into themes. The same rows in any order give the same partition.

    vectors: float32[n, d], unit rows; a row of zeros belongs to no theme.
    weights: float32[n], how many mentions a row stands for (default 1).
    keys: a content key a row (hash of the text); rows are sorted by it before anything depends on order.
        Without keys the bytes of the vectors are the keys.
    """
    raise NotImplementedError
