"""Train the intent heads: hand-labelled mentions found in the corpora, written texts, weakly labelled sentences.

python -m evaluation.intent_training    (reads the corpora in $ZHONGSHENG_DATA, default ../shared/data; minutes)
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from evaluation.datasets import data_folder
from evaluation.errors import EvaluationError
from evaluation.intent_gold import CORPORA, HASH_DIGITS, find_gold, read_labels
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder
from models.intent_head import DEFAULT_ARTEFACT, STATIC_ARTEFACT
from models.recipes.intent import ARTEFACTS, FOLDS, Dials, Taught, Trainer, save, target, written
from models.recipes.intent_corpora import examples
from models.recipes.intent_withheld import LABELS
from nlp.normalisation import normalise, simplify


def taught(folder: Path) -> list[Taught]:
    """Labelled mentions of the corpora in `folder`, then the written texts. Raises EvaluationError without corpora."""
    found = find_gold(read_labels(LABELS), folder, CORPORA)
    if not found.mentions:
        raise EvaluationError(f"none of the labelled mentions is in {folder}")
    mentions = [
        Taught(
            simplify(mention.text),
            mention.normalised,
            target(label.label.value, label.second.value if label.second else ""),
            _fold(label.hash),
            of_a_corpus=True,
        )
        for mention, label in zip(found.mentions, found.labels, strict=True)
    ]
    own = [
        Taught(simplify(text), normalise(text), target(intent), _fold(_hash(text)), of_a_corpus=False)
        for text, intent in written()
    ]
    return mentions + own


def train(encoder: Encoder, folder: Path, dials: Dials | None = None) -> Trainer:
    """Everything encoded and fitted, for a head and for figures of texts held out."""
    return Trainer(encoder, examples(folder), taught(folder), dials or Dials())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]


def _fold(text_hash: str) -> int:
    return int(text_hash, 16) % FOLDS


def main() -> None:
    for name, artefact in (("default", DEFAULT_ARTEFACT), ("static", STATIC_ARTEFACT)):
        encoder = load_encoder(name)
        save(train(encoder, data_folder()).head(), encoder.identity.name, ARTEFACTS / artefact)


if __name__ == "__main__":
    main()
