"""What an engine hands to mining, and who works for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.prepare import Each
from models.encoders.protocol import Encoder
from nlp.mentions import Piece
from pipeline.corpus import Corpus


@dataclass(frozen=True, slots=True)
class Gathered:
    """All posts, read and cleaned, the encoder to mine them with, what is known of their texts, and more hands."""

    corpus: Corpus
    encoder: Encoder
    pieces: Mapping[str, Sequence[Piece]] = field(default_factory=dict)  # by text
    each: Each = map  # works through batches while mining
    shelf: Path | None = None  # folder that whoever works for `each` reaches
    read_seconds: float = 0.0
    encoder_seconds: float = 0.0  # until the encoder was loaded
