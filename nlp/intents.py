"""Intents of mentions: the model's guesses in the words of mining."""

from __future__ import annotations

from collections.abc import Sequence

from models import intent as model
from nlp.types import Intent, Mention


def intents_of(mentions: Sequence[Mention]) -> list[tuple[Intent, float]]:
    """(intent, confidence 0..1) of each mention; judged on the text as written, each distinct text once."""
    texts = sorted({mention.text for mention in mentions})
    guesses = dict(zip(texts, model.classify(texts), strict=True))
    return [(Intent(guesses[m.text].intent), guesses[m.text].confidence) for m in mentions]


def carries_theme(mention: Mention, intent: Intent, confidence: float, chatter_confidence: float) -> bool:
    """Whether a mention may belong to a theme: it says something, and is not chatter beyond doubt."""
    if not mention.normalised:
        return False
    return intent is not Intent.CHATTER or confidence < chatter_confidence
