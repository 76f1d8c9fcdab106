"""Theme names a product manager would write: what, and what is wrong or wanted, in the words of many people."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp.broad_names import PRAISE, BroadName, broad_names, generic_name
from nlp.keyphrases import TermTable
from nlp.phrase_form import WISH, form, tells_trouble
from nlp.phrases import LONGEST, Phrase, clauses_of, edges, width
from nlp.sayings import FEW, Sayings, sayings

__all__ = ["PRAISE", "NamingInput", "name_themes"]

Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]
Vectors = npt.NDArray[np.float32]

_HEAVIEST = 3  # content words that count: more words do not make a better name
_ALONE = 0.15  # worth of a phrase whose words one person alone puts together; 1 more where all do
_COMPOSED_ALONE = 0.08  # the same of words nobody put next to each other
_ONE_PERSON = 0.2  # worth of a phrase only one person's mention holds, in a larger theme
_SAID_SO = 0.12  # what each person who put it in just these words adds, up to four
_FITTING, _TELLING = 1.5, 1.15  # worth of saying what is wrong or wanted, as the theme's mentions do or otherwise
_ALIKE = 0.6  # overlap of characters from which two names cannot be told apart on a board
_MOSTLY = 0.45
_UNCOVERED = 0.03  # worth of a name nobody's words bear out, beside one that all do
_BROAD, _TOLD, _PLAIN = 0.36, 0.44, 0.6  # form of a name with brackets, with troubles in them, without brackets
_MEANING = 2.5  # how fast a name gains with closeness to its theme ...
_OWN = 0.5  # ... of which so much counts again for being nearer to its own than to any other
_SAYING_LITTLE = 0.7  # worth of a phrase that tells neither trouble nor wish
_PIECED = 0.8  # worth of three words nobody put together
_BY_ONE = 0.6  # worth of words only one person of many puts together
_DIFFUSE = 0.1  # worth of the best name below which a theme has no topic of its own
_UNNAMED = "未命名主题"


@dataclass(frozen=True, slots=True)
class NamingInput:
    """What one theme is named from."""

    texts: tuple[str, ...]  # clauses of its mentions, separated by line ends, one text a mention, most typical first
    typicality: tuple[float, ...]  # cosine of each to the prototype
    prototype: npt.NDArray[np.float32]
    fallback: str  # shown where no phrase can be made, e.g. the shortest mention
    people: tuple[str, ...] = ()  # who said each text; where empty, each is somebody's
    suffix: str = "问题"  # what a name that only says "what" ends in: 问题, 建议, 咨询, 好评


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    score: float  # by words and form alone


def name_themes(
    themes: Sequence[NamingInput],
    table: TermTable,
    encode: Encode,
    candidates: int,
    given: Sequence[str | None] = (),
) -> list[str]:
    """One name a theme, all different; a name `given` by a person is kept as it is.

    `table` counts the terms of the same themes in the same order. Candidates are phrases of people's clauses, as
    they stand or with filler left out, a topic joined to the trouble told of it (`nlp.compositions`), and a topic with
    what is said of it most (`nlp.broad_names`). A name is worth its form times the share of people whose words it
    says times how near it is to the theme's prototype and how much nearer than to any other. Earlier themes choose
    first.
    """
    said = [sayings(theme.texts, theme.people) for theme in themes]
    weights = _weights(said)
    exclusive = _exclusive(said)
    shortlists = [
        _shortlist(theme, one, weight, own, candidates)
        for theme, one, weight, own in zip(themes, said, weights, exclusive, strict=True)
    ]
    nearness = _nearness(themes, shortlists, encode)
    names: dict[int, str] = {position: name for position, name in enumerate(given) if name}
    for position, theme in enumerate(themes):
        if position in names:
            continue
        ranked = _ranked(shortlists[position], nearness[position])
        taken = list(names.values())
        names[position] = next(
            (name for name in ranked if not any(_same_name(name, other) for other in taken)),
            "",
        ) or _made_different(ranked[0] if ranked else _cut(theme.fallback), taken, _terms(table, position))
    return [names[position] for position in range(len(themes))]


def _nearness(
    themes: Sequence[NamingInput], shortlists: Sequence[Sequence[_Candidate]], encode: Encode
) -> list[list[float]]:
    """Of each candidate: cosine to its theme's prototype, and how much that exceeds the cosine to any other."""
    names = sorted({candidate.name for shortlist in shortlists for candidate in shortlist})
    if not names:
        return [[] for _ in themes]
    row = {name: number for number, name in enumerate(names)}
    near = encode(names) @ np.stack([theme.prototype for theme in themes]).T
    found = []
    for position, shortlist in enumerate(shortlists):
        values = []
        for candidate in shortlist:
            to_all = near[row[candidate.name]]
            own = float(to_all[position])
            others = np.delete(to_all, position)
            values.append(own + _OWN * (own - float(others.max()) if len(others) else 0.0))
        found.append(values)
    return found


def _ranked(shortlist: Sequence[_Candidate], nearness: Sequence[float]) -> list[str]:
    values = [
        (-candidate.score * math.exp(_MEANING * near), candidate.name)
        for candidate, near in zip(shortlist, nearness, strict=True)
    ]
    return [name for _, name in sorted(values)]


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


def _weights(said: Sequence[Sayings]) -> list[dict[str, float]]:
    """Class-based TF-IDF (Grootendorst 2022) of each theme's units, counted in people."""
    total = _totals(said)
    mean = sum(one.people for one in said) / max(len(said), 1)
    return [
        {unit: len(who) / max(one.people, 1) * math.log(1 + mean / total[unit]) for unit, who in one.speakers.items()}
        for one in said
    ]


def _exclusive(said: Sequence[Sayings]) -> list[dict[str, float]]:
    """Share of each unit's speakers who are of this theme."""
    total = _totals(said)
    return [{unit: len(who) / total[unit] for unit, who in one.speakers.items()} for one in said]


def _totals(said: Sequence[Sayings]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in said:
        total.update({unit: len(who) for unit, who in one.speakers.items()})
    return total


def _shortlist(
    theme: NamingInput, said: Sayings, weight: Mapping[str, float], exclusive: Mapping[str, float], limit: int
) -> list[_Candidate]:
    """The names of one theme that score best before encoding, near-copies left out."""
    suffix = "建议" if theme.suffix == "问题" and said.wishing > _MOSTLY else theme.suffix
    broad = [_broad(name) for name in broad_names(said, exclusive, suffix)]
    if suffix == PRAISE:  # of praise no clause tells more than what is liked
        return broad or [_Candidate(generic_name(said, suffix, theme.texts), 1.0)]
    forms = {text: form(phrase) * _fitting(phrase, suffix) for text, phrase in said.phrases.items()}
    salient = {text: shape * _salience(said.phrases[text], said, weight) for text, shape in forms.items()}
    worth = {text: forms[text] * _worth(said.phrases[text], said) for text, value in salient.items() if value > 0}
    own = {text: value * _mean(exclusive, said.phrases[text]) for text, value in worth.items()}
    chosen: dict[frozenset[str], _Candidate] = {}
    for values, most in ((salient, (limit + 1) // 2), (own, limit)):
        for text in sorted(worth, key=lambda text: (-values[text], text)):
            if len(chosen) >= most:
                break
            phrase = said.phrases[text]
            chosen.setdefault(frozenset(phrase.units), _Candidate(_finished(phrase, suffix), worth[text]))
    shortlist = [*chosen.values(), *broad]
    if max((candidate.score for candidate in shortlist), default=0.0) < _DIFFUSE:
        generic = generic_name(said, suffix, theme.texts)
        if generic:
            return [_Candidate(generic, 1.0)]
    return shortlist


def _mean(exclusive: Mapping[str, float], phrase: Phrase) -> float:
    """How much a phrase's words are this theme's own; what is wished for counts, not the wish."""
    units = [unit for unit in phrase.units if not WISH.match(unit)] or phrase.units
    return sum(exclusive.get(unit, 0.0) for unit in units) / len(units)


def _broad(name: BroadName) -> _Candidate:
    shape = _PLAIN if name.plain else _TOLD if name.tells else _BROAD
    return _Candidate(name.text, shape * (_UNCOVERED + name.cover))


def _finished(phrase: Phrase, suffix: str) -> str:
    """A phrase that only says "what" gets a word that says it is a problem, a wish or a question."""
    if _bare(phrase) and not phrase.text.endswith(("问题", suffix)) and width(phrase.text) + width(suffix) <= LONGEST:
        return phrase.text + suffix
    return phrase.text


def _bare(phrase: Phrase) -> bool:
    """Whether a phrase tells neither trouble nor wish."""
    first, last = phrase.words[0], phrase.words[-1]
    if tells_trouble(phrase) or WISH.match(phrase.text) or WISH.match(last.text):
        return False
    return last.kind in "NV" and (first.kind != "V" or first.text in edges()["doing"])


def _worth(phrase: Phrase, said: Sayings) -> float:
    """The share of people whose words the phrase says: its words one by one, and together."""
    units = phrase.units
    each = sum(_share(unit, said) for unit in units) / len(units)
    wish = bool(WISH.match(phrase.text))
    things = [unit for unit in units if not WISH.match(unit)]
    together = said.together(things or units)
    if wish:
        together = round(together * said.wishing) if len(things) > 1 else len(said.users[phrase.text])
    value = _UNCOVERED + (each + together / said.people) / 2
    users = len(said.users[phrase.text])
    if said.people >= FEW and max(together, users) < 2:
        value *= _BY_ONE
    value *= 1 + _SAID_SO * (min(users, 5) - 1)
    if _bare(phrase) or (wish and len(things) < 2):
        value *= _SAYING_LITTLE
    if not phrase.seen and (wish or len(phrase.words) > 2):
        value *= _PIECED
    return value


def _share(unit: str, said: Sayings) -> float:
    """Share of people who speak of a unit; a wish counts half for each who wishes, in whatever words."""
    return said.wishing / 2 if WISH.match(unit) else said.share(unit)


def _salience(phrase: Phrase, said: Sayings, weight: Mapping[str, float]) -> float:
    """Which phrases are worth encoding: the weight of their heaviest words and who speaks of all of these."""
    heavy = sorted(phrase.units, key=lambda unit: (-weight.get(unit, 0.0), unit))
    salience = sum(weight.get(unit, 0.0) for unit in heavy[:_HEAVIEST])
    if not salience:
        return 0.0
    users = len(said.users[phrase.text])
    speaking = said.together(heavy) if phrase.seen else users
    alone = _ALONE if phrase.seen else _COMPOSED_ALONE
    value = salience * (alone + speaking / said.people)
    if said.people >= FEW and speaking < 2:
        value *= _ONE_PERSON
    return value * (1 + _SAID_SO * (min(users, 5) - 1))


def _fitting(phrase: Phrase, suffix: str) -> float:
    """What saying what is wrong or wanted is worth."""
    wishes = bool(WISH.match(phrase.text))
    if not wishes and not tells_trouble(phrase):
        return 1.0
    return _FITTING if (suffix == "建议") == wishes else _TELLING
