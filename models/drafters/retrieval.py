"""Finding knowledge for a question: meaning (any encoder) and words (BM25) choose a few items, evidence orders them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.drafters.evidence import MOST_LEAD, Alikeness, Evidence, WordSenses, covered, log_odds, probability
from models.drafters.folding import simplified
from models.drafters.grounding import sentences_of
from models.drafters.scope import fits, products_of, version_key
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question
from models.drafters.wording import pieces_of, rarity, words
from models.encoders.protocol import Encoder

_RRF = 60  # Cormack, Clarke & Büttcher 2009: score = sum of 1 / (60 + rank)
_K1, _B = 1.2, 0.6  # BM25 (Robertson & Zaragoza 2009); short entries, so length matters less
_TITLE_WEIGHT = 2  # a word of the title counts as said twice
_WEIGHED = 12  # items that are looked at closely
_MOST_SENTENCES = 8  # of a body

# What users ask about anything: the similarity every text has to every other, to be taken off.
_BACKGROUND = (
    "这个功能怎么打开？",
    "东西收到了，很满意。",
    "什么时候能发货？",
    "屏幕有点暗，看不清楚。",
    "连不上网络怎么办？",
    "用了两天就坏了，想退货。",
    "声音太小，听不见。",
    "请问支持哪些型号？",
    "今天天气不错。",
    "希望增加更多颜色。",
    "电池不耐用，一天要充两次。",
    "密码忘了怎么重置？",
    "How do I update the app?",
    "保修期是多久？",
    "噪音很大，晚上睡不着。",
    "价格能不能便宜一点？",
)

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
        self._catalogue = sorted({item.product for item in self.items if item.product})
        sentences = [sentences_of(item.body)[:_MOST_SENTENCES] or [item.title] for item in self.items]
        flat = [sentence for own in sentences for sentence in own]
        vectors = encoder.encode([*(item.title for item in self.items), *flat, *_BACKGROUND])
        count = len(self.items)
        self._titles: Matrix = vectors[:count]
        self._sentences: Matrix = vectors[count : count + len(flat)]
        self._owner = np.repeat(np.arange(count), [len(own) for own in sentences])
        self._background: Matrix = vectors[count + len(flat) :]
        self._title_words = [words(simplified(item.title)) for item in self.items]
        self._body_words = [words(simplified(item.body)) for item in self.items]
        self._words = [
            Counter(title * _TITLE_WEIGHT + body)
            for title, body in zip(self._title_words, self._body_words, strict=True)
        ]
        self._senses = WordSenses([list(counted) for counted in self._words], encoder)
        self._lengths = [sum(counted.values()) for counted in self._words]
        self._frequency = Counter(word for counted in self._words for word in counted)

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

    def relevance(self, item: KnowledgeItem, asked: str, sentences: Sequence[str]) -> list[float]:
        """Of sentences of an item how much each has to do with a question: meaning and words, 0..2."""
        pieces = pieces_of(simplified(asked))
        if not pieces or not sentences:
            return [0.0] * len(sentences)
        vectors = self._encoder.encode([*pieces, *sentences])
        asking, telling = vectors[: len(pieces)], vectors[len(pieces) :]
        background = (asking @ self._background.T).mean(axis=1, keepdims=True)
        near = np.clip((asking @ telling.T - background) / np.maximum(1 - background, 1e-6), 0, 1).max(axis=0)
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
        """[piece, item]: (cos - b) / (1 - b) to the title, and to the nearest sentence of the body.

        b is a piece's mean cosine to the background.
        """
        vectors = self._encoder.encode(list(pieces))
        background = (vectors @ self._background.T).mean(axis=1, keepdims=True)
        scale = np.maximum(1 - background, 1e-6)
        titles = np.clip((vectors @ self._titles.T - background) / scale, 0, 1)
        sentences = np.clip((vectors @ self._sentences.T - background) / scale, 0, 1)
        bodies = np.zeros_like(titles)
        np.maximum.at(bodies.T, self._owner, sentences.T)
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
        said = self._senses.alike([word for piece in spoken for word in piece])
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

    def _idf(self, word: str) -> float:
        n = self._frequency[word]
        return math.log(1 + (len(self.items) - n + 0.5) / (n + 0.5))

    def _bm25_of(self, asked: str, allowed: Sequence[int]) -> dict[int, float]:
        query = words(asked)
        scores = {i: self._bm25(query, i) for i in allowed}
        return {i: score for i, score in scores.items() if score > 0}

    def _bm25(self, query: Sequence[str], i: int) -> float:
        mean = sum(self._lengths) / len(self._lengths) or 1.0
        norm = _K1 * (1 - _B + _B * self._lengths[i] / mean)
        counted = self._words[i]
        return sum(self._idf(w) * counted[w] * (_K1 + 1) / (counted[w] + norm) for w in set(query) if counted[w])

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
