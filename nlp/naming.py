"""Theme names a product manager can read: short phrases taken from what people wrote."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp.keyphrases import TermTable
from nlp.phrases import LONGEST, Phrase, clauses_of, phrases_in, width
from nlp.severity import severity
from nlp.types import Intent

Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]

_BEST = (5.0, 9.0)  # width that reads at a glance
_CLAUSES = 120  # clauses a theme is named from, most typical mentions first
_HEAVIEST = 3  # content words that count: more words do not make a better name
_ALONE = 0.3  # worth of a phrase whose leading words one person alone puts together; 1 more where all do
_CLOSENESS = 0.45  # how much closeness to the prototype can take from a phrase's score
_SENTENCE_WORDS = frozenset(("是不是", "能不能", "会不会", "有没有", "还能", "也", "就", "再", "才", "是", "都", "又"))
_UNNAMED = "未命名主题"
_WISH = re.compile(
    r"^(?:增加|新增|添加|加入|加个|支持|优化|恢复|取消|关闭|关掉|去掉|修复|适配|开放|自定义|导出|提高|降低|改进|统一|定时|找回)"
)


@dataclass(frozen=True, slots=True)
class NamingInput:
    """What one theme is named from."""

    texts: tuple[str, ...]  # clauses of its mentions, separated by line ends, one text a mention, most typical first
    typicality: tuple[float, ...]  # cosine of each to the prototype
    prototype: npt.NDArray[np.float32]
    fallback: str  # shown where no phrase can be made, e.g. the shortest mention


@dataclass(frozen=True, slots=True)
class _Candidate:
    phrase: str
    score: float


def name_themes(
    themes: Sequence[NamingInput],
    table: TermTable,
    encode: Encode,
    candidates: int,
    given: Sequence[str | None] = (),
) -> list[str]:
    """One name a theme, all different; a name `given` by a person is kept as it is.

    `table` counts the terms of the same themes in the same order. Phrases of neighbouring words of a clause are
    scored by the class-based TF-IDF of their heaviest words, by how many people use these together, by form (a noun
    with its predicate, a clause of its own, short) and by whether they tell of trouble or a wish. The best few are
    encoded, and closeness to the theme's prototype decides. Earlier themes choose first.
    """
    shortlists = [_shortlist(theme, table, position, candidates) for position, theme in enumerate(themes)]
    phrases = sorted({candidate.phrase for shortlist in shortlists for candidate in shortlist})
    vectors = dict(zip(phrases, encode(phrases), strict=True)) if phrases else {}
    names: dict[int, str] = {position: name for position, name in enumerate(given) if name}
    for position, theme in enumerate(themes):
        if position in names:
            continue
        near = [float(vectors[candidate.phrase] @ theme.prototype) for candidate in shortlists[position]]
        ranked = _ranked(shortlists[position], near)
        taken = list(names.values())
        names[position] = next(
            (phrase for phrase in ranked if not any(_same_name(phrase, other) for other in taken)),
            "",
        ) or _made_different(ranked[0] if ranked else _cut(theme.fallback), taken, _terms(table, position))
    return [names[position] for position in range(len(themes))]


def _ranked(shortlist: Sequence[_Candidate], near: Sequence[float]) -> list[str]:
    if not shortlist:
        return []
    low, high = min(near), max(near)
    top = max(candidate.score for candidate in shortlist)
    values = []
    for candidate, cosine in zip(shortlist, near, strict=True):
        closeness = (cosine - low) / (high - low) if high - low > 1e-6 else 1.0
        values.append((candidate.score / top * (1 - _CLOSENESS + _CLOSENESS * closeness), candidate.phrase))
    return [phrase for _, phrase in sorted(values, key=lambda item: (-item[0], item[1]))]


def _made_different(base: str, taken: Sequence[str], terms: Sequence[str]) -> str:
    """`base` with the theme's own leading term in brackets, or a number, where others have its name already."""
    base = base or _UNNAMED
    for name in (base, *(f"{base}（{term}）" for term in terms if term not in base)):
        if name not in taken:
            return name
    number = 2
    while f"{base}（{number}）" in taken:
        number += 1
    return f"{base}（{number}）"


def _same_name(left: str, right: str) -> bool:
    """Equal, or built of nearly the same characters: two such names cannot be told apart on a board."""
    a, b = set(left), set(right)
    return left == right or len(a & b) / len(a | b) > 0.8


def _terms(table: TermTable, position: int) -> list[str]:
    terms = [term for term in table.counts[position] if len(term) > 1]
    return sorted(terms, key=lambda term: (-table.weight(position, term), term))[:5]


def _leading_words(table: TermTable, position: int) -> list[str]:
    counts = table.counts[position]
    words = (term for term in counts if term in table.words)
    return sorted(words, key=lambda term: (-table.weight(position, term), term))[:6]


def _cut(text: str) -> str:
    """The first clause of a text, at most 14 wide."""
    kept = ""
    for character in next(iter(clauses_of(text)), ""):
        if width(kept + character) > LONGEST:
            break
        kept += character
    return kept.strip()


def _shortlist(theme: NamingInput, table: TermTable, position: int, limit: int) -> list[_Candidate]:
    """The phrases of one theme that score best before encoding."""
    said = [frozenset(word for clause in clauses_of(text) for word in _content(clause)) for text in theme.texts]
    leading = frozenset(_leading_words(table, position))
    best: dict[str, float] = {}
    seen = 0
    for text, typical in zip(theme.texts, theme.typicality, strict=True):
        for clause in clauses_of(text):
            for phrase in phrases_in(clause):
                value = _score(phrase, table, position, said, leading) * (0.6 + 0.4 * max(typical, 0.0))
                best[phrase.text] = max(value, best.get(phrase.text, 0.0))
            seen += 1
        if seen >= _CLAUSES:
            break
    ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    return [_Candidate(phrase, score) for phrase, score in ranked[:limit] if score > 0]


def _content(clause: str) -> set[str]:
    from nlp.segmentation import segmenter

    return {word.lower() for word in segmenter().cut(clause)}


def _score(
    phrase: Phrase, table: TermTable, position: int, said: Sequence[frozenset[str]], leading: frozenset[str]
) -> float:
    content = phrase.content
    weights = sorted((table.weight(position, word) for word in content), reverse=True)[:_HEAVIEST]
    salience = sum(weights)
    if not salience:
        return 0.0
    heavy = sorted(content, key=lambda word: (-table.weight(position, word), word))[:2]
    together = sum(1 for words in said if words.issuperset(heavy)) / len(said)
    text = phrase.text
    value: float = salience * (_ALONE + together) * _form(phrase, text)
    if leading.isdisjoint(content):
        value *= 0.6  # none of the words that set the theme apart
    if severity(text, Intent.PAIN_POINT) > 0.3 or _WISH.match(text):
        value *= 1.35  # tells of trouble or a wish, which is what the theme is about
    return value


def _form(phrase: Phrase, text: str) -> float:
    """How much a phrase looks like a name, 0..1."""
    value = (1.0 if phrase.says_something else 0.6) * (0.45 + 0.25 * phrase.opens + 0.3 * phrase.closes)
    told = sum(width(word.text) for word in phrase.words if word.content)
    value *= math.sqrt(told / width(text))
    for word in phrase.words:
        if word.part.startswith(("r", "y", "e", "c")) or word.text in _SENTENCE_WORDS:  # a sentence, not a name
            value *= 0.75
    wide = width(text)
    if wide < _BEST[0]:
        return value * 0.85
    return value * (1.0 if wide <= _BEST[1] else float(0.92 ** (wide - _BEST[1])))
