"""What every encoder does around its network: each text once, alike lengths together, order restored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import Progress

Vectors = npt.NDArray[np.float32]


def encode_in_batches(
    texts: Sequence[str],
    encode: Callable[[list[str]], Vectors],
    *,
    dimension: int,
    batch_size: int,
    progress: Progress | None = None,
) -> Vectors:
    """float32[n, dimension], unit rows, zeros for blank texts.

    Distinct texts are encoded once; sorted by length, so that a batch pads little; `progress` counts distinct texts.
    """
    distinct = sorted({text for text in texts if text.strip()}, key=lambda text: (-len(text), text))
    found = np.zeros((len(distinct) + 1, dimension), dtype=np.float32)  # last row: nothing to encode
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        found[start : start + len(batch)] = unit_rows(encode(batch))
        if progress:
            progress(min(start + batch_size, len(distinct)), len(distinct))
    place = {text: row for row, text in enumerate(distinct)}
    return found[[place.get(text, len(distinct)) for text in texts]] if texts else found[:0]


def unit_rows(vectors: npt.ArrayLike) -> Vectors:
    """Rows scaled to length one; rows of zeros stay zeros."""
    array = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(array, axis=1, keepdims=True)
    return (array / np.where(lengths > 0, lengths, 1)).astype(np.float32)
