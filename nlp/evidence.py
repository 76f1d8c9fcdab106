"""Evidence: what the posts of a corpus say about each theme, in the form that demand reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from nlp.demand import Crowd, Evidence, Voice
from nlp.settings import DemandWeights
from nlp.types import NEEDS, Document, MinedMention


class EvidenceBook:
    """Looks up, for any set of mentions, the people, times, duplicates and engagement behind them."""

    def __init__(self, documents: Sequence[Document], mentions: Iterable[MinedMention], weights: DemandWeights) -> None:
        self._weights = weights
        self._documents = {document.id: document for document in documents}
        self._said = Counter(person_of(document) for document in documents)
        self._texts = _shared_texts(mentions, weights.duplicate_min_characters)
        roots = Counter(document.duplicate_of or document.id for document in documents)
        self._roots = frozenset(root for root, count in roots.items() if count > 1)
        self.crowd = crowd_of(documents, weights)

    def document(self, post_id: str) -> Document:
        """The post a mention is from."""
        return self._documents[post_id]

    def evidence(self, mentions: Sequence[MinedMention], votes: int = 0) -> Evidence:
        """The evidence of one theme: its needing mentions as voices."""
        voices = tuple(self._voice(mined) for mined in mentions if mined.intent in NEEDS)
        return Evidence(voices=voices, mentions=len(mentions), votes=votes, crowd=self.crowd)

    def _voice(self, mined: MinedMention) -> Voice:
        document = self._documents[mined.mention.post_id]
        person = person_of(document)
        products = mined.mention.products
        return Voice(
            author=person,
            post_id=document.id,
            time=document.time,
            severity=mined.severity,
            tier=document.tier,
            channel=document.channel,
            product=document.product or (products[0] if products else ""),
            region=document.region,
            engagement=float(document.likes + document.replies),
            duplicate_group=self._group(mined, document),
            fresh=self._said[person] == 1,
        )

    def _group(self, mined: MinedMention, document: Document) -> str:
        text = mined.mention.normalised
        if len(text) < self._weights.duplicate_min_characters:
            return ""
        root = document.duplicate_of or document.id
        if root in self._roots:
            return f"post:{root}"
        return f"text:{text}" if text in self._texts else ""


def person_of(document: Document) -> str:
    """Who spoke: the author, or the post itself where nobody is known."""
    return document.author or f"post:{document.id}"


def crowd_of(documents: Sequence[Document], weights: DemandWeights) -> Crowd:
    """The yardstick of a corpus; its latest post is "now"."""
    times = sorted(document.time for document in documents if document.time is not None)
    engaged = [document.likes + document.replies for document in documents]
    positive = [value for value in engaged if value > 0]
    cap = float(np.quantile(positive, weights.engagement_quantile)) if positive else 0.0
    return Crowd(
        people=len({person_of(document) for document in documents}),
        start=times[0] if times else None,
        latest=times[-1] if times else None,
        engagement_cap=cap,
        facet_values=_facet_values(documents),
    )


def _facet_values(documents: Sequence[Document]) -> Mapping[str, int]:
    facets = {
        "channel": {document.channel for document in documents},
        "product": {document.product for document in documents},
        "region": {document.region for document in documents},
    }
    return {name: len(values - {""}) for name, values in facets.items()}


def _shared_texts(mentions: Iterable[MinedMention], least: int) -> frozenset[str]:
    """Normalised texts that stand in more than one post."""
    posts: dict[str, set[str]] = defaultdict(set)
    for mined in mentions:
        if len(mined.mention.normalised) >= least:
            posts[mined.mention.normalised].add(mined.mention.post_id)
    return frozenset(text for text, where in posts.items() if len(where) > 1)
