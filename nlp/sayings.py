"""What the people of one theme say: the words each of them uses, and the phrases with who uses them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlp.compositions import composed, judged
from nlp.phrases import Phrase, Word, clauses_of, phrases_in, words_of

FEW = 6  # people below whom one person's words may name a theme
_SHORTEST_PART = 2  # characters of a word within a word: who says 玩游戏 speaks of 游戏
_WISHING = re.compile(
    r"希望|建议|[能可]不[能可]以?|能否|可否|求[加出个]|什么时候[能有出支可]|[出加搞弄]个|想要|要是能|许愿|增加|需要"
)


@dataclass(frozen=True, slots=True)
class Sayings:
    """One theme's words and phrases by who says them; people are numbered from 0."""

    people: int
    speakers: Mapping[str, frozenset[int]]  # unit -> who says it, or a longer word that holds it
    words: Mapping[str, Word]  # unit -> the form most people give it
    phrases: Mapping[str, Phrase]
    users: Mapping[str, frozenset[int]]  # phrase -> who says it
    wishing: float  # share of mentions that put a wish in so many words

    def share(self, *units: str) -> float:
        """Share of people who say at least one of the units."""
        said: set[int] = set()
        for unit in units:
            said |= self.speakers.get(unit, frozenset())
        return len(said) / max(self.people, 1)

    def together(self, units: Sequence[str]) -> int:
        """How many people say all of the units."""
        said = [self.speakers.get(unit, frozenset()) for unit in units]
        return len(frozenset.intersection(*said)) if said else 0


def sayings(texts: Sequence[str], people: Sequence[str] = ()) -> Sayings:
    """What is said in one theme's texts, whose clauses are separated by line ends.

    people: who said each; where empty, each is somebody's.
    """
    names = people or [str(row) for row in range(len(texts))]
    number = {name: position for position, name in enumerate(dict.fromkeys(names))}
    speakers: dict[str, set[int]] = defaultdict(set)
    forms: dict[str, Counter[Word]] = defaultdict(Counter)
    phrases: dict[str, Phrase] = {}
    users: dict[str, set[int]] = defaultdict(set)
    clauses = [[(clause, words_of(clause)) for clause in clauses_of(text)] for text in texts]
    for name, told in zip(names, clauses, strict=True):
        for clause, words in told:
            for word in (*words, *judged(words)):
                if word.content:
                    speakers[word.unit].add(number[name])
                    forms[word.unit][word] += 1
            for phrase in phrases_in(clause, words):
                _keep(phrases, phrase)
                users[phrase.text].add(number[name])
    least = 2 if len(number) >= FEW else 1
    for phrase, who in composed([[words for _, words in told] for told in clauses], names, least=least):
        _keep(phrases, phrase)
        users[phrase.text].update(number[name] for name in who)
    return Sayings(
        people=len(number),
        speakers=_with_parts(speakers),
        words={unit: max(said, key=lambda word: (said[word], word.text)) for unit, said in forms.items()},
        phrases=phrases,
        users={text: frozenset(who) for text, who in users.items()},
        wishing=sum(1 for text in texts if _WISHING.search(text)) / max(len(texts), 1),
    )


def _with_parts(speakers: Mapping[str, set[int]]) -> dict[str, frozenset[int]]:
    """Who says a word also says the known words within it."""
    whole = {unit: set(who) for unit, who in speakers.items()}
    for unit, who in speakers.items():
        for length in range(_SHORTEST_PART, len(unit)):
            for start in range(len(unit) - length + 1):
                part = unit[start : start + length]
                if part in whole:
                    whole[part] |= who
    return {unit: frozenset(who) for unit, who in whole.items()}


def _keep(phrases: dict[str, Phrase], phrase: Phrase) -> None:
    """Of phrases that read the same, the one that stands best in its clause."""
    known = phrases.get(phrase.text)
    if known is None or (phrase.whole, phrase.opens + phrase.closes) > (known.whole, known.opens + known.closes):
        phrases[phrase.text] = phrase
