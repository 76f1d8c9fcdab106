"""What a mention does: complains, asks for, asks, praises or chats. By its words, and by its vector where known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import EncoderIdentity
from models.intent_head import IntentHead, shipped_head
from models.intent_words import CLASSES, WordEvidence, read_words

__all__ = ["CLASSES", "IntentGuess", "classify"]

_SAYS_LITTLE = 8  # characters: shorter than this without any cue is chatter, longer is a story of trouble, barely
_NOTHING = (0.0, 0.0, 0.0, 0.0, 1.0)

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class IntentGuess:
    """One of `CLASSES`, how sure (0..1), the share of each class (a softmax), and the cues behind it."""

    intent: str
    confidence: float
    shares: tuple[float, ...]  # by `CLASSES`, sum 1
    cues: tuple[str, ...] = ()


def classify(
    texts: Sequence[str],
    vectors: npt.NDArray[np.float32] | None = None,
    encoder: EncoderIdentity | None = None,
    *,
    head: IntentHead | None = None,
) -> list[IntentGuess]:
    """The intent of each text, independent of the others. An empty text is certain chatter.

    vectors: float32[n, d] of the texts, made by `encoder`. Where a head (a shipped one by default) was trained for
    that encoder, it weighs words and vector together; with any other encoder, or none, words alone decide.
    """
    words = [read_words(text) for text in texts]
    shares = _shares(words, vectors, encoder, head)
    return [
        IntentGuess(CLASSES[best], row[best], tuple(row), evidence.cues if evidence.bare else ("empty",))
        for evidence, row, best in zip(words, shares.tolist(), shares.argmax(axis=1).tolist(), strict=True)
    ]


def _shares(
    words: Sequence[WordEvidence],
    vectors: npt.NDArray[np.float32] | None,
    encoder: EncoderIdentity | None,
    head: IntentHead | None,
) -> Shares:
    """float64[n, 5] by `CLASSES`, each row a softmax."""
    scores = np.array([_alone(evidence) for evidence in words]).reshape(-1, 5)
    if vectors is not None and encoder is not None:
        head = head or shipped_head(encoder)
        if head is not None and head.fits(encoder):
            said = np.any(vectors != 0, axis=1)
            measures = np.array([evidence.measures for evidence in words], dtype=np.float32).reshape(len(words), -1)
            scores[said] = head.logits(vectors[said], measures[said])
    odds = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    shares: Shares = odds / odds.sum(axis=1, keepdims=True)
    shares[[not evidence.bare for evidence in words]] = _NOTHING
    return shares


def _alone(evidence: WordEvidence) -> Sequence[float]:
    """The words' scores; without any cue a few characters are chatter, a longer story mostly tells what went wrong.

    Neither is sure.
    """
    if max(evidence.scores) >= 0.5:
        return evidence.scores
    pain, *others, chatter = evidence.scores
    if len(evidence.bare) < _SAYS_LITTLE:
        return (pain, *others, chatter + 1.0)
    return (pain + 0.7, *others, chatter + 0.6)
