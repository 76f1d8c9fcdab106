"""multilingual-e5-small, bundled: its 4-bit weights unpacked once, run by sentence-transformers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from models.encoders.batching import Vectors
from models.encoders.cache import build_once
from models.encoders.e5_weights import (
    packed_digest,
    packed_weights,
    parse,
    write_sentence_transformer,
)
from models.encoders.protocol import EncoderIdentity, Progress
from models.encoders.sentence_transformer import Precision, SentenceTransformerEncoder, native_precision

DIMENSION = 384
PROMPT = "query: "  # e5 wants a prefix; for symmetric tasks such as clustering its authors name "query: "
PASSAGE_PROMPT = "passage: "  # for texts that questions are to find
_LAYOUT = 1  # of the written folder; raise it when `write_sentence_transformer` changes


class E5Encoder:
    """e5-small behind the protocol. Unpacks into the cache on first use (a few seconds, 240 MB).

    precision: of the matrix products; by default what the processor does natively.
    """

    def __init__(self, precision: Precision | None = None) -> None:
        self._precision = precision

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        return self._encoder.encode(texts, progress=progress)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Of texts that questions are to find; questions go to `encode`."""
        return self._encoder.encode(texts, prompt=PASSAGE_PROMPT)

    @property
    def folder(self) -> Path:
        """The unpacked sentence-transformers folder."""
        data = packed_weights()
        return build_once(
            f"e5-small-{packed_digest(data)[:12]}-{_LAYOUT}",
            lambda folder: write_sentence_transformer(parse(data), folder),
        )

    @cached_property
    def _identity(self) -> EncoderIdentity:
        digest = packed_digest(packed_weights())
        return EncoderIdentity("e5-small-q4", f"{digest[:12]}-{_LAYOUT}", DIMENSION, digest)

    @cached_property
    def _encoder(self) -> SentenceTransformerEncoder:
        return SentenceTransformerEncoder(
            str(self.folder), prompt=PROMPT, precision=self._precision or native_precision()
        )
