"""The default encoder: USE and mean-centred e5 side by side. Together they cluster better than either."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib import resources

import numpy as np

from models.encoders.batching import Vectors, unit_rows
from models.encoders.e5 import E5Encoder
from models.encoders.protocol import Encoder, EncoderIdentity, Progress
from models.encoders.use import UseEncoder

CENTRE = "e5_centre.safetensors"  # docs/decisions/0001-fixed-centre.md; made by recipes/e5_centre.py
CENTRE_KEY = "centre"


class EnsembleEncoder:
    """Vectors of two encoders, the second centred, each of unit length, joined and scaled to unit length."""

    def __init__(
        self, first: Encoder | None = None, second: Encoder | None = None, centre: Vectors | None = None
    ) -> None:
        self._first = first or UseEncoder()
        self._second = second or E5Encoder()
        self._given_centre = centre

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        first = self._first.encode(texts)  # quick; the second is what takes the time, and reports
        second = self._second.encode(texts, progress=progress)
        said = np.any(second != 0, axis=1, keepdims=True)
        return unit_rows(np.hstack([first, unit_rows(np.where(said, second - self._centre, 0))]))

    @cached_property
    def _centre(self) -> Vectors:
        return self._given_centre if self._given_centre is not None else load_centre()

    @cached_property
    def _identity(self) -> EncoderIdentity:
        one, two = self._first.identity, self._second.identity
        digest = hashlib.sha256(f"{one.digest} {two.digest} ".encode() + self._centre.tobytes()).hexdigest()
        return EncoderIdentity(
            name=f"{one.name}+{two.name}",
            revision=digest[:12],
            dimension=one.dimension + two.dimension,
            digest=digest,
        )


def load_centre() -> Vectors:
    """The mean e5 vector of general Chinese text, as shipped: float32[384]."""
    from safetensors.numpy import load

    artefact = resources.files("models").joinpath("encoders", "artefacts", CENTRE)
    return np.asarray(load(artefact.read_bytes())[CENTRE_KEY], dtype=np.float32)
