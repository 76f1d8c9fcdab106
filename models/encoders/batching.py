"""What every encoder does around its network: each text once, alike lengths together, order restored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

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
    executor: Executor | None = None,
) -> Vectors:
    """float32[n, dimension], unit rows, zeros for blank texts.

    Distinct texts are encoded once; sorted by length, so that a batch pads little; `progress` counts distinct texts.
    With an executor, batches run side by side.
    """
    distinct = sorted({text for text in texts if text.strip()}, key=lambda text: (-len(text), text))
    found = np.zeros((len(distinct) + 1, dimension), dtype=np.float32)  # last row: nothing to encode
    batches = [distinct[start : start + batch_size] for start in range(0, len(distinct), batch_size)]
    done = 0
    for vectors in executor.map(encode, batches) if executor else map(encode, batches):
        found[done : done + len(vectors)] = unit_rows(vectors)
        done += len(vectors)
        if progress:
            progress(done, len(distinct))
    place = {text: row for row, text in enumerate(distinct)}
    return found[[place.get(text, len(distinct)) for text in texts]] if texts else found[:0]


def unit_rows(vectors: npt.ArrayLike) -> Vectors:
    """Rows scaled to length one; rows of zeros stay zeros."""
    array = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(array, axis=1, keepdims=True)
    return (array / np.where(lengths > 0, lengths, 1)).astype(np.float32)
