"""Vectors of many texts, slice after slice, so that a million need not be held twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import Encoder, Progress

_SLICE = 65_536  # texts


def encode_all(
    encoder: Encoder, texts: Sequence[str], *, slim: bool, progress: Progress | None = None
) -> npt.NDArray[np.float32]:
    """float32[n, d] of the texts; where `slim`, kept as float16, which is as fine as clustering looks (1/4000)."""
    if not slim:
        return encoder.encode(texts, progress=progress) if texts else _nothing(encoder)
    kept = np.empty((len(texts), encoder.identity.dimension), dtype=np.float16)
    for start in range(0, len(texts), _SLICE):
        part = texts[start : start + _SLICE]
        kept[start : start + len(part)] = encoder.encode(part, progress=_shifted(progress, start, len(texts)))
    return kept  # type: ignore[return-value] # callers' arithmetic takes either


def _shifted(progress: Progress | None, start: int, total: int) -> Progress | None:
    """Progress within a slice told as progress within all."""
    return None if progress is None else lambda done, _: progress(start + done, total)


def _nothing(encoder: Encoder) -> npt.NDArray[np.float32]:
    return np.zeros((0, encoder.identity.dimension), dtype=np.float32)
