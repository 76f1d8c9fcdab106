"""Intents of mentions: the model's guesses in the words of mining."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models import intent as model
from nlp.types import Intent, Mention

_CLASSES = tuple(Intent(name) for name in model.CLASSES)
_UNSURE = 0.5  # below this the words of a mention do not settle what it does
_LEAST_COMPANY = 4  # mentions a theme needs before it says anything about one of them
_PRIOR = 1.0  # pseudo-mentions of each class in a theme's company


@dataclass(frozen=True, slots=True)
class IntentReading:
    """What a mention does, how sure (0..1), and the share of each class in the order of `models.intent.CLASSES`."""

    intent: Intent
    confidence: float
    shares: tuple[float, ...]


def intents_of(mentions: Sequence[Mention]) -> list[IntentReading]:
    """The reading of each mention by its own words as written; each distinct text is judged once."""
    texts = sorted({mention.text for mention in mentions})
    guesses = dict(zip(texts, model.classify(texts), strict=True))
    found = [guesses[mention.text] for mention in mentions]
    return [IntentReading(Intent(guess.intent), guess.confidence, guess.shares) for guess in found]


def in_company(readings: Sequence[IntentReading], labels: Sequence[int]) -> list[IntentReading]:
    """Readings in which mentions whose own words are unsure follow their cluster (label >= 0).

    "It did it again all night" says nothing alone; among forty complaints of one kind it is the forty-first. Such a
    mention's shares are multiplied by the smoothed mean shares of the others of its cluster.
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
            if readings[position].confidence < _UNSURE:
                others = (total - shares[row] + _PRIOR) / (len(positions) - 1 + _PRIOR * len(_CLASSES))
                settled[position] = _reading(shares[row] * others)
    return settled


def chatter_clusters(readings: Sequence[IntentReading], labels: Sequence[int], share: float) -> set[int]:
    """Clusters in which people only chat: the mean share of chatter of their mentions is at least `share`."""
    shares: dict[int, list[float]] = defaultdict(list)
    for reading, label in zip(readings, labels, strict=True):
        if label >= 0:
            shares[label].append(reading.shares[_CLASSES.index(Intent.CHATTER)])
    return {label for label, values in shares.items() if sum(values) / len(values) >= share}


def _reading(weights: npt.NDArray[np.float64]) -> IntentReading:
    shares = weights / weights.sum()
    best = int(shares.argmax())
    return IntentReading(_CLASSES[best], float(shares[best]), tuple(float(share) for share in shares))


def carries_theme(mention: Mention, reading: IntentReading, chatter_confidence: float) -> bool:
    """Whether a mention may belong to a theme: it says something, and is not chatter beyond doubt."""
    if not mention.normalised:
        return False
    return reading.intent is not Intent.CHATTER or reading.confidence < chatter_confidence
