"""Finding knowledge for a question: meaning (any encoder) and words (BM25) choose a few items, evidence orders them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.drafters.clauses import sentences_of
from models.drafters.evidence import MOST_LEAD, Alikeness, Evidence, WordSenses, covered, log_odds, probability
from models.drafters.folding import simplified
from models.drafters.lexical import LexicalIndex
from models.drafters.nearness import Nearness
from models.drafters.scope import fits, products_of, version_key
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question
from models.drafters.wording import pieces_of, rarity, words
from models.encoders.protocol import Encoder, encode_passages

_RRF = 5  # score = sum of 1 / (5 + rank); Cormack, Clarke & Büttcher 2009 took 60 for lists of a thousand
_WEIGHED = 12  # items that are looked at closely
_MOST_SENTENCES = 8  # of a body

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that may answer, and what speaks for it."""

    item: KnowledgeItem
    evidence: Evidence
    odds: float  # log-odds that it answers; orders hits
    fused: float = 0.0  # reciprocal rank fusion of the first look; means nothing alone

    @property
    def probability(self) -> float:
        return probability(self.odds)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Items by one way of looking, best first: for measuring what each way is worth."""

    by_meaning: tuple[str, ...]
    by_words: tuple[str, ...]
    fused: tuple[str, ...]


class KnowledgeIndex:
    """A set of knowledge, read once: vectors and word counts of every item."""

    def __init__(self, knowledge: Sequence[KnowledgeItem], encoder: Encoder) -> None:
        self.items = tuple(sorted(knowledge, key=lambda item: item.id))
        self._encoder = encoder
        self._nearness = Nearness(encoder)
        self._catalogue = sorted({item.product for item in self.items if item.product})
        count = len(self.items)
        # a body is looked at whole and sentence by sentence: an entry may be about several things
        passages = [list(dict.fromkeys([item.body, *sentences_of(item.body)[:_MOST_SENTENCES]])) for item in self.items]
        self._titles: Matrix = encoder.encode([item.title for item in self.items])
        self._passages: Matrix = encode_passages(encoder, [text for own in passages for text in own])
        self._owner = np.repeat(np.arange(count), [len(own) for own in passages])
        self._lexical = LexicalIndex([(item.title, item.body) for item in self.items])
        self._title_words = [words(simplified(item.title)) for item in self.items]
        own_words = [
            {*title, *words(simplified(item.body))} for title, item in zip(self._title_words, self.items, strict=True)
        ]
        self._senses = WordSenses(own_words, encoder)
        self._frequency = Counter(word for own in own_words for word in own)

    def search(self, question: Question, *, text: str | None = None, limit: int = 5) -> list[Hit]:
        """The items that fit a question, best first. `text` replaces the question's words where given."""
        asked = self._asked(question, text)
        allowed = self._allowed(question) if asked else []
        if not allowed:
            return []
        pieces = pieces_of(asked)
        titles, bodies = self._meaning(pieces)
        fused = self._fused(asked, titles, bodies, allowed)
        near = sorted(allowed, key=lambda i: (-fused[i], self.items[i].id))[:_WEIGHED]
        hits = self._weighed(pieces, titles, bodies, near, fused)
        return self._without_outdated(hits)[:limit]

    def rankings(self, question: Question, *, limit: int = 5) -> Ranking:
        """What each way of looking finds, before the evidence is weighed."""
        asked = self._asked(question, None)
        allowed = self._allowed(question) if asked else []
        if not allowed:
            return Ranking((), (), ())
        titles, bodies = self._meaning(pieces_of(asked))
        near = np.maximum(titles.max(axis=0), bodies.max(axis=0))
        bm25 = self._bm25_of(asked, allowed)
        fused = self._fused(asked, titles, bodies, allowed)

        def best(values: Mapping[int, float]) -> tuple[str, ...]:
            return tuple(self.items[i].id for i in sorted(values, key=lambda i: (-values[i], self.items[i].id))[:limit])

        return Ranking(best({i: float(near[i]) for i in allowed}), best(bm25), best(fused))

    def fitting(self, question: Question) -> frozenset[str]:
        """Ids of the items that may answer a question by product, kind and version."""
        return frozenset(self.items[i].id for i in self._allowed(question))

    def relevance(self, item: KnowledgeItem, asked: str, sentences: Sequence[str]) -> list[float]:
        """Of sentences of an item how much each has to do with a question: meaning and words, 0..2."""
        pieces = pieces_of(simplified(asked))
        if not pieces or not sentences:
            return [0.0] * len(sentences)
        telling = encode_passages(self._encoder, sentences)
        near = self._nearness.of_vectors(self._encoder.encode(pieces), telling).max(axis=0)
        wanted = set(words(pieces[0])) - set(words(item.product))
        weight = sum(rarity(word) for word in wanted) or 1.0
        shared = [sum(rarity(word) for word in wanted & set(words(sentence))) / weight for sentence in sentences]
        return [float(meaning) + share for meaning, share in zip(near, shared, strict=True)]

    def _asked(self, question: Question, text: str | None) -> str:
        return simplified((question.text if text is None else text).strip() or question.theme_name)

    def _allowed(self, question: Question) -> list[int]:
        question = replace(question, text=simplified(question.text))
        products = products_of(question, self._catalogue)
        return [i for i, item in enumerate(self.items) if fits(question, products, item)]

    def _meaning(self, pieces: Sequence[str]) -> tuple[Matrix, Matrix]:
        """[piece, item]: nearness to the title, and to the body or the nearest of its sentences."""
        vectors = self._encoder.encode(list(pieces))
        titles = self._nearness.of_vectors(vectors, self._titles)
        passages = self._nearness.of_vectors(vectors, self._passages)
        bodies = np.zeros_like(titles)
        np.maximum.at(bodies.T, self._owner, passages.T)
        return titles, bodies

    def _fused(self, asked: str, titles: Matrix, bodies: Matrix, allowed: Sequence[int]) -> dict[int, float]:
        near = np.maximum(titles.max(axis=0), bodies.max(axis=0)) + np.maximum(titles[0], bodies[0])
        by_meaning = _ranks({i: float(near[i]) for i in allowed})
        by_words = _ranks(self._bm25_of(asked, allowed))
        return {i: 1 / (_RRF + by_meaning[i]) + (1 / (_RRF + by_words[i]) if i in by_words else 0.0) for i in allowed}

    def _weighed(
        self,
        pieces: Sequence[str],
        titles: Matrix,
        bodies: Matrix,
        near: Sequence[int],
        fused: Mapping[int, float],
    ) -> list[Hit]:
        spoken = [words(piece) for piece in pieces]
        said = self._senses.alike([word for piece in spoken for word in piece], near)
        word_evidence = {i: self._word_evidence(spoken, said, i) for i in near}
        strength = {i: float(max(titles[:, i].max(), bodies[:, i].max())) + sum(word_evidence[i]) for i in near}
        hits = []
        for i in near:
            others = max((strength[j] for j in near if j != i), default=0.0)
            evidence = Evidence(
                near=float(max(titles[:, i].max(), bodies[:, i].max())),
                whole=float(max(titles[0, i], bodies[0, i])),
                words=word_evidence[i][1],
                lead=min(max(strength[i] - others, -MOST_LEAD), MOST_LEAD),
            )
            hits.append(Hit(self.items[i], evidence, log_odds(evidence), fused[i]))
        return sorted(hits, key=lambda hit: (-hit.odds, hit.item.id))

    def _word_evidence(self, spoken: Sequence[Sequence[str]], said: Alikeness, i: int) -> tuple[float, float]:
        """Share of the title's words the question says; share of a piece's words the item says, the best piece."""
        rareness = {word: self._rareness(word) for word in {*said.words, *self._title_words[i]}}
        of_title = covered(self._title_words[i], said.asked(self._title_words[i]), rareness)
        shares = said.said_by(i)
        of_pieces = (covered(piece, shares, rareness) * min(len(set(piece)) / 3, 1.0) for piece in spoken if piece)
        return of_title, max(of_pieces, default=0.0)

    def _rareness(self, word: str) -> float:
        """1 for a word of at most one item, less the more items have it."""
        count = len(self.items)
        return math.log(1 + count / max(self._frequency[word], 1)) / math.log(1 + count)

    def _bm25_of(self, asked: str, allowed: Sequence[int]) -> dict[int, float]:
        scores = self._lexical.scores(asked)
        return {i: float(scores[i]) for i in allowed if scores[i] > 0}

    def _without_outdated(self, hits: Sequence[Hit]) -> list[Hit]:
        """Leaves out an item that a newer version of the same product and kind supersedes on the same subject."""
        kept = []
        for hit in hits:
            newer = (other.item for other in hits if other.item.id != hit.item.id and _supersedes(other.item, hit.item))
            if not any(self._same_subject(hit.item, item) for item in newer):
                kept.append(hit)
        return kept

    def _same_subject(self, left: KnowledgeItem, right: KnowledgeItem) -> bool:
        a, b = set(words(left.title)), set(words(right.title))
        return bool(a | b) and len(a & b) / len(a | b) >= 0.5


def _supersedes(newer: KnowledgeItem, older: KnowledgeItem) -> bool:
    if newer.product != older.product or KnowledgeKind.APPROVED_REPLY in {newer.kind, older.kind}:
        return False
    left, right = version_key(newer.version), version_key(older.version)
    if left and right and left != right:
        return left > right
    if newer.updated_at is not None and older.updated_at is not None:
        return newer.kind == older.kind and newer.updated_at > older.updated_at
    return False


def _ranks(values: Mapping[int, float]) -> dict[int, int]:
    return {i: rank for rank, i in enumerate(sorted(values, key=lambda i: (-values[i], i)), start=1)}
