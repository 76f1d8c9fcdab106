"""Themes as mean vectors: refining members, bringing outliers home by threshold, joining themes into groups."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from nlp.density import in_order_of_appearance

Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]
_PRIOR_MEMBERS = 5.0  # members whose weight the overall mean has beside a theme's own
_DECIMALS = 5  # similarities are compared after rounding, so that the last bit of a sum decides nothing


def prototypes_of(vectors: Vectors, labels: Labels, weights: npt.NDArray[np.float64]) -> Vectors:
    """float32[k, d], unit rows: weighted means of the members of labels 0..k-1."""
    count = int(labels.max(initial=-1)) + 1
    members = np.flatnonzero(labels >= 0)
    membership = csr_array((weights[members], (labels[members], members)), shape=(count, len(labels)), dtype=np.float64)
    sums = membership @ vectors.astype(np.float64)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def similarities(vectors: Vectors, prototypes: Vectors) -> npt.NDArray[np.float64]:
    """float64[n, k] cosines, rounded."""
    return np.round(vectors.astype(np.float64) @ prototypes.astype(np.float64).T, _DECIMALS)


def refine(
    vectors: Vectors,
    labels: Labels,
    weights: npt.NDArray[np.float64],
    graph: csr_array,
    *,
    rounds: int,
    neighbour_share: float,
) -> Labels:
    """Every row to the theme that is most similar and most common among its neighbours; `rounds` of that.

    The score is cosine to the prototype plus `neighbour_share` times the share of the row's graph strength that
    lies in the theme. The first pass only places rows that have none.
    """
    if labels.max(initial=-1) < 0:
        return labels
    pull = _row_shares(graph)
    for turn in range(rounds + 1):
        labels = in_order_of_appearance(labels)
        score = similarities(vectors, prototypes_of(vectors, labels, weights))
        if neighbour_share > 0:
            score = score + neighbour_share * _votes(pull, labels, score.shape[1])
        best = score.argmax(axis=1).astype(np.int32)
        labels = np.where(labels < 0, best, labels) if turn == 0 else best
    return in_order_of_appearance(labels)


def join_alike(vectors: Vectors, labels: Labels, *, alike: float) -> Labels:
    """Themes whose members are as like the other's as their own become one, the most alike pair first.

    Two join where the mean cosine between their members is at least `alike` times that within the looser of them
    (average linkage against own cohesion). Few rows lie thin, and density alone cuts one need into halves.
    """
    labels = in_order_of_appearance(labels)
    while (count := int(labels.max(initial=-1)) + 1) > 1:
        members = np.flatnonzero(labels >= 0)
        membership = csr_array((np.ones(len(members)), (labels[members], members)), shape=(count, len(labels)))
        sizes = np.bincount(labels[members], minlength=count).astype(np.float64)
        sums = membership @ vectors.astype(np.float64)
        products = sums @ sums.T
        pairs = np.maximum(sizes * (sizes - 1), 1)
        within = np.where(sizes > 1, (np.diag(products) - sizes) / pairs, 1.0)
        gain = products / np.outer(sizes, sizes) - alike * np.minimum(within[:, None], within[None, :])
        gain[np.tril_indices(count)] = -np.inf
        gain = np.round(gain, _DECIMALS)
        first, second = divmod(int(gain.argmax()), count)
        if gain[first, second] < 0:
            break
        labels = in_order_of_appearance(np.where(labels == second, first, labels))
    return labels


def split_domains(vectors: Vectors, labels: Labels, parts: Labels, *, most: int, alike: float) -> Labels:
    """Groups of more than `most` rows become their `parts`, where those differ (`join_alike`); a crisp group stays.

    Density stops at whole domains where a corpus has several that share nothing; a need that very many voice is as
    dense, but its parts are like each other.
    """
    labels = labels.copy()
    for group in np.flatnonzero(np.bincount(labels[labels >= 0]) > most):
        rows = np.flatnonzero(labels == group)
        inside = join_alike(vectors[rows], parts[rows], alike=alike)
        if inside.max(initial=-1) > 0:
            labels[rows] = np.where(inside >= 0, labels.max() + 1 + inside, -1)
    return in_order_of_appearance(labels)


def _votes(pull: csr_array, labels: Labels, count: int) -> npt.NDArray[np.float64]:
    placed = np.flatnonzero(labels >= 0)
    member = csr_array((np.ones(len(placed)), (placed, labels[placed])), shape=(len(labels), count))
    return np.asarray(np.round((pull @ member).toarray(), _DECIMALS))


def _row_shares(graph: csr_array) -> csr_array:
    totals = np.asarray(graph.sum(axis=1)).ravel()
    shares = graph.copy()
    shares.data = shares.data / np.repeat(np.where(totals > 0, totals, 1), np.diff(graph.indptr))
    return shares


def fit_to_the_others(vectors: Vectors, labels: Labels, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """float64[n]: cosine of each row to the mean of the *other* members of its theme; 0 where there are none.

    A row is part of its own prototype, which flatters the members of small themes; without itself the figure is
    what a new row with the same words would get.
    """
    count = int(labels.max(initial=-1)) + 1
    fit = np.zeros(len(labels))
    members = np.flatnonzero(labels >= 0)
    own = vectors[members].astype(np.float64) * weights[members, None]
    membership = csr_array((np.ones(len(members)), (labels[members], np.arange(len(members)))), (count, len(members)))
    others = (membership @ own)[labels[members]] - own
    lengths = np.linalg.norm(others, axis=1)
    products = np.einsum("ij,ij->i", others, vectors[members].astype(np.float64))
    fit[members] = np.round(np.where(lengths > 1e-6, products / np.where(lengths > 1e-6, lengths, 1), 0), _DECIMALS)
    return fit


def join_thresholds(
    fit: npt.NDArray[np.float64], labels: Labels, core: npt.NDArray[np.bool_], *, looseness: float
) -> npt.NDArray[np.float32]:
    """float32[k]: how similar a row must be to belong to each theme.

    `looseness` standard deviations below the mean of what the theme's core members have (`fit_to_the_others`). The
    deviation is pooled over themes and the mean of a small theme is drawn towards that of all: five members do not
    tell how far a sixth may be. Never below zero.
    """
    count = int(labels.max(initial=-1)) + 1
    sure = np.flatnonzero((labels >= 0) & core & (fit > 0))
    if not len(sure):
        return np.zeros(count, dtype=np.float32)
    overall = float(fit[sure].mean())
    sizes = np.bincount(labels[sure], minlength=count)
    sums = np.bincount(labels[sure], fit[sure], minlength=count)
    means = (sums + _PRIOR_MEMBERS * overall) / (sizes + _PRIOR_MEMBERS)
    deviation = float(np.sqrt(np.mean((fit[sure] - means[labels[sure]]) ** 2)))
    return np.asarray(np.clip(means - looseness * deviation, 0.0, 1.0), dtype=np.float32)


def broader_groups(prototypes: Vectors) -> Labels:
    """int32[k]: group number of each theme, by average linkage of prototypes into about 1.5 sqrt(k) groups."""
    from scipy.cluster.hierarchy import fcluster, linkage

    count = len(prototypes)
    if count < 2:
        return np.zeros(count, dtype=np.int32)
    apart = np.clip(1.0 - similarities(prototypes, prototypes), 0.0, 2.0)
    upper = apart[np.triu_indices(count, k=1)]
    groups = fcluster(linkage(upper, method="average"), t=round(1.5 * count**0.5), criterion="maxclust")
    return in_order_of_appearance(groups.astype(np.int32))
