"""A new mention finds its theme by similarity to prototypes: milliseconds, no mining run."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_BLOCK = 4096  # rows at a time: bounds memory at block x themes floats


def assign(
    vectors: npt.NDArray[np.float32],
    prototypes: npt.NDArray[np.float32],
    thresholds: npt.NDArray[np.float32],
    margin: float = 0.0,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Nearest prototype of each row, where similar enough and clearly nearer than the second.

    vectors float32[n, d] and prototypes float32[k, d] have unit rows; thresholds float32[k] are cosines.
    Returns labels int32[n] (-1 where nothing fits or the best two are within `margin`) and strengths
    float32[n]: the cosine clipped to 0..1, 0 where unassigned.
    """
    rows = len(vectors)
    labels = np.full(rows, -1, dtype=np.int32)
    strengths = np.zeros(rows, dtype=np.float32)
    if not len(prototypes):
        return labels, strengths
    for start in range(0, rows, _BLOCK):
        similarity = vectors[start : start + _BLOCK] @ prototypes.T
        here = np.arange(len(similarity))
        best = similarity.argmax(axis=1)
        top = similarity[here, best]
        fits = (top >= thresholds[best]) & (top > 0)
        if margin > 0 and len(prototypes) > 1:
            similarity[here, best] = -np.inf
            fits &= top - similarity.max(axis=1) >= margin
        block = slice(start, start + len(similarity))
        labels[block] = np.where(fits, best, -1)
        strengths[block] = np.where(fits, np.clip(top, 0, 1), 0)
    return labels, strengths
