"""Finding knowledge for a question: meaning (any encoder) and words (BM25), fused by rank."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.drafters.scope import fits, products_of, version_key
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question
from models.encoders.protocol import Encoder

if TYPE_CHECKING:
    import opencc

_RRF = 60  # Cormack, Clarke & Büttcher 2009: score = sum of 1 / (60 + rank)
_K1, _B = 1.2, 0.6  # BM25 (Robertson & Zaragoza 2009); short entries, so length matters less
_TITLE_WEIGHT = 2  # a word of the title counts as said twice

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


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that may answer, and how much speaks for it."""

    item: KnowledgeItem
    score: float  # reciprocal rank fusion; orders hits, means nothing alone
    semantic: float  # similarity above the background: 0 unrelated, 1 identical
    lexical: float  # share of the question's informative words the item has, 0..1


@cache
def _tokenizer() -> object:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()


@cache
def _stopwords() -> frozenset[str]:
    path = resources.files("models").joinpath("lexicons").joinpath("retrieval_stopwords.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def words(text: str) -> list[str]:
    """Informative words of a text as jieba's search mode cuts it, lower-case."""
    cut = _tokenizer().cut_for_search(text.lower())  # type: ignore[attr-defined]
    return [word for word in cut if word not in _stopwords() and any(c.isalnum() for c in word)]


@cache
def _converter() -> opencc.OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, which knowledge is written in."""
    return str(_converter().convert(text))


class KnowledgeIndex:
    """A set of knowledge, read once: vectors and word counts of every item."""

    def __init__(self, knowledge: Sequence[KnowledgeItem], encoder: Encoder) -> None:
        self.items = tuple(sorted(knowledge, key=lambda item: item.id))
        self._encoder = encoder
        self._catalogue = sorted({item.product for item in self.items if item.product})
        titles = [item.title for item in self.items]
        bodies = [_lead(item.body) for item in self.items]
        vectors = encoder.encode([*titles, *bodies, *_BACKGROUND])
        count = len(self.items)
        self._titles = vectors[:count]
        self._bodies = vectors[count : 2 * count]
        self._background = vectors[2 * count :]
        self._words = [Counter(words(item.title) * _TITLE_WEIGHT + words(item.body)) for item in self.items]
        self._lengths = [sum(counted.values()) for counted in self._words]
        self._frequency = Counter(word for counted in self._words for word in counted)

    def search(self, question: Question, *, text: str | None = None, limit: int = 5) -> list[Hit]:
        """The items that fit a question, best first. `text` replaces the question's words where given."""
        asked = simplified((question.text if text is None else text).strip() or question.theme_name)
        if not self.items or not asked:
            return []
        question = replace(question, text=simplified(question.text))
        products = products_of(question, self._catalogue)
        allowed = [i for i, item in enumerate(self.items) if fits(question, products, item)]
        if not allowed:
            return []
        semantic = self._semantic(asked)
        query = words(asked)
        bm25 = {i: self._bm25(query, i) for i in allowed}
        by_meaning = _ranks({i: float(semantic[i]) for i in allowed})
        by_words = _ranks({i: value for i, value in bm25.items() if value > 0})
        hits = [
            Hit(
                item=self.items[i],
                score=1 / (_RRF + by_meaning[i]) + (1 / (_RRF + by_words[i]) if i in by_words else 0.0),
                semantic=float(semantic[i]),
                lexical=self._coverage(query, i),
            )
            for i in allowed
        ]
        hits.sort(key=lambda hit: (-hit.score, -hit.semantic, hit.item.id))
        return self._without_outdated(hits)[:limit]

    def _semantic(self, text: str) -> npt.NDArray[np.float32]:
        """max over title and body of (cos - b) / (1 - b), b the text's mean cosine to the background."""
        vector = self._encoder.encode([text])[0]
        background = float((self._background @ vector).mean())
        near = np.maximum(self._titles @ vector, self._bodies @ vector)
        above = (near - background) / max(1 - background, 1e-6)
        return np.asarray(np.clip(above, 0, 1), dtype=np.float32)

    def _idf(self, word: str) -> float:
        n = self._frequency[word]
        return math.log(1 + (len(self.items) - n + 0.5) / (n + 0.5))

    def _bm25(self, query: Sequence[str], i: int) -> float:
        mean = sum(self._lengths) / len(self._lengths) or 1.0
        norm = _K1 * (1 - _B + _B * self._lengths[i] / mean)
        counted = self._words[i]
        return sum(self._idf(w) * counted[w] * (_K1 + 1) / (counted[w] + norm) for w in set(query) if counted[w])

    def _coverage(self, query: Sequence[str], i: int) -> float:
        weights = {word: self._idf(word) for word in set(query)}
        total = sum(weights.values())
        return sum(w for word, w in weights.items() if self._words[i][word]) / total if total else 0.0

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


def _lead(body: str) -> str:
    """The beginning of a body: what an encoder with a short window would see anyway."""
    return body[:200]
