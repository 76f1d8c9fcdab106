"""Evidence: what the posts of a corpus say about each theme, in the form that demand reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from nlp.demand_parts import people_by_window
from nlp.demand_weights import DemandWeights
from nlp.near_identical import group_near_identical
from nlp.types import NEEDS, Document, Mention, MinedMention
from nlp.voices import DAY, Crowd, Evidence, Voice

T = TypeVar("T", bound=Hashable)


class EvidenceBook:
    """Looks up, for any set of mentions, the people, times, copies and engagement behind them."""

    def __init__(self, documents: Sequence[Document], mentions: Iterable[MinedMention], weights: DemandWeights) -> None:
        self._documents = {document.id: document for document in documents}
        self._copies = _Copies(self._documents, mentions, weights.duplicate_min_characters)
        self.crowd = crowd_of(documents, weights)

    def document(self, post_id: str) -> Document:
        """The post a mention is from."""
        return self._documents[post_id]

    def evidence(self, mentions: Sequence[MinedMention], votes: int = 0) -> Evidence:
        """The evidence of one theme: its mentions as voices."""
        return Evidence(voices=tuple(self._voice(mined) for mined in mentions), votes=votes, crowd=self.crowd)

    def _voice(self, mined: MinedMention) -> Voice:
        document = self._documents[mined.mention.post_id]
        person = person_of(document)
        products = mined.mention.products
        return Voice(
            author=person,
            post_id=document.id,
            time=document.time,
            severity=mined.severity,
            needs=mined.intent in NEEDS,
            tier=document.tier,
            channel=document.channel,
            product=document.product or (products[0] if products else ""),
            region=document.region,
            engagement=float(document.likes + document.replies),
            duplicate_group=self._copies.group_of(mined.mention, document),
            fresh=self._copies.fresh(person),
        )


class _Copies:
    """Which texts of a corpus are near-identical, and who says nothing else.

    Copies are sought by content over the whole corpus: a burst spread over several files or channels is one burst.
    """

    def __init__(self, documents: Mapping[str, Document], mentions: Iterable[MinedMention], least: int) -> None:
        self._least = least
        self._posts = Counter(person_of(document) for document in documents.values())
        self._roots = _of_several(
            (document.duplicate_of or document.id, person_of(document)) for document in documents.values()
        )
        said = [m.mention for m in mentions if len(m.mention.normalised) >= least]
        texts = sorted({mention.normalised for mention in said})
        number = dict(zip(texts, group_near_identical(texts).tolist(), strict=True))
        several = _of_several((number[mention.normalised], person_of(documents[mention.post_id])) for mention in said)
        self._shared = {text: group for text, group in number.items() if group in several}
        self._own = {
            person_of(documents[mention.post_id])
            for mention in said
            if not self.group_of(mention, documents[mention.post_id])
        }

    def group_of(self, mention: Mention, document: Document) -> str:
        """The group of near-identical mentions or posts of several people; "" for words of one's own."""
        if len(mention.normalised) < self._least:
            return ""
        group = self._shared.get(mention.normalised)
        if group is not None:
            return f"text:{group}"
        root = document.duplicate_of or document.id
        return f"post:{root}" if root in self._roots else ""

    def fresh(self, person: str) -> bool:
        """Whether somebody has said one thing only, or nothing but copies."""
        return self._posts[person] == 1 or person not in self._own


def _of_several(belonging: Iterable[tuple[T, str]]) -> set[T]:
    """The groups that more than one person belongs to. One entry a group: a corpus has as many groups as texts."""
    first: dict[T, str] = {}
    return {group for group, person in belonging if first.setdefault(group, person) != person}


def person_of(document: Document) -> str:
    """Who spoke: the author, or the post itself where nobody is known."""
    return document.author or f"post:{document.id}"


def crowd_of(documents: Sequence[Document], weights: DemandWeights) -> Crowd:
    """The yardstick of a corpus; its latest post is "now"."""
    times = sorted(document.time for document in documents if document.time is not None)
    engaged = [document.likes + document.replies for document in documents]
    positive = [value for value in engaged if value > 0]
    cap = float(np.quantile(positive, weights.engagement_quantile)) if positive else 0.0
    crowd = Crowd(
        people=len({person_of(document) for document in documents}),
        start=times[0] if times else None,
        latest=times[-1] if times else None,
        engagement_cap=cap,
        facet_values=_facet_values(documents),
    )
    return replace(crowd, tide=_tide(documents, crowd, weights))


def _tide(documents: Sequence[Document], crowd: Crowd, weights: DemandWeights) -> float:
    """People of the last window over those of a usual one; 1 where it cannot be told."""
    window = crowd.window_days(weights.growth_window_days)
    if not window or crowd.latest is None or crowd.start is None:
        return 1.0
    said = ((document.time, person_of(document)) for document in documents)
    recent, past = people_by_window(said, None, crowd.latest, window)
    usual = past * window / ((crowd.latest - crowd.start).total_seconds() / DAY - window)
    return recent / usual if usual else 1.0


def _facet_values(documents: Sequence[Document]) -> Mapping[str, int]:
    facets = {
        "channel": {document.channel for document in documents},
        "product": {document.product for document in documents},
        "region": {document.region for document in documents},
    }
    return {name: len(values - {""}) for name, values in facets.items()}
