"""Vectors of many texts, slice after slice, so that a million need not be held twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import Encoder, Progress

_SLICE = 65_536  # texts


def encode_all(
    encoder: Encoder,
    texts: Sequence[str],
    *,
    slim: bool,
    shelf: Path | None = None,
    progress: Progress | None = None,
) -> npt.NDArray[np.float32]:
    """float32[n, d] of the texts; where `slim`, kept as float16, which is as fine as clustering looks (1/4000).

    shelf: folder in which the slim ones are kept as a file instead of in memory.
    """
    if not slim:
        return encoder.encode(texts, progress=progress) if texts else _nothing(encoder)
    kept = _kept(len(texts), encoder.identity.dimension, shelf and shelf / "encoded.npy")
    for start in range(0, len(texts), _SLICE):
        part = texts[start : start + _SLICE]
        kept[start : start + len(part)] = encoder.encode(part, progress=_shifted(progress, start, len(texts)))
    return kept  # type: ignore[return-value] # callers' arithmetic takes either


def chosen_rows(
    vectors: npt.NDArray[np.float32], rows: npt.NDArray[np.intp], shelf: Path | None = None
) -> npt.NDArray[np.float32]:
    """These rows, kept as the vectors are: in memory, or as a file on the shelf."""
    if shelf is None or not hasattr(vectors, "filename"):
        return vectors[rows]
    kept = _kept(len(rows), vectors.shape[1], shelf / "chosen.npy")
    for start in range(0, len(rows), _SLICE):
        kept[start : start + _SLICE] = vectors[rows[start : start + _SLICE]]
    return kept  # type: ignore[return-value] # as above


def _kept(count: int, dimension: int, path: Path | None) -> npt.NDArray[np.float16]:
    """float16[count, dimension], to be filled."""
    if path is None:
        return np.empty((count, dimension), dtype=np.float16)
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(count, dimension))


def _shifted(progress: Progress | None, start: int, total: int) -> Progress | None:
    """Progress within a slice told as progress within all."""
    return None if progress is None else lambda done, _: progress(start + done, total)


def _nothing(encoder: Encoder) -> npt.NDArray[np.float32]:
    return np.zeros((0, encoder.identity.dimension), dtype=np.float32)
