"""Search among themes: by the very words (in whatever script or width they are typed), and by meaning; fused."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from nlp.normalisation import fold
from nlp.segmentation import words as cut
from store.repositories import theme_words
from store.repositories.theme_words import WordsFound

_RRF: Final = 60  # Cormack, Clarke & Büttcher 2009: score = sum of 1 / (60 + rank)
_MOST_WORDS: Final = 8
_LEAST_COVERED: Final = 0.5  # share of the query's weight that must be there
_PHRASE_IN_HEAD, _PHRASE_SAID, _WORD_IN_HEAD = 3.0, 1.5, 0.5
_NEAR: Final = 0.85  # of the similarity from which a mention would be put into the theme …
_LEAST: Final = 0.25  # … but never below this cosine
_OF_BEST: Final = 0.7  # what is much farther than the nearest is not meant
_SNIPPET: Final = 60  # characters of a line around what was found
_SAYS_NOTHING: Final = frozenset(
    "的了是我你他她它们在有和就都也很太吗呢啊吧呀嘛这那个一不没把被让给跟与及或到又再还"
) | {"a", "an", "the", "is", "are", "to", "of", "and", "or", "in", "on", "it"}

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prototypes:
    """Themes in the space of one encoder. A theme that was merged into another stands for that one."""

    ids: tuple[str, ...]
    vectors: npt.NDArray[np.float32]  # [theme, d], unit rows
    thresholds: npt.NDArray[np.float32]  # cosine from which a mention belongs


@dataclass(frozen=True, slots=True)
class Hit:
    """A theme that was found, and how."""

    theme_id: str
    by_words: bool
    similarity: float | None  # cosine to the query; None where its meaning did not find it
    score: float  # reciprocal rank fusion: orders hits, means nothing alone


@dataclass(frozen=True, slots=True)
class _Literal:
    """How well a theme's words fit, and which share of the query they hold: 1 for the phrase, or all its words."""

    fit: float
    share: float


def search(session: Session, text: str, *, meaning: Vector | None, among: Prototypes | None) -> tuple[Hit, ...]:
    """Themes of every status that fit, best first.

    meaning: the query's unit vector in the space of `among`; None finds by words only.
    """
    by_words = _by_words(session, text)
    near = _by_meaning(meaning, among) if meaning is not None and among is not None else {}
    scores = {theme_id: 1 / (_RRF + rank) for theme_id, rank in _ranks(near)}
    for theme_id, rank in _ranks({theme_id: found.fit for theme_id, found in by_words.items()}):
        # a piece of the query that stands somewhere tells less than what the whole of it means
        scores[theme_id] = scores.get(theme_id, 0.0) + by_words[theme_id].share / (_RRF + rank)
    hits = (Hit(theme_id, theme_id in by_words, near.get(theme_id), score) for theme_id, score in scores.items())
    return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.theme_id)))


def _ranks(found: Mapping[str, float]) -> Iterable[tuple[str, int]]:
    """Theme ids with their places, the best first as 1."""
    return ((one, rank) for rank, one in enumerate(sorted(found, key=lambda one: (-found[one], one)), start=1))


def query_words(text: str) -> tuple[str, ...]:
    """The folded query, and the words of it that say something, each once."""
    phrase = fold(text)
    if not phrase or "\x00" in phrase:
        return ()
    said = [word.strip() for word in cut([phrase])[0]]
    telling = [word for word in said if word not in _SAYS_NOTHING and any(c.isalnum() for c in word)]
    return tuple(dict.fromkeys([phrase, *telling[:_MOST_WORDS]]))


def snippets(session: Session, text: str, theme_ids: Collection[str]) -> dict[str, str]:
    """Theme id -> the line people said that holds most of the query, cut around it; themes without are left out."""
    words = query_words(text)
    if not words:
        return {}
    found = {}
    for theme_id, said in theme_words.said_of(session, theme_ids).items():
        line = _telling_line(said, words)
        if line:
            found[theme_id] = line
    return found


def _by_words(session: Session, text: str) -> dict[str, _Literal]:
    """Theme id -> how well its words fit the query."""
    words = query_words(text)
    if not words:
        return {}
    found = theme_words.holding(session, words)
    many = max(theme_words.how_many(session), 1)
    weights = [_rarity(sum(_held(one, i) for one in found), many) for i in range(len(words))]
    fits = {one.theme_id: _fit(one, weights) for one in found}
    return {theme_id: fit for theme_id, fit in fits.items() if fit is not None}


def _held(found: WordsFound, i: int) -> bool:
    return found.head[i] or found.said[i]


def _rarity(holders: int, many: int) -> float:
    return math.log(1 + many / max(holders, 1))


def _fit(found: WordsFound, weights: Sequence[float]) -> _Literal | None:
    """The first word is the whole query; None where too little of it is there."""
    if found.head[0]:
        return _Literal(_PHRASE_IN_HEAD + 1, 1.0)
    if found.said[0]:
        return _Literal(_PHRASE_SAID + 1 + _share(found.head, weights) * _WORD_IN_HEAD, 1.0)
    if len(weights) == 1:
        return None
    covered = _share([_held(found, i) for i in range(len(weights))], weights)
    if covered < _LEAST_COVERED:
        return None
    return _Literal(covered + _WORD_IN_HEAD * _share(found.head, weights), covered)


def _share(flags: Iterable[bool], weights: Sequence[float]) -> float:
    held = sum(weight for flag, weight in list(zip(flags, weights, strict=True))[1:] if flag)
    return held / (sum(weights[1:]) or 1.0)


def _by_meaning(query: Vector, among: Prototypes) -> Mapping[str, float]:
    """Theme id -> cosine, of those near enough."""
    if not query.any() or not among.ids:
        return {}
    cosines = among.vectors @ query
    enough = np.maximum(np.maximum(_NEAR * among.thresholds, _LEAST), _OF_BEST * float(cosines.max()))
    found: dict[str, float] = {}
    for i in np.flatnonzero(cosines >= enough):
        theme_id, cosine = among.ids[i], round(float(cosines[i]), 4)
        found[theme_id] = max(found.get(theme_id, -1.0), cosine)
    return found


def _telling_line(said: str, words: Sequence[str]) -> str:
    best, most = "", 0
    for line in said.split("\n"):
        if words[0] in line:
            return _around(line, words[0])
        held = sum(word in line for word in words[1:])
        if held > most:
            best, most = line, held
    if not most:
        return ""
    return _around(best, next(word for word in words[1:] if word in best))


def _around(line: str, word: str) -> str:
    start = max(line.index(word) - _SNIPPET // 3, 0)
    part = line[start : start + _SNIPPET]
    return ("…" if start else "") + part + ("…" if start + _SNIPPET < len(line) else "")
