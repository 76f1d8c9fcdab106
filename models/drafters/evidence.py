"""What speaks for an item answering a question, and how sure that makes one (a small logistic model)."""

from __future__ import annotations

import math
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from models.drafters.wording import rarity
from models.encoders.protocol import Encoder

Vectors = npt.NDArray[np.float32]

MOST_LEAD = 0.5
_SAME_SENSE = 0.55  # cosine of two words below which they have nothing to do with each other
_AKIN = 0.6  # what a word counts of which the other is a part
_SYNONYM = 0.85  # a word of the same sense counts at most this much


@dataclass(frozen=True, slots=True)
class Evidence:
    """For one question and one item; each about 0 (nothing) to 1 (all one can ask for)."""

    near: float  # nearest piece of the question to the title or a sentence of the body, in meaning, above background
    whole: float  # the same of the whole question
    words: float  # share of a piece's informative words that the item says, in these or like words; the best piece
    lead: float  # meaning and words together above the next best item's, at most `MOST_LEAD` either way

    def array(self) -> npt.NDArray[np.float64]:
        return np.array(astuple(self), dtype=np.float64)


FEATURES = tuple(field.name for field in fields(Evidence))


@dataclass(frozen=True, slots=True)
class Judgement:
    """The weights of evidence.toml, made by recipes/evidence.py."""

    weights: tuple[float, ...]  # by `FEATURES`
    bias: float
    answer: float  # log-odds from which an item answers


@cache
def judgement() -> Judgement:
    """The weights in use."""
    path = resources.files("models.drafters").joinpath("evidence.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Judgement(tuple(table["weights"][name] for name in FEATURES), float(table["bias"]), float(table["answer"]))


def log_odds(evidence: Evidence) -> float:
    """How sure the item answers, as log-odds."""
    known = judgement()
    return float(evidence.array() @ np.array(known.weights)) + known.bias


def probability(odds: float) -> float:
    """0..1 of log-odds."""
    return 1 / (1 + math.exp(-max(min(odds, 30.0), -30.0)))


class WordSenses:
    """The words of some items, and how near other words come to them in sense. Each word is encoded once, when it is
    first needed: of a large knowledge base most never are."""

    def __init__(self, items: Sequence[Collection[str]], encoder: Encoder) -> None:
        """`items`: the words of each item."""
        self._encoder = encoder
        self._items = [sorted(set(own)) for own in items]
        self._vectors: dict[str, Vectors] = {}

    def alike(self, words: Sequence[str], among: Sequence[int] | None = None) -> Alikeness:
        """How near each of these words comes to every word of these items, or of all."""
        chosen = range(len(self._items)) if among is None else among
        column = {word: at for at, word in enumerate(sorted({word for item in chosen for word in self._items[item]}))}
        columns = {item: np.array([column[word] for word in self._items[item]], dtype=np.int64) for item in chosen}
        wanted = tuple(sorted(set(words)))
        if not wanted or not column:
            return Alikeness((), np.zeros((0, len(column)), np.float32), column, columns)
        near = self._encoded(wanted) @ self._encoded(tuple(column)).T
        alike = np.clip((near - _SAME_SENSE) / (1 - _SAME_SENSE), 0, 1) * _SYNONYM
        holding = _holding(column)
        for row, word in enumerate(wanted):
            akin = [column[other] for other in _akin(word, holding)]
            alike[row, akin] = np.maximum(alike[row, akin], _AKIN)
            if word in column:
                alike[row, column[word]] = 1.0
        return Alikeness(wanted, alike, column, columns)

    def _encoded(self, words: Sequence[str]) -> Vectors:
        new = [word for word in words if word not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._vectors[word] for word in words])


def _holding(words: Iterable[str]) -> dict[str, list[str]]:
    """Of each Chinese character the words that have it."""
    holding: dict[str, list[str]] = defaultdict(list)
    for word in words:
        for character in filter(_is_chinese, set(word)):
            holding[character].append(word)
    return holding


def _akin(word: str, holding: Mapping[str, list[str]]) -> list[str]:
    """The words that contain a Chinese word or are contained in it: 存 and 保存, 充电 and 充电器."""
    near = {other for character in filter(_is_chinese, set(word)) for other in holding.get(character, ())}
    return [other for other in near if other in word or word in other]


def _is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


@dataclass(frozen=True, slots=True)
class Alikeness:
    """Of each word of a question and each word of the knowledge how alike they are: 1 the same, 0 not at all."""

    words: tuple[str, ...]
    values: Vectors  # [word of the question, word of the knowledge]
    column: Mapping[str, int]
    columns: Mapping[int, npt.NDArray[np.int64]]  # of each item

    def said_by(self, item: int) -> dict[str, float]:
        """Of each word of the question how far the item says it."""
        own = self.columns[item]
        if not len(own) or not self.words:
            return dict.fromkeys(self.words, 0.0)
        return dict(zip(self.words, self.values[:, own].max(axis=1).tolist(), strict=True))

    def asked(self, words: Sequence[str]) -> dict[str, float]:
        """Of each of these words of the knowledge how far the question says it."""
        best = self.values.max(axis=0) if self.words else np.zeros(len(self.column), np.float32)
        return {word: float(best[self.column[word]]) for word in words}


def covered(wanted: Sequence[str], shares: Mapping[str, float], rareness: Mapping[str, float]) -> float:
    """Weighted share of the wanted words that are there. `rareness` is how rare a word is in the knowledge, 0..1."""
    weights = {word: rarity(word) * rareness.get(word, 1.0) for word in set(wanted)}
    total = sum(weights.values())
    return sum(weight * shares.get(word, 0.0) for word, weight in weights.items()) / total if total else 0.0
