"""What an engine hands to mining."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.encoders.protocol import Encoder
from nlp.mentions import Piece
from pipeline.corpus import Corpus


@dataclass(frozen=True, slots=True)
class Gathered:
    """All posts, read and cleaned, the encoder to mine them with, and what is known of their texts already."""

    corpus: Corpus
    encoder: Encoder
    pieces: Mapping[str, Sequence[Piece]] = field(default_factory=dict)  # by text
    read_seconds: float = 0.0
    encoder_seconds: float = 0.0  # until the encoder was loaded
