"""Theme names a product manager would write: what, and what is wrong or wanted, in the words of many people."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp.compositions import composed
from nlp.keyphrases import TermTable
from nlp.phrase_form import WISH, form, tells_trouble
from nlp.phrases import LONGEST, Phrase, clauses_of, edges, phrases_in, width, words_of

Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]

_HEAVIEST = 3  # content words that count: more words do not make a better name
_ALONE = 0.15  # worth of a phrase whose words one person alone puts together; 1 more where all do
_CLOSENESS = 0.5  # how much closeness to the prototype can take from a phrase's score
_COMPOSED_ALONE = 0.08  # the same of words nobody put next to each other
_FEW = 6  # mentions below which one person's words may name a theme
_ONE_PERSON = 0.2  # worth of a phrase only one person's mention holds, in a larger theme
_SAID_SO = 0.12  # what each person who put it in just these words adds, up to four
_FITTING, _TELLING = 1.5, 1.15  # worth of saying what is wrong or wanted, as the theme's mentions do or otherwise
_ALIKE = 0.6  # overlap of characters from which two names cannot be told apart on a board
_MOSTLY = 0.45
_WISHING = re.compile(
    r"希望|建议|[能可]不[能可]以?|能否|可否|求[加出个]|什么时候[能有出支可]|[出加搞弄]个|想要|要是能|许愿|增加|需要"
)
_UNNAMED = "未命名主题"


@dataclass(frozen=True, slots=True)
class NamingInput:
    """What one theme is named from."""

    texts: tuple[str, ...]  # clauses of its mentions, separated by line ends, one text a mention, most typical first
    typicality: tuple[float, ...]  # cosine of each to the prototype
    prototype: npt.NDArray[np.float32]
    fallback: str  # shown where no phrase can be made, e.g. the shortest mention
    people: tuple[str, ...] = ()  # who said each text; where empty, each is somebody's
    suffix: str = "问题"  # what a name that only says "what" ends in: 问题, 建议, 咨询


@dataclass(frozen=True, slots=True)
class _Candidate:
    phrase: str
    score: float


@dataclass(frozen=True, slots=True)
class _Said:
    """What the people of one theme say: the units of each person's mentions, and the phrases with who uses them."""

    units: tuple[frozenset[str], ...]  # a set a person
    phrases: Mapping[str, Phrase]
    users: Mapping[str, frozenset[str]]
    wishing: float  # share of its mentions that put a wish in so many words


def name_themes(
    themes: Sequence[NamingInput],
    table: TermTable,
    encode: Encode,
    candidates: int,
    given: Sequence[str | None] = (),
) -> list[str]:
    """One name a theme, all different; a name `given` by a person is kept as it is.

    `table` counts the terms of the same themes in the same order. Candidates are phrases of people's clauses, as
    they stand or with filler left out, and a topic joined to the trouble told of it (`nlp.compositions`). They are
    scored by the class-based TF-IDF of their heaviest words, by how many people speak of all of these, and by form
    (a noun with its predicate). The best few are encoded, and closeness to the theme's prototype decides. Earlier
    themes choose first.
    """
    said = [_said(theme) for theme in themes]
    weights = _weights([one.units for one in said])
    shortlists = [
        _shortlist(theme, one, weight, candidates) for theme, one, weight in zip(themes, said, weights, strict=True)
    ]
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
    a, b = set(left), set(right)
    return left == right or len(a & b) / len(a | b) > _ALIKE


def _terms(table: TermTable, position: int) -> list[str]:
    terms = [term for term in table.counts[position] if len(term) > 1]
    return sorted(terms, key=lambda term: (-table.weight(position, term), term))[:5]


def _cut(text: str) -> str:
    """The first clause of a text, as wide as a name may be."""
    kept = ""
    for character in next(iter(clauses_of(text)), ""):
        if width(kept + character) > LONGEST:
            break
        kept += character
    return kept.strip()


def _said(theme: NamingInput) -> _Said:
    people = theme.people or tuple(str(row) for row in range(len(theme.texts)))
    units: dict[str, set[str]] = defaultdict(set)
    phrases: dict[str, Phrase] = {}
    users: dict[str, set[str]] = defaultdict(set)
    clauses = [[words_of(clause) for clause in clauses_of(text)] for text in theme.texts]
    for person, text, told in zip(people, theme.texts, clauses, strict=True):
        units[person].update(word.unit for words in told for word in words if word.content)
        for clause in clauses_of(text):
            for phrase in phrases_in(clause):
                _keep(phrases, phrase)
                users[phrase.text].add(person)
    for phrase, who in composed(clauses, people, least=2 if len(units) >= _FEW else 1):
        _keep(phrases, phrase)
        users[phrase.text].update(who)
    return _Said(
        units=tuple(frozenset(units[person]) for person in sorted(units)),
        phrases=phrases,
        users={text: frozenset(who) for text, who in users.items()},
        wishing=sum(1 for text in theme.texts if _WISHING.search(text)) / max(len(theme.texts), 1),
    )


def _keep(phrases: dict[str, Phrase], phrase: Phrase) -> None:
    """Of phrases that read the same, the one that stands best in its clause."""
    known = phrases.get(phrase.text)
    if known is None or (phrase.whole, phrase.opens + phrase.closes) > (known.whole, known.opens + known.closes):
        phrases[phrase.text] = phrase


def _weights(said: Sequence[Sequence[frozenset[str]]]) -> list[dict[str, float]]:
    """Class-based TF-IDF (Grootendorst 2022) of each theme's units, counted in people."""
    counts = [Counter(unit for units in theme for unit in units) for theme in said]
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    mean = sum(len(theme) for theme in said) / max(len(said), 1)
    return [
        {unit: n / max(len(theme), 1) * math.log(1 + mean / total[unit]) for unit, n in count.items()}
        for count, theme in zip(counts, said, strict=True)
    ]


def _shortlist(theme: NamingInput, said: _Said, weight: Mapping[str, float], limit: int) -> list[_Candidate]:
    """The phrases of one theme that score best before encoding, near-copies left out."""
    suffix = "建议" if theme.suffix == "问题" and said.wishing > _MOSTLY else theme.suffix
    scored = {text: _score(phrase, said, weight, suffix) for text, phrase in said.phrases.items()}
    ranked = sorted(scored.items(), key=lambda item: (-item[1], item[0]))
    chosen: dict[frozenset[str], _Candidate] = {}
    for text, score in ranked:
        if len(chosen) == limit or score <= 0:
            break
        phrase = said.phrases[text]
        chosen.setdefault(frozenset(phrase.units), _Candidate(_finished(phrase, suffix), score))
    return list(chosen.values())


def _finished(phrase: Phrase, suffix: str) -> str:
    """A phrase that only says "what" gets a word that says it is a problem, a wish or a question."""
    first, last = phrase.words[0], phrase.words[-1]
    bare = not tells_trouble(phrase) and not WISH.match(phrase.text) and not WISH.match(last.text)
    bare = bare and last.kind in "NV" and (first.kind != "V" or first.text in edges()["doing"])
    if bare and not phrase.text.endswith(("问题", suffix)) and width(phrase.text) + width(suffix) <= LONGEST:
        return phrase.text + suffix
    return phrase.text


def _score(phrase: Phrase, said: _Said, weight: Mapping[str, float], suffix: str) -> float:
    heavy = sorted(phrase.units, key=lambda unit: (-weight.get(unit, 0.0), unit))
    salience = sum(weight.get(unit, 0.0) for unit in heavy[:_HEAVIEST])
    if not salience:
        return 0.0
    users = len(said.users[phrase.text])
    speaking = sum(1 for units in said.units if units.issuperset(heavy)) if phrase.seen else users
    alone = _ALONE if phrase.seen else _COMPOSED_ALONE
    value = salience * (alone + speaking / len(said.units)) * form(phrase)
    if len(said.units) >= _FEW and speaking < 2:
        value *= _ONE_PERSON
    value *= 1 + _SAID_SO * (min(users, 5) - 1)
    if tells_trouble(phrase) or WISH.match(phrase.text):
        value *= _FITTING if (suffix == "建议") == bool(WISH.match(phrase.text)) else _TELLING
    return value
