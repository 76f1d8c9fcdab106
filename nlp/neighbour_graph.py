"""Who is near whom: exact nearest neighbours of unit vectors, and the fuzzy graph they span."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

# Unit vectors are rounded to whole numbers of this scale. Every product of two rows is then a whole number below
# 4000**2 < 2**24, which float32 adds without rounding: the same similarities on any machine, thread count and order.
SCALE = 4000.0
_BLOCK = 512  # rows at a time: bounds memory at block x n floats
_SPARE = 8  # more than asked are looked at, so that ties at the last place can be told
_BISECTIONS = 48

Floats = npt.NDArray[np.float32]


def quantise(vectors: Floats) -> Floats:
    """Unit rows as whole numbers (kept in float32) of scale `SCALE`."""
    whole = np.empty(vectors.shape, dtype=np.float32)
    for start in range(0, len(vectors), _BLOCK):  # in double precision, which all rows at once need not be held in
        block = slice(start, start + _BLOCK)
        whole[block] = np.rint(np.asarray(vectors[block], dtype=np.float64) * SCALE)
    whole += 0.0  # no negative zeros: equal rows have equal bytes
    return whole


def nearest_neighbours(whole: Floats, count: int) -> tuple[npt.NDArray[np.int32], Floats]:
    """The `count` most similar other rows of each row of `quantise`d vectors, nearest first, ties by row number.

    Returns (indices int32[n, count], cosines float32[n, count]). count must be below n.
    """
    rows = len(whole)
    if not 0 < count < rows:
        raise ValueError(f"{count} neighbours were asked of {rows} rows")
    indices = np.empty((rows, count), dtype=np.int32)
    cosines = np.empty((rows, count), dtype=np.float32)
    for start in range(0, rows, _BLOCK):
        block = slice(start, min(start + _BLOCK, rows))
        similarity = whole[block] @ whole.T
        here = np.arange(len(similarity))
        similarity[here, start + here] = -np.inf
        near = _nearest_columns(similarity, count)
        indices[block] = near
        cosines[block] = np.take_along_axis(similarity, near, axis=1) / SCALE**2
    return indices, cosines


def _nearest_columns(similarity: Floats, count: int) -> npt.NDArray[np.intp]:
    """int[b, count]: columns of the largest values of each row, largest first, ties by column number."""
    columns = similarity.shape[1]
    first = columns - min(count + _SPARE, columns)
    some = np.argpartition(similarity, first, axis=1)[:, first:]
    some.sort(axis=1)
    values = np.take_along_axis(similarity, some, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")[:, :count]
    near = np.take_along_axis(some, order, axis=1)
    # Where the last place is tied with the least of the spare ones, which of the equals came along was chance.
    last = np.take_along_axis(values, order[:, -1:], axis=1)[:, 0]
    for row in np.flatnonzero(last <= values.min(axis=1)):
        near[row] = np.argsort(-similarity[row], kind="stable")[:count]
    return near


def fuzzy_graph(indices: npt.NDArray[np.int32], cosines: Floats) -> csr_array:
    """Symmetric float64 graph[n, n] of membership strengths 0..1.

    Distances are -log2(cosine). Each row's kernel width is set so that its strengths sum to log2(count), and two
    directions a, b join as a + b - ab (McInnes, Healy, Melville 2018, "UMAP", section 3.1).
    """
    rows, count = indices.shape
    distances = np.maximum(-np.log2(np.clip(cosines.astype(np.float64), 1e-6, 1.0)), 0.0)
    beyond = distances - distances.min(axis=1, keepdims=True)
    strengths = np.exp(-beyond / _kernel_widths(beyond, distances)[:, None])
    starts = np.arange(0, rows * count + 1, count)
    directed = csr_array((strengths.ravel(), indices.ravel(), starts), shape=(rows, rows))
    directed.sort_indices()
    reverse = directed.T.tocsr()
    graph = csr_array(directed + reverse - directed.multiply(reverse))
    graph.eliminate_zeros()
    graph.sort_indices()
    return graph


def _kernel_widths(beyond: npt.NDArray[np.float64], distances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    target = np.log2(max(beyond.shape[1], 2))
    low = np.zeros(len(beyond))
    high = np.full(len(beyond), np.inf)
    width = np.ones(len(beyond))
    for _ in range(_BISECTIONS):
        wide = np.exp(-beyond / width[:, None]).sum(axis=1) > target
        high = np.where(wide, width, high)
        low = np.where(wide, low, width)
        width = np.where(np.isinf(high), width * 2, (low + np.where(np.isinf(high), low, high)) / 2)
        width = np.maximum(width, 1e-12)
    floor = 1e-3 * distances.mean(axis=1)  # rows whose neighbours are all alike keep a finite slope
    return np.asarray(np.maximum(np.maximum(width, floor), 1e-9))
