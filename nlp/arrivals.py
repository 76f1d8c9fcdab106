"""Posts that come between two runs find their themes at once, by the words and the vectors they bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import Encoder
from nlp.assignment import assign
from nlp.batches import Each
from nlp.intents import Encoded, carries_theme, intents_of
from nlp.mentions import split_each
from nlp.mining import mention_key
from nlp.products import ProductLexicon
from nlp.settings import MiningSettings
from nlp.severity import severity
from nlp.types import Document, Intent, MinedMention


@dataclass(frozen=True, slots=True)
class KnownThemes:
    """The themes of the last run as new mentions meet them; the i-th of each belongs together."""

    ids: tuple[str | None, ...]  # None: a theme that people dismissed; what fits it has no theme
    prototypes: npt.NDArray[np.float32]  # [k, d], unit rows, of the encoder that reads the arrivals
    thresholds: npt.NDArray[np.float32]  # [k]
    of_reviews: bool = False  # nobody talks to anybody there: chatter joins what it is about (`nlp.intents`)


def place(
    documents: Sequence[Document],
    themes: KnownThemes,
    encoder: Encoder,
    settings: MiningSettings | None = None,
    *,
    each: Each = map,
) -> list[MinedMention]:
    """The mentions of some posts, each with the theme it fits; without theme what fits none.

    The same rule as a run that knows these themes, but for what only a run can see: crowds of new mentions, and what
    a mention does by the company it keeps. `each` maps over batches of texts, as `map` does or in other processes.
    """
    settings = settings or MiningSettings()
    lexicon = ProductLexicon(tuple(sorted({d.product for d in documents if len(d.product) > 1})))
    mentions = [mention for said in split_each(documents, lexicon, each) for mention in said]
    texts = sorted({mention.normalised for mention in mentions} - {""})
    vectors = encoder.encode(texts) if texts else np.zeros((0, encoder.identity.dimension), dtype=np.float32)
    row_of = {text: row for row, text in enumerate(texts)}
    readings = intents_of(mentions, Encoded(row_of, vectors, encoder.identity), each)
    labels, strengths = assign(vectors, themes.prototypes, themes.thresholds)
    seen: Counter[tuple[str, str]] = Counter()
    placed = []
    for mention, reading in zip(mentions, readings, strict=True):
        said = mention.post_id, mention.text
        chats = reading.intent is Intent.CHATTER and reading.confidence >= settings.intents.chatter_leaves
        able = (themes.of_reviews or not chats) and carries_theme(mention, reading, settings.chatter_confidence)
        row = row_of[mention.normalised] if able else -1
        theme_id = themes.ids[labels[row]] if row >= 0 and labels[row] >= 0 else None
        placed.append(
            MinedMention(
                mention=mention,
                key=mention_key(*said, seen[said]),
                intent=reading.intent,
                intent_confidence=round(reading.confidence, 4),
                severity=severity(mention.text, reading.intent),
                theme_id=theme_id,
                strength=round(float(strengths[row]), 4) if theme_id is not None else 0.0,
            )
        )
        seen[said] += 1
    return placed
