"""The one protocol every encoder keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Progress = Callable[[int, int], None]  # (done, total)


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """Recorded with every mining run: vectors of two encoders are never mixed."""

    name: str
    revision: str
    dimension: int
    digest: str  # hash of the weights
    teacher: str = ""  # digest of the encoder whose heads also read these vectors; "" where there is none


class Encoder(Protocol):
    """Turns texts into unit vectors. Deterministic; the same text gives the same vector in any batch."""

    @property
    def identity(self) -> EncoderIdentity: ...

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> npt.NDArray[np.float32]:
        """float32[n, d], L2-normalised rows; a text with nothing to encode gives a row of zeros."""
        ...


@runtime_checkable
class PassageEncoder(Encoder, Protocol):
    """An encoder that reads what is looked for and what is found differently, as models made for search do."""

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Like `encode`, of texts that are to be found; questions go to `encode`."""
        ...


def encode_passages(encoder: Encoder, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Vectors of texts that are to be found: as passages where the encoder knows the difference."""
    return encoder.encode_passages(texts) if isinstance(encoder, PassageEncoder) else encoder.encode(texts)
