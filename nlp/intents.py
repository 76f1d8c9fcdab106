"""Intents of mentions: the model's guesses in the words of mining, and what they mean for themes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from models import intent as model
from models.encoders.protocol import EncoderIdentity
from nlp.batches import Each, batched
from nlp.normalisation import simplify
from nlp.types import NEEDS, Intent, Mention

_CLASSES = tuple(Intent(name) for name in model.CLASSES)
_CHATTER = _CLASSES.index(Intent.CHATTER)
_PRAISE = _CLASSES.index(Intent.PRAISE)
_NEEDS = [_CLASSES.index(intent) for intent in Intent if intent in NEEDS]
_SURE = 0.85  # from here on a mention's own words and vector settle what it does
_LEAST_COMPANY = 4  # mentions a theme needs before it says anything about one of them
_PRIOR = 1.0  # pseudo-mentions of each class in a theme's company


@dataclass(frozen=True, slots=True)
class IntentReading:
    """What a mention does, how sure (0..1), and the share of each class in the order of `models.intent.CLASSES`."""

    intent: Intent
    confidence: float
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Vectors of normalised texts, float32[n, d], and the encoder that made them."""

    row_of: Mapping[str, int]
    vectors: npt.NDArray[np.float32]
    encoder: EncoderIdentity

    def of(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """float32[len(texts), d]; zeros for a text that was not encoded."""
        found = np.zeros((len(texts), self.vectors.shape[1]), dtype=np.float32)
        known = [(i, self.row_of[text]) for i, text in enumerate(texts) if text in self.row_of]
        if known:
            places, rows = (list(numbers) for numbers in zip(*known, strict=True))
            found[places] = self.vectors[rows]
        return found


def intents_of(mentions: Sequence[Mention], encoded: Encoded | None = None, each: Each = map) -> list[IntentReading]:
    """The reading of each mention by itself: words as written and, where there, vector; distinct ones judged once.

    `each` maps over batches of texts and their vectors.
    """
    distinct = sorted({(mention.text, mention.normalised) for mention in mentions})
    batches = (
        ([text for text, _ in part], encoded.of([normalised for _, normalised in part]) if encoded else None)
        for part in batched(distinct)
    )
    shares = each(partial(_shares, encoder=encoded.encoder if encoded else None), batches)
    readings = {
        said: IntentReading(_CLASSES[best], row[best], tuple(row))
        for part, found in zip(batched(distinct), shares, strict=True)
        for said, row, best in zip(part, found.tolist(), found.argmax(axis=1).tolist(), strict=True)
    }
    return [readings[mention.text, mention.normalised] for mention in mentions]


def _shares(
    batch: tuple[Sequence[str], npt.NDArray[np.float32] | None], encoder: EncoderIdentity | None
) -> npt.NDArray[np.float64]:
    """float64[n, 5]: the share of each class, by the order of `models.intent.CLASSES`."""
    texts, vectors = batch
    guesses = model.classify([simplify(text) for text in texts], vectors, encoder)
    return np.array([guess.shares for guess in guesses])


def in_company(readings: Sequence[IntentReading], labels: Sequence[int]) -> list[IntentReading]:
    """Readings in which mentions whose own words are unsure follow their cluster (label >= 0).

    "It did it again all night" says nothing alone; among forty complaints of one kind it is the forty-first. Such a
    mention's shares are multiplied by the smoothed mean shares of the others of its cluster. Praise is not talked down
    by complaints: who praises a repair stands among those who complained.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for position, label in enumerate(labels):
        if label >= 0:
            members[label].append(position)
    settled = list(readings)
    for positions in members.values():
        if len(positions) < _LEAST_COMPANY:
            continue
        shares = np.array([readings[p].shares for p in positions])
        total = shares.sum(axis=0)
        for row, position in enumerate(positions):
            if readings[position].confidence < _SURE:
                others = (total - shares[row] + _PRIOR) / (len(positions) - 1 + _PRIOR * len(_CLASSES))
                others[_PRAISE] = others[_NEEDS].max(initial=others[_PRAISE])
                settled[position] = _reading(shares[row] * others)
    return settled


@dataclass(frozen=True, slots=True)
class IntentDials:
    """When chat and praise leave a cluster."""

    chatter_cluster: float = 0.5  # mean share of chatter at which a cluster is no theme
    chatter_leaves: float = 0.7  # a mention in company that chats, at least this sure, leaves its cluster
    praise_minority: float = 0.35  # share of praise in a cluster below which praise leaves it
    praise_of_reviews: float = 0.25  # share of praise in a corpus from which it is one of reviews


def of_reviews(intents: Mapping[Intent, int], dials: IntentDials) -> bool:
    """Whether a corpus whose mentions do this, so many each, is one of reviews: praise is no exception in it."""
    needed = sum(intents.get(intent, 0) for intent in NEEDS)
    praised = intents.get(Intent.PRAISE, 0)
    return praised >= dials.praise_of_reviews * (praised + needed) > 0


def settled_labels(
    own: Sequence[IntentReading], settled: Sequence[IntentReading], labels: Sequence[int], dials: IntentDials
) -> tuple[int, ...]:
    """Labels without what voices no need: mere chat, and praise among complaints (-1 from now on).

    own, settled: readings by itself and in company. A cluster whose mentions chat, at a mean share of at least
    `chatter_cluster`, is none. A cluster in which praise is the minority is a need, and praise leaves it; where people
    praise as much as they complain, the cluster is an aspect of a product and both stay. In a corpus of reviews, where
    praise is no exception and nobody talks to anybody, all stay: a neutral clause is about an aspect, too.
    """
    if of_reviews(Counter(reading.intent for reading in own), dials):
        return tuple(labels)
    members: dict[int, list[int]] = defaultdict(list)
    for position, label in enumerate(labels):
        if label >= 0:
            members[label].append(position)
    found = list(labels)
    for positions in members.values():
        chat = sum(own[p].shares[_CHATTER] for p in positions) / len(positions)
        praising = sum(settled[p].intent is Intent.PRAISE for p in positions)
        needing = sum(settled[p].intent in NEEDS for p in positions)
        for p in positions:
            reading = settled[p]
            chats = reading.intent is Intent.CHATTER and reading.confidence >= dials.chatter_leaves
            praises = reading.intent is Intent.PRAISE and praising < dials.praise_minority * (praising + needing)
            if chat >= dials.chatter_cluster or chats or praises:
                found[p] = -1
    return tuple(found)


def theme_intent(intents: Sequence[tuple[Intent, float]]) -> Intent:
    """What a theme's mentions mostly do, each weighing its confidence; a need before praise and chatter if equal."""
    weights: dict[Intent, float] = defaultdict(float)
    for intent, confidence in intents:
        weights[intent] += confidence
    return min(weights, key=lambda intent: (-round(weights[intent], 6), _CLASSES.index(intent)))


def _reading(weights: npt.NDArray[np.float64]) -> IntentReading:
    shares = weights / weights.sum()
    best = int(shares.argmax())
    return IntentReading(_CLASSES[best], float(shares[best]), tuple(float(share) for share in shares))


def carries_theme(mention: Mention, reading: IntentReading, chatter_confidence: float) -> bool:
    """Whether a mention may belong to a theme: it says something, and is not chatter beyond doubt."""
    if not mention.normalised:
        return False
    return reading.intent is not Intent.CHATTER or reading.confidence < chatter_confidence
