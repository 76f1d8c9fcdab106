"""Theme names a product manager can read: short phrases taken from what people wrote."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from nlp.keyphrases import NEGATIONS, TermTable, is_content, join
from nlp.segmentation import segmenter

Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]

_SHORTEST, _LONGEST = 4, 14  # width of a name: a Chinese character is 1, a Latin letter or digit one half
_BEST = (5, 11)
_TEXTS = 48  # texts nearest the prototype that a theme is named from
_MOST_WORDS = 8
_CLOSENESS = 0.45  # how much closeness to the prototype can take from a phrase's score
_UNNAMED = "未命名主题"


@dataclass(frozen=True, slots=True)
class NamingInput:
    """What one theme is named from."""

    texts: tuple[str, ...]  # normalised texts of its mentions, most typical first
    typicality: tuple[float, ...]  # cosine of each to the prototype
    prototype: npt.NDArray[np.float32]
    fallback: str  # shown where no phrase can be made, e.g. the shortest quote


@dataclass(slots=True)
class _Candidate:
    """A phrase people used, and how much speaks for it."""

    words: tuple[str, ...]
    texts: set[int] = field(default_factory=set)
    typicality: float = 0.0
    whole: float = 0.0  # 1 where somebody wrote it as a clause of its own, less where it is part of one


@dataclass(frozen=True, slots=True)
class _Scored:
    phrase: str
    score: float
    vector: npt.NDArray[np.float32]


def name_themes(
    themes: Sequence[NamingInput],
    table: TermTable,
    encode: Encode,
    candidates: int,
    given: Sequence[str | None] = (),
) -> list[str]:
    """One name a theme, all different; a name `given` by a person is kept as it is. `table` counts the terms of the same themes in the same order.

    Phrases of 2..8 neighbouring words of a clause are scored by the class-based TF-IDF of their words, by how many
    people use those words, and by whether they stand as a clause of their own; the best few are encoded, and
    closeness to the theme's prototype decides. Earlier themes choose first.
    """
    shortlists = [_shortlist(theme, table, position, candidates) for position, theme in enumerate(themes)]
    phrases = sorted({phrase for shortlist in shortlists for phrase, _ in shortlist})
    vectors = dict(zip(phrases, encode(phrases), strict=True)) if phrases else {}
    names: dict[int, str] = {position: name for position, name in enumerate(given) if name}
    for position, theme in enumerate(themes):
        if position in names:
            continue
        shortlist = [_Scored(phrase, score, vectors[phrase]) for phrase, score in shortlists[position]]
        names[position] = _choose(theme, shortlist, list(names.values()), _distinguishing(table, position))
    return [names[position] for position in range(len(themes))]


def _choose(
    theme: NamingInput, shortlist: Sequence[_Scored], taken: Sequence[str], distinguishing: Sequence[str]
) -> str:
    for phrase in _by_closeness(shortlist, theme.prototype):
        if not any(_same_name(phrase, other) for other in taken):
            return phrase
    base = shortlist[0].phrase if shortlist else _cut(theme.fallback) or _UNNAMED
    names = [base, *(f"{base}（{term}）" for term in distinguishing)]
    number = 2
    while names[0] in taken and len(names) > 1:
        names.pop(0)
    name = names[0]
    while name in taken:
        name = f"{base}（{number}）"
        number += 1
    return name


def _by_closeness(shortlist: Sequence[_Scored], prototype: npt.NDArray[np.float32]) -> list[str]:
    """Phrases by their score and, nearly as important, how close they are to the theme as a whole."""
    if not shortlist:
        return []
    near = np.array([float(scored.vector @ prototype) for scored in shortlist])
    spread = float(near.max() - near.min())
    near = (near - near.min()) / spread if spread > 1e-6 else np.ones(len(near))
    top = max(scored.score for scored in shortlist)
    values = [
        (scored.score / top * (1 - _CLOSENESS + _CLOSENESS * float(closeness)), scored.phrase)
        for scored, closeness in zip(shortlist, near, strict=True)
    ]
    return [phrase for _, phrase in sorted(values, key=lambda item: (-item[0], item[1]))]


def _same_name(left: str, right: str) -> bool:
    """Equal, or built of nearly the same characters: two such names cannot be told apart on a board."""
    a, b = set(left), set(right)
    return left == right or len(a & b) / len(a | b) > 0.8


def _distinguishing(table: TermTable, position: int) -> list[str]:
    count = table.counts[position] if position < len(table.counts) else {}
    return sorted((t for t in count if len(t) > 1), key=lambda t: (-table.weight(position, t), t))[:5]


def _cut(text: str) -> str:
    """The first clause of a text, at most 14 wide."""
    clause = next((c for c in _CLAUSE.split(text) if c.strip()), "").strip()
    kept = ""
    for character in clause:
        if width(kept + character) > _LONGEST:
            break
        kept += character
    return kept.strip()


def width(text: str) -> float:
    """Chinese characters count 1, ASCII one half."""
    return sum(0.5 if character.isascii() else 1.0 for character in text)


_CLAUSE = re.compile(
    r"[，。！？!?；;、：:~～…\n\r\t（）()【】\[\]「」『』《》<>“”\"'‘’|/\\*#=]+|,|(?<!\d)\.|\s-+\s"
    r"|\s+(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])\s+"
)


@cache
def _edges() -> Mapping[str, frozenset[str]]:
    text = resources.files("nlp").joinpath("lexicons").joinpath("name_edges.txt").read_text(encoding="utf-8")
    edges: dict[str, set[str]] = defaultdict(set)
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            edges[section].update(line.split())
    return {name: frozenset(words) for name, words in edges.items()}


def clauses(text: str) -> list[list[str]]:
    """The clauses of a text as words, openers ("希望", "我的") and closers ("了", "吧") taken off."""
    found = []
    for clause in _CLAUSE.split(text):
        cut = [word for word in segmenter().cut(clause) if not word.isspace()]
        cut = _trim(cut)
        if cut:
            found.append(cut)
    return found


def _trim(cut: list[str]) -> list[str]:
    edges = _edges()
    start, end = 0, len(cut)
    while start < end and (cut[start].lower() in edges["opener"] or not _wordy(cut[start])):
        start += 1
    while end > start and (cut[end - 1].lower() in edges["closer"] or not _wordy(cut[end - 1])):
        end -= 1
    return cut[start:end]


def _wordy(word: str) -> bool:
    return any(character.isalnum() for character in word)


def _phrase(cut: Sequence[str]) -> str:
    text = ""
    for word in cut:
        text = join(text, word) if text else word
    return text


def _shortlist(theme: NamingInput, table: TermTable, position: int, limit: int) -> list[tuple[str, float]]:
    """The phrases of one theme that score best before encoding, one spelling each."""
    found: dict[str, _Candidate] = {}
    for index, (text, typicality) in enumerate(zip(theme.texts[:_TEXTS], theme.typicality, strict=False)):
        for clause in clauses(text):
            _collect(clause, index, typicality, found)
    said = [frozenset(word.lower() for clause in clauses(text) for word in clause) for text in theme.texts[:_TEXTS]]
    scored = sorted(
        ((_score(candidate, table, position, said), phrase) for phrase, candidate in found.items()),
        key=lambda item: (-item[0], item[1]),
    )
    chosen: list[tuple[str, float]] = []
    for score, phrase in scored:
        if score <= 0 or len(chosen) == limit:
            break
        chosen.append((phrase, score))
    return chosen


def _collect(clause: Sequence[str], index: int, typicality: float, found: dict[str, _Candidate]) -> None:
    for start in range(len(clause)):
        for end in range(start + 1, min(start + _MOST_WORDS, len(clause)) + 1):
            cut = clause[start:end]
            phrase = _phrase(cut)
            if width(phrase) > _LONGEST:
                break
            if width(phrase) < _SHORTEST or not _well_formed(cut):
                continue
            candidate = found.setdefault(phrase, _Candidate(tuple(cut)))
            candidate.texts.add(index)
            candidate.typicality = max(candidate.typicality, typicality)
            stands = 0.5 * (start == 0) + 0.5 * (end == len(clause))
            candidate.whole = max(candidate.whole, stands)


def _well_formed(cut: Sequence[str]) -> bool:
    edges = _edges()
    first, last = cut[0].lower(), cut[-1].lower()
    if first in edges["opener"] or first in edges["not_first"] or last in edges["closer"] or last in edges["not_last"]:
        return False
    if not any(is_content(word) and word not in NEGATIONS for word in cut):
        return False
    return not any(word in edges["never"] for word in cut)


def _score(candidate: _Candidate, table: TermTable, position: int, said: Sequence[frozenset[str]]) -> float:
    content = list(dict.fromkeys(w.lower() for w in candidate.words if is_content(w) and w not in NEGATIONS))
    weights = [table.weight(position, word) for word in content]
    if not weights:
        return 0.0
    pairs = [table.weight(position, join(left.lower(), right.lower())) for left, right in pairwise(candidate.words)]
    salience = sum(weights) + 0.5 * sum(pairs)
    filler = len(candidate.words) - len(content)
    salience /= (len(candidate.words) + 0.5 * filler + 1.0) ** 0.6
    together = sum(1 for words in said if words.issuperset(content)) / len(said)
    typical = max(candidate.typicality, 0.0)
    value: float = salience * (0.6 + 0.4 * candidate.whole) * (0.7 + together) * (0.6 + 0.4 * typical)
    wide = width(_phrase(candidate.words))
    if wide < _BEST[0]:
        value *= 0.8
    elif wide > _BEST[1]:
        value *= 0.85
    if len(content) < 2 and not any(word in NEGATIONS for word in candidate.words):
        value *= 0.5  # a bare noun names a part, not a need
    return value
