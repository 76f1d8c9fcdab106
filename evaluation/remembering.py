"""An encoder that encodes each text once: suites ask for the same texts again and again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import Encoder, EncoderIdentity, Progress


class RememberingEncoder:
    """Keeps every vector of the encoder it stands for, as long as it lives."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, npt.NDArray[np.float32]] = {}

    @property
    def identity(self) -> EncoderIdentity:
        return self._encoder.identity

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> npt.NDArray[np.float32]:
        """float32[n, d], as the encoder itself would give them."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._encoder.encode(new, progress=progress), strict=True))
        if not texts:
            return np.zeros((0, self.identity.dimension), dtype=np.float32)
        return np.stack([self._known[text] for text in texts])
