"""Compositions: a topic joined to the trouble people tell of it or to what they wish for it, where several do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, takewhile

from nlp.phrases import LONGEST, SHORTEST, Phrase, Word, edges, width, word_as
from nlp.predicates import wishes

_REACH = 10  # words between a topic and its trouble
_NEXT = 2  # the same where a trouble names its thing itself, or is only denied: "没送"
_WISH_REACH = 5  # words after a wish in which its thing is named
_BETWEEN = 2  # words of filler between a thing and its flaw: "声音 真 的 小"
_JOINS = frozenset("的和与跟比")  # what follows is not said of the thing
_END = word_as("，", "x")  # stands between clauses
_AND = word_as("与", "c")
_THINGS = 12  # things of a mention that may be named side by side
_TOPICS = 2  # topics a composition may have


def composed(
    mentions: Sequence[Sequence[Sequence[Word]]], people: Sequence[str], *, least: int
) -> Iterator[tuple[Phrase, frozenset[str]]]:
    """Phrases "topic + trouble" and "topic + topic + trouble" with who speaks of them, at least `least` people.

    mentions: the words of the clauses of each; `people`: who said it. Topics are nouns at most `_REACH` words before
    a trouble, in the order people put them.
    """
    users: dict[tuple[Word, ...], set[str]] = defaultdict(set)
    for clauses, person in zip(mentions, people, strict=True):
        for words in _tellings([word for clause in clauses for word in (*clause, _END)]):
            users[words].add(person)
        things = list(
            dict.fromkeys(_bare(word) for clause in clauses for word in clause if _thing(word) and word.kind == "N")
        )
        for first, second in combinations(sorted(things[:_THINGS], key=lambda word: word.text), 2):
            users[first, _AND, second].add(person)
        for clause in clauses:
            for words in _wishings(clause):
                users[words].add(person)
    for words, who in users.items():
        if len(who) >= least:
            phrase = Phrase(words, opens=True, closes=True, whole=False, seen=False)
            if SHORTEST <= width(phrase.text) <= LONGEST:
                yield phrase, frozenset(who)


def judged(words: Sequence[Word]) -> Iterator[Word]:
    """Each thing of a clause with the flaw told right after it, as one trouble: 声音小, 音质差."""
    for position, word in enumerate(words):
        if word.kind != "N" or len(word.text) < 2 or _unfit(word) or word.text.lower() in edges()["vague"]:
            continue
        for after in words[position + 1 : position + 2 + _BETWEEN]:
            if after.text in edges()["flaw"]:
                told = word.text + after.text
                yield word_as(told, "v", told)
            if after.kind != "F" or after.text in _JOINS:
                break


def _tellings(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    for position, word in enumerate(words):
        if not word.family:
            continue
        near = words[max(0, position - _REACH) : position]
        if word.family in edges()["own_subject"] or word.family == word.text:
            near = _same_clause(near)[-_NEXT:]
        reach = [w for w in near if _topic(w, word)]
        for i, first in enumerate(reach):
            yield _bare(first), _bare(word)
            for second in reach[i + 1 : i + 1 + _TOPICS]:
                if second.unit not in first.unit and first.unit not in second.unit:
                    yield _bare(first), _bare(second), _bare(word)
        for after in words[position + 1 : position + 3]:
            if _topic(after, word):
                yield _bare(after), _bare(word)
                for first in reach[-_TOPICS:]:
                    if after.unit not in first.unit and first.unit not in after.unit:
                        yield _bare(first), _bare(after), _bare(word)


def _same_clause(words: Sequence[Word]) -> list[Word]:
    """The words after the last clause end."""
    return list(takewhile(lambda word: word is not _END, reversed(words)))[::-1]


def _wishings(clause: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """ "希望" + what is asked for + one or two topics after it in the clause."""
    for told in wishes([word.text for word in clause]):
        verb = word_as(f"希望{told.name}", "v", "")
        after = [word for word in clause[told.end : told.end + _WISH_REACH] if _thing(word)]
        for position, word in enumerate(after):
            yield verb, _bare(word)
            for second in after[position + 1 : position + 2]:
                yield verb, _bare(word), _bare(second)


def _thing(word: Word) -> bool:
    return word.kind in {"N", "M"} and len(word.text) > 1 and not _unfit(word)


def _unfit(word: Word) -> bool:
    return any(word.text.lower() in edges()[section] for section in ("opener", "closer", "never"))


def _bare(word: Word) -> Word:
    """The word without what differs from one use to the next."""
    return word_as(word.text, "v" if word.family else "n", word.family)


def _topic(word: Word, trouble: Word) -> bool:
    if word.family or not word.content or word.kind not in {"N", "V"} or len(word.text) < 2:
        return False
    if _unfit(word) or (word.kind == "V" and word.text.lower() not in edges()["doing"]):
        return False
    return not set(word.text) & set(trouble.text)
