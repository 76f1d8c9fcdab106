"""An encoder without weights for tests of everything but meaning: hashed character pairs."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import EncoderIdentity, Progress

_DIMENSION = 256


class LexicalEncoder:
    """Texts that share character pairs are near; deterministic, quick, knows nothing of synonyms."""

    identity = EncoderIdentity(name="lexical", revision="1", dimension=_DIMENSION, digest="none")

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> npt.NDArray[np.float32]:
        vectors = np.zeros((len(texts), _DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            for first, second in zip(text, text[1:], strict=False):
                vectors[row, zlib.crc32((first + second).encode()) % _DIMENSION] += 1
            if progress is not None and row % 50 == 0:
                progress(row, len(texts))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
