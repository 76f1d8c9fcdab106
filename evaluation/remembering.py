"""Encoders that encode each text once: suites ask for the same texts again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder, EncoderIdentity, Progress, encode_passages

EncoderFor = Callable[[int], Encoder]  # the encoder that serves so many posts


def always(encoder: str | Encoder) -> EncoderFor:
    """One encoder, or the one of that name, for any number of posts."""
    chosen = load_encoder(encoder) if isinstance(encoder, str) else encoder
    return lambda posts: chosen  # noqa: ARG005 - whatever the number


class RememberingEncoder:
    """Keeps every vector of the encoder it stands for, as long as it lives."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, npt.NDArray[np.float32]] = {}
        self._passages: dict[str, npt.NDArray[np.float32]] = {}

    @property
    def identity(self) -> EncoderIdentity:
        return self._encoder.identity

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> npt.NDArray[np.float32]:
        """float32[n, d], as the encoder itself would give them."""
        return self._remembered(texts, self._known, lambda new: self._encoder.encode(new, progress=progress))

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The same of texts that are to be found."""
        return self._remembered(texts, self._passages, lambda new: encode_passages(self._encoder, new))

    def _remembered(
        self,
        texts: Sequence[str],
        known: dict[str, npt.NDArray[np.float32]],
        encode: Callable[[list[str]], npt.NDArray[np.float32]],
    ) -> npt.NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, encode(new), strict=True))
        if not texts:
            return np.zeros((0, self.identity.dimension), dtype=np.float32)
        return np.stack([known[text] for text in texts])


class RememberingEncoders:
    """For any number of posts the encoder that the product would take, each remembering."""

    def __init__(self, encoder_for: EncoderFor) -> None:
        self._encoder_for = encoder_for
        self._known: dict[str, RememberingEncoder] = {}

    def __call__(self, posts: int) -> RememberingEncoder:
        chosen = self._encoder_for(posts)
        return self._known.setdefault(chosen.identity.digest, RememberingEncoder(chosen))
