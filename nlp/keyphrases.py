"""Keyphrases: the words and adjacent pairs that set a theme apart, by class-based TF-IDF."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

from nlp.segmentation import words

NEGATIONS = frozenset(
    [
        "不",
        "没",
        "没有",
        "无",
        "无法",
        "不能",
        "不会",
        "不是",
        "未",
        "别",
        "没法",
        "不了",
        "不到",
        "不够",
        "不要",
        "不让",
    ]
)
_CODE = re.compile(
    r"(?=[a-z0-9 .\-+]*\d)(?!\d(?:\.\d)?g$|\d+hz$|\d+k$|wifi ?\d$)[a-z0-9 .\-+]+|[a-z]\d{1,2}\D+"
    r"|.*(?<![a-z])(?:pro|max|plus|ultra)(?![a-z]).*"
)
_BREAK = ""  # stands between clauses, so that no pair reaches across a mark


@cache
def stopwords() -> frozenset[str]:
    """Our own list; it holds no negation."""
    text = resources.files("nlp").joinpath("lexicons").joinpath("stopwords.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split()) - NEGATIONS


def is_content(word: str) -> bool:
    """Whether a word can carry meaning in a name or keyphrase: a letter in it, no stopword, not a bare number."""
    return any(c.isalpha() for c in word) and word.lower() not in stopwords()


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one text: content words, and adjacent pairs with a negation allowed in front."""

    words: frozenset[str]
    pairs: frozenset[str]


def terms_of(texts: Sequence[str]) -> list[Terms]:
    """Terms of each text; case of Latin letters is folded."""
    return [_terms(cut) for cut in words([text.lower() for text in texts])]


def _terms(cut: Sequence[str]) -> Terms:
    marked = [word if any(c.isalnum() for c in word) else _BREAK for word in cut]
    pairs = set()
    for left, right in pairwise(marked):
        if left and right and is_content(right) and (is_content(left) or left in NEGATIONS):
            pairs.add(join(left, right))
    return Terms(
        words=frozenset(word for word in marked if word and is_content(word) and word not in NEGATIONS),
        pairs=frozenset(pairs),
    )


def join(left: str, right: str) -> str:
    """Two words as one phrase, with a space only between Latin words."""
    return f"{left} {right}" if left[-1:].isascii() and right[:1].isascii() else left + right


@dataclass(frozen=True, slots=True)
class TermTable:
    """Term counts of every theme: in how many of its texts a term stands."""

    counts: tuple[Counter[str], ...]
    sizes: tuple[int, ...]  # texts a theme
    total: Counter[str]
    words: frozenset[str]  # the terms that are single words

    @classmethod
    def of(cls, themes: Sequence[Sequence[Terms]]) -> TermTable:
        counts = tuple(Counter(term for terms in texts for term in terms.words | terms.pairs) for texts in themes)
        total: Counter[str] = Counter()
        for count in counts:
            total.update(count)
        words = frozenset(word for texts in themes for terms in texts for word in terms.words)
        return cls(counts, tuple(len(texts) for texts in themes), total, words)

    def weight(self, theme: int, term: str) -> float:
        """Class-based TF-IDF (Grootendorst 2022): tf in the class x ln(1 + mean class size / tf over all)."""
        count = self.counts[theme][term]
        if not count:
            return 0.0
        mean = sum(self.sizes) / len(self.sizes)
        return count / self.sizes[theme] * math.log(1 + mean / self.total[term])


def keyphrases(table: TermTable, theme: int, limit: int) -> tuple[str, ...]:
    """The `limit` terms that weigh most in a theme, none a part of another that weighs more."""
    least = 1 if table.sizes[theme] < 6 else 2
    ranked = sorted(
        (
            (term, table.weight(theme, term))
            for term, count in table.counts[theme].items()
            if count >= least and _telling(term)
        ),
        key=lambda item: (-item[1] * (1.15 if len(item[0]) > 2 else 1.0), item[0]),
    )
    return _distinct((term for term, _ in ranked if len(term) > 1), limit)


def _telling(term: str) -> bool:
    """Whether a term tells a reader something by itself: two characters or more, no code, count or half a sentence."""
    if len(term) < 2 or term.replace(".", "").isdigit() or _CODE.fullmatch(term):
        return False
    return term not in fillers() and not any(term.startswith(word) or term.endswith(word) for word in fillers())


@cache
def fillers() -> frozenset[str]:
    """Words that carry meaning in a sentence and none on their own."""
    text = resources.files("nlp").joinpath("lexicons").joinpath("keyphrase_fillers.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def _distinct(ranked: Iterable[str], limit: int) -> tuple[str, ...]:
    chosen: list[str] = []
    for term in ranked:
        if len(chosen) == limit:
            break
        if not any(term in other or other in term for other in chosen):
            chosen.append(term)
    return tuple(chosen)
