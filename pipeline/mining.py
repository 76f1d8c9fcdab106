"""One way to mine, for files and for the store: the encoder of the settings, the documents, the result."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from models.encoders.protocol import Encoder
from nlp.batches import Each
from nlp.demand_weights import DemandWeights
from nlp.map_layout import PreviousMap
from nlp.mentions import Piece
from nlp.settings import MiningSettings
from nlp.types import Constraints, Document, MiningResult, PreviousTheme
from pipeline.progress import Progress, unheard
from pipeline.settings import Settings


def open_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name; where they leave it open, that of a small corpus.

    Raises UnknownEncoderError (a ValueError) for a name that fits none.
    """
    from models.encoders.catalogue import load_encoder
    from models.encoders.sizes import AUTO, name_by_size

    name = name_by_size(0) if settings.encoder == AUTO else settings.encoder
    key = settings.encoder_api_key
    return load_encoder(name, allow_download=settings.allow_download, api_key=key.get_secret_value() if key else None)


def mine_documents(
    documents: Sequence[Document],
    encoder: Encoder,
    *,
    demand: DemandWeights | None = None,
    previous: Sequence[PreviousTheme] = (),
    constraints: Constraints | None = None,
    unplaced: Collection[str] = (),
    votes: Mapping[str, int] | None = None,
    progress: Progress = unheard,
    each: Each = map,
    known: Mapping[str, Sequence[Piece]] | None = None,
    shelf: Path | None = None,
    mapped: PreviousMap | None = None,
) -> MiningResult:
    """Mine, telling progress by step. See `nlp.mining.mine` for `each`, `known`, `shelf` and `mapped`."""
    from nlp.mining import mine

    return mine(
        documents,
        encoder=encoder,
        settings=MiningSettings(demand=demand or DemandWeights()),
        previous=previous,
        constraints=constraints,
        unplaced=unplaced,
        votes=votes,
        progress=progress,
        each=each,
        known=known,
        shelf=shelf,
        mapped=mapped,
    )
