"""Search among themes: by the words people said (in whatever script or width they are typed), and by meaning; fused.

Words are ranked by BM25 over what was said in a theme (Robertson & Zaragoza 2009), both by reciprocal rank fusion.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from models.drafters.lexical import K1, TITLE_WEIGHT, B, letter_pairs
from models.drafters.wording import stopwords
from nlp.normalisation import fold
from nlp.segmentation import words as cut
from store.repositories import theme_words
from store.repositories.theme_words import ThemeWords

_RRF: Final = 60  # Cormack, Clarke & Büttcher 2009: score = sum of 1 / (60 + rank)
_MOST_WORDS: Final = 8
_MOST_PAIRS: Final = 24
_ENOUGH_SAID: Final = 0.2  # of what the query's words and pairs can score at most, from which a theme is found by them
_PIECES: Final = 0.5  # what pieces of the query weigh against its meaning, or against the whole of it said
_IN_HEAD, _SAID = 2.0, 1.0  # beside a score of at most 1: a name that holds the query comes before what people said
_NEAR: Final = 0.85  # of the similarity from which a mention would be put into the theme …
_LEAST: Final = 0.25  # … but never below this cosine
_OF_BEST: Final = 0.7  # what is much farther than the nearest is not meant
_SNIPPET: Final = 60  # characters of a line around what was found
# besides the words that tell no question from another: they stand somewhere in every theme
_SAYS_NOTHING: Final = frozenset("一不没个们及或跟") | {"and", "or", "in", "on", "are"}

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
    """How well a theme's words fit."""

    fit: float  # orders themes
    whole: bool  # the query stands there as it was typed
    enough: bool  # to be found by words alone


def search(session: Session, text: str, *, meaning: Vector | None, among: Prototypes | None) -> tuple[Hit, ...]:
    """Themes of every status that fit, best first.

    meaning: the query's unit vector in the space of `among`; None finds by words only.
    """
    literal = _by_words(session, text)
    near = _by_meaning(meaning, among) if meaning is not None and among is not None else {}
    scores = {theme_id: 1 / (_RRF + rank) for theme_id, rank in _ranks(near)}
    counted = {theme_id: one.fit for theme_id, one in literal.items() if one.enough or theme_id in near}
    for theme_id, rank in _ranks(counted):
        # a piece of the query that stands somewhere tells less than what the whole of it means
        weight = 1.0 if literal[theme_id].whole else _PIECES
        scores[theme_id] = scores.get(theme_id, 0.0) + weight / (_RRF + rank)
    hits = (
        Hit(theme_id, theme_id in literal and literal[theme_id].enough, near.get(theme_id), score)
        for theme_id, score in scores.items()
    )
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
    silent = _SAYS_NOTHING | stopwords()
    telling = [word for word in said if word not in silent and any(c.isalnum() for c in word)]
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
    """Theme id -> how well its words fit the query; themes that hold nothing of it are left out."""
    phrase, *words = query_words(text) or ("",)
    if not phrase:
        return {}
    themes = theme_words.every(session)
    pairs = letter_pairs("".join(words) or phrase)[:_MOST_PAIRS]
    pieces = tuple(dict.fromkeys([*words, *pairs])) or (phrase,)
    found = {}
    for theme, score in zip(themes, _scores(themes, pieces), strict=True):
        whole = phrase in theme.head or phrase in theme.said
        if whole or score:
            place = (_IN_HEAD if phrase in theme.head else _SAID) if whole else 0.0
            found[theme.theme_id] = _Literal(place + score, whole, whole or score >= _ENOUGH_SAID)
    return found


def _scores(themes: Sequence[ThemeWords], pieces: Sequence[str]) -> list[float]:
    """BM25 of each theme as the share of what the pieces can score at most, 0..1.

    Counted as it stands in the text, so that nothing need be cut and indexed ahead: it is true after every edit.
    """
    lengths = [len(theme.head) + len(theme.said) for theme in themes]
    usual = max(sum(lengths) / max(len(lengths), 1), 1.0)
    scores, most = [0.0] * len(themes), 0.0
    for piece in pieces:
        counts = [TITLE_WEIGHT * theme.head.count(piece) + theme.said.count(piece) for theme in themes]
        holders = max(sum(count > 0 for count in counts), 1)  # what nobody said asks no more than what one theme did
        weight = math.log(1 + (len(themes) - holders + 0.5) / (holders + 0.5))
        most += weight
        for at, count in enumerate(counts):
            if count:
                scores[at] += weight * count / (count + K1 * (1 - B + B * lengths[at] / usual))
    return [score / most if most else 0.0 for score in scores]


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
