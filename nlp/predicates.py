"""What goes wrong and what is wished for, in one wording: "烫手" and "烫得拿不住" are both 发烫."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

_BEFORE = re.compile(r"(?:防|防止|避免|不|没|没有|不再|不会|不太|未|不怎么|不是)$")


@dataclass(frozen=True, slots=True)
class Family:
    """Ways to say one thing; `names` may stand in a theme's name, the first where people say none of them."""

    names: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Told:
    """A trouble or wish told in a clause: words `start`..`end` of it."""

    start: int
    end: int
    family: Family
    name: str  # one of the family's names


@cache
def _families(lexicon: str) -> tuple[tuple[Family, re.Pattern[str]], ...]:
    """Families and the pattern of each, in the order of the lexicon."""
    text = resources.files("nlp").joinpath("lexicons").joinpath(lexicon).read_text(encoding="utf-8")
    found = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            names, _, others = line.partition("|")
            family = Family(tuple(names.split()))
            ways = sorted([*map(re.escape, family.names), *others.split()], key=len, reverse=True)
            found.append((family, re.compile("|".join(ways))))
    return tuple(found)


@cache
def _any(lexicon: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern.pattern})" for _, pattern in _families(lexicon)))


def troubles(words: Sequence[str]) -> list[Told]:
    """The troubles told in the words of one clause, left to right, none overlapping; negated ones ("不卡") left out."""
    return _told(words, "predicates.txt")


def wishes(words: Sequence[str]) -> list[Told]:
    """What the words of one clause ask for, left to right."""
    return _told(words, "wishes.txt")


def _told(words: Sequence[str], lexicon: str) -> list[Told]:
    text = "".join(words)
    if not _any(lexicon).search(text):
        return []
    edges = _edges(words)
    told: list[Told] = []
    for span, family, name in sorted(_matches(text, lexicon), key=lambda match: (match[0][0] - match[0][1], match[0])):
        start, end = edges.get(span[0]), edges.get(span[1])
        if start is None or end is None or _BEFORE.search(text[: span[0]]):
            continue
        if all(end <= other.start or start >= other.end for other in told):
            told.append(Told(start, end, family, name))
    return sorted(told, key=lambda one: one.start)


def _edges(words: Sequence[str]) -> dict[int, int]:
    """Offset in the text -> number of the word that begins there."""
    edges, offset = {0: 0}, 0
    for number, word in enumerate(words, start=1):
        offset += len(word)
        edges[offset] = number
    return edges


def _matches(text: str, lexicon: str) -> Iterator[tuple[tuple[int, int], Family, str]]:
    for family, pattern in _families(lexicon):
        for match in pattern.finditer(text):
            said = match.group()
            yield match.span(), family, said if said in family.names else family.key
