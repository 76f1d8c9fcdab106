"""Phrases: the stretches of words in people's clauses, filler left out, that could name a theme."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from itertools import permutations

from nlp.keyphrases import NEGATIONS, is_content, join
from nlp.predicates import troubles
from nlp.segmentation import segmenter

SHORTEST, LONGEST = 4, 12  # width of a name: a Chinese character is 1, a Latin letter or digit one half
_MOST_WORDS = 7
_MOST_CONTENT = 4  # content words of a phrase from which filler was left out

_CLAUSE = re.compile(
    r"[，。！？!?；;、：:~～…\n\r\t（）()【】\[\]「」『』《》<>“”\"'‘’|/\\*#=→—]+|,|(?<!\d)\.|\s-+\s|(?<=[\u4e00-\u9fff])-+(?=[\u4e00-\u9fff])"
    r"|\s+(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])\s+"
)
_NUMERAL = re.compile(r"[\d.一二三四五六七八九十百千万两几半多]+[天个次年月日号点分秒小时周回遍台部下条块元倍种%％]*$")
_CODE = re.compile(
    r"(?=.*\d)(?!\d(?:\.\d)?g$|\d+hz$|\d+k$|wifi\d$)[a-z0-9.\-+]+$", re.IGNORECASE
)  # "A7", "s1", "3.2.4"
_COUNTED = re.compile(rf"{_CODE.pattern}|{_NUMERAL.pattern}", re.IGNORECASE)
# Parts of speech (jieba's tags) that cannot open or close a phrase: particles, conjunctions, pronouns, exclamations.
_LOOSE_START = ("u", "y", "c", "e", "o", "q", "r", "f", "k")
_LOOSE_END = ("u", "y", "c", "e", "o", "q", "r", "f", "p", "t", "h")
# A single character closes a phrase only as a noun or as what went wrong; a bare verb ("换", "加") wants its object.
_CLOSING_CHARACTERS = frozenset(
    "卡慢烫热坏漏吵糊黑暗贵差烂低重轻松紧抖死灵弱脏臭晕乱歪裂堵灯锁屏键图网率光铃膜壳线机条栏窗框灰帧"
)
_WANTS_OBJECT = ("成", "给", "为", "在", "把", "得", "于", "到")  # "断成", "还给": something must follow
_ASKED = re.compile(r"(?:吗|么|嘛|呢|没有?|不|[?？])\s*$")
_LACKS = frozenset(("没有", "没", "无"))  # negations that deny a thing
_NOUNS = ("n", "eng", "vn", "x", "an")
_VERBS = ("v", "l", "i")
_STATES = ("a", "z")


@dataclass(frozen=True, slots=True)
class Word:
    text: str  # as it stands in a name; what went wrong in the wording of its family
    part: str  # jieba's part of speech, "" where unknown
    family: str = ""  # of the trouble it tells, "" where it tells none
    content: bool = field(init=False, compare=False)  # whether it carries meaning in a name
    unit: str = field(init=False, compare=False)  # what it counts as: the family of a trouble, else its lower case
    kind: str = field(init=False, compare=False)  # P trouble, G negation, N noun, V verb, A state, M modifier, F filler

    def __post_init__(self) -> None:
        text, denies = self.text, self.text in NEGATIONS
        content = bool(self.family) or (is_content(text) and not denies and not _COUNTED.fullmatch(text))
        object.__setattr__(self, "content", content)
        object.__setattr__(self, "unit", self.family or text.lower())
        object.__setattr__(self, "kind", self._kind(denies=denies, content=content))

    def __hash__(self) -> int:
        return hash(self.text)

    def _kind(self, *, denies: bool, content: bool) -> str:
        if self.family:
            return "P"
        if denies:
            return "G"
        if not content:
            return "F"
        if not self.part or self.part.startswith(_NOUNS):
            return "N"
        if self.part.startswith(_VERBS):
            return "V"
        return "A" if self.part.startswith(_STATES) else "M"


@lru_cache(maxsize=1 << 16)
def word_as(text: str, part: str, family: str = "") -> Word:
    """The one `Word` of a reading: what a word may do in a name is worked out once."""
    return Word(text, part, family)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of a clause in their order."""

    words: tuple[Word, ...]
    opens: bool  # stands at the start of its clause
    closes: bool  # stands at its end
    whole: bool = True  # nothing between its words was left out
    seen: bool = True  # its words stand in one clause in this order, with at most filler between
    text: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", joined(word.text for word in self.words))

    @property
    def units(self) -> tuple[str, ...]:
        """What its content words count as, each once."""
        return tuple(dict.fromkeys(word.unit for word in self.words if word.content))

    @property
    def kinds(self) -> str:
        return "".join(word.kind for word in self.words)


def joined(texts: Iterable[str]) -> str:
    """Words as one text, with a space only between Latin words."""
    whole = ""
    for text in texts:
        whole = join(whole, text) if whole else text
    return whole


@lru_cache(maxsize=1 << 16)
def width(text: str) -> float:
    """Chinese characters count 1, ASCII one half."""
    return sum(0.5 if character.isascii() else 1.0 for character in text)


def clauses_of(text: str) -> list[str]:
    """A text at its marks, line ends and spaces between Chinese words."""
    return [clause.strip() for clause in _CLAUSE.split(text) if clause.strip()]


def words_of(clause: str) -> list[Word]:
    """The words of a clause, each trouble in it as one word under the name of its family."""
    tagged = [(text, part) for text, part in segmenter().tag(clause) if not text.isspace()]
    words: list[Word] = []
    position = 0
    for told in troubles([text for text, _ in tagged]):
        words += _denied([word_as(text, part) for text, part in tagged[position : told.start]])
        words.append(word_as(told.name, "v", told.family.key))
        position = told.end
    return words + _denied([word_as(text, part) for text, part in tagged[position:]])


def _denied(words: Sequence[Word]) -> list[Word]:
    """A negation and the word it denies as one: what is not there or does not happen is a trouble."""
    told: list[Word] = []
    for one in words:
        if told and told[-1].kind == "G" and one.content and (one.kind in "VA" or told[-1].text in _LACKS):
            text = told.pop().text + one.text
            told.append(word_as(text, "v", text))
        else:
            told.append(one)
    return told


def asks(clause: str) -> bool:
    """Whether a clause ends as a question: "充电发烫正常吗" without its end would say the opposite."""
    return bool(_ASKED.search(clause))


def phrases_in(clause: str, words: Sequence[Word] | None = None) -> Iterator[Phrase]:
    """Every well-formed phrase of 4..12 width in one clause: as it stands, and with the filler between left out.

    `words`: those of the clause, where the caller has cut it already.
    """
    asked = asks(clause)
    words = _trimmed(words_of(clause) if words is None else words)
    yield from _windows(words, asked=asked, whole=True, most=_MOST_WORDS)
    if any(word.kind == "F" for word in words):
        runs = _without_filler(words)
        for run in runs:
            yield from _windows(run, asked=asked, whole=False, most=_MOST_CONTENT)


def _windows(words: Sequence[Word], *, asked: bool, whole: bool, most: int) -> Iterator[Phrase]:
    for start in range(len(words)):
        if not _can_open(words[start]):
            continue
        wide = 0.0
        for end in range(start + 1, min(start + most, len(words)) + 1):
            wide += width(words[end - 1].text)
            if wide > LONGEST:
                break
            if wide >= SHORTEST and _can_close(words[end - 1]) and _sound(words[start:end]):
                yield Phrase(tuple(words[start:end]), start == 0, end == len(words) and not asked, whole)


def _without_filler(words: Sequence[Word]) -> list[list[Word]]:
    """Runs of content words; a negation that denies none of them ends a run, for without it they say the opposite."""
    runs: list[list[Word]] = [[]]
    for word in words:
        if word.kind == "G":
            runs.append([])
        elif word.content:
            runs[-1].append(word)
    return runs


def _trimmed(words: Sequence[Word]) -> list[Word]:
    start, end = 0, len(words)
    while start < end and (words[start].text.lower() in edges()["opener"] or not _can_open(words[start])):
        start += 1
    while end > start and (words[end - 1].text.lower() in edges()["closer"] or not _can_close(words[end - 1])):
        end -= 1
    return list(words[start:end])


@lru_cache(maxsize=1 << 16)
def _can_open(word: Word) -> bool:
    text = word.text.lower()
    if word.family:
        return True
    if not any(character.isalnum() for character in text) or _NUMERAL.fullmatch(text) or _CODE.fullmatch(text):
        return False
    if text in edges()["opener"] or text in edges()["not_first"]:
        return False
    if word.text in NEGATIONS:
        return True
    if word.part == "d" and is_content(text) and len(text) > 1:
        return True
    loose = word.part.startswith(_LOOSE_START) or word.part in {"d", "p", "t", "tg", "m"}
    return not loose or any(character.isascii() and character.isalpha() for character in text)


@lru_cache(maxsize=1 << 16)
def _can_close(word: Word) -> bool:
    text = word.text.lower()
    if word.family:
        return True
    if not any(character.isalnum() for character in text) or text in edges()["closer"] | edges()["not_last"]:
        return False
    if len(text) == 1 and not text.isascii() and text not in _CLOSING_CHARACTERS:
        return False
    if (len(text) > 1 and text.endswith(_WANTS_OBJECT)) or _CODE.fullmatch(text):
        return False
    numeral = _NUMERAL.fullmatch(text) or (word.part == "m" and not any(c.isascii() and c.isalpha() for c in text))
    return not numeral and not word.part.startswith(_LOOSE_END) and word.part != "d"


def _sound(words: Sequence[Word]) -> bool:
    """Whether words can be one name: something is said, nothing twice, no half of a denial."""
    if any(_barred(word) for word in words):
        return False
    content = [word for word in words if word.content]
    if not content or len({word.unit for word in content}) < len(content):
        return False
    return not any(a.text in b.text for a, b in permutations(content, 2))


@lru_cache(maxsize=1 << 16)
def _barred(word: Word) -> bool:
    """Whether a word may stand nowhere in a name."""
    return word.kind == "G" or word.text.lower() in edges()["never"] or bool(_CODE.fullmatch(word.text))


@cache
def edges() -> Mapping[str, frozenset[str]]:
    """The word lists of name_edges.txt by section."""
    text = resources.files("nlp").joinpath("lexicons").joinpath("name_edges.txt").read_text(encoding="utf-8")
    lists: dict[str, set[str]] = defaultdict(set)
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            lists[section].update(line.split())
    return {name: frozenset(words) for name, words in lists.items()}
