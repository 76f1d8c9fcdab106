"""The one protocol every encoder keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

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
