"""An encoder for tests: hashed character pairs, deterministic, instant; texts that share pairs are close."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import EncoderIdentity, Progress


class HashingEncoder:
    """float32[n, 256]; a text with nothing to encode gives a row of zeros."""

    @property
    def identity(self) -> EncoderIdentity:
        return EncoderIdentity(name="hashing", revision="1", dimension=256, digest="test")

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> npt.NDArray[np.float32]:
        rows = np.zeros((len(texts), 256), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            folded = "".join(c for c in text.lower() if c.isalnum())
            for size in (1, 2):
                for start in range(len(folded) - size + 1):
                    row[zlib.crc32(folded[start : start + size].encode()) % 256] += size
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        if progress is not None:
            progress(len(texts), len(texts))
        return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
