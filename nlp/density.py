"""Dense groups of points: HDBSCAN, with its minimum size fitted to small inputs."""

from __future__ import annotations

import warnings
from importlib import import_module
from threading import Thread

import numpy as np
import numpy.typing as npt


def begin_loading() -> None:
    """Begin to load HDBSCAN beside what else is done: with what it needs that takes as long as a layout."""
    Thread(target=import_module, args=("hdbscan",), daemon=True).start()


def dense_groups(
    points: npt.NDArray[np.float64], *, least_size: int, min_samples: int, most_size: int = 0
) -> npt.NDArray[np.int32]:
    """int32[n] labels 0..k-1 in order of first appearance, -1 for points in no dense group.

    Excess of mass chooses among the groups of the condensed tree (Campello et al. 2015), none of them above `most_size`
    (0: any size): where it would stop at a larger one, its parts are taken.
    """
    from hdbscan import HDBSCAN

    if len(points) < max(2 * least_size, min_samples + 1):
        return np.full(len(points), -1, dtype=np.int32)
    model = HDBSCAN(
        min_cluster_size=max(least_size, 2),
        min_samples=min_samples,
        cluster_selection_method="eom",
        max_cluster_size=most_size,
        core_dist_n_jobs=1,
        approx_min_span_tree=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hdbscan passes scikit-learn a renamed argument, once a call
        labels = model.fit_predict(points)
    return in_order_of_appearance(labels)


def in_order_of_appearance(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
    """The same partition numbered 0.. by first member; -1 stays."""
    values, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    number = np.full(len(values), -1, dtype=np.int32)
    kept = np.flatnonzero(values >= 0)
    number[kept[np.argsort(first[kept])]] = np.arange(len(kept))
    ordered: npt.NDArray[np.int32] = number[inverse.ravel()]
    return ordered
