"""Phrases: the well-formed stretches of neighbouring words in people's clauses that could name a theme."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from nlp.keyphrases import NEGATIONS, is_content, join
from nlp.segmentation import segmenter

SHORTEST, LONGEST = 4, 14  # width of a name: a Chinese character is 1, a Latin letter or digit one half
_MOST_WORDS = 8

_CLAUSE = re.compile(
    r"[，。！？!?；;、：:~～…\n\r\t（）()【】\[\]「」『』《》<>“”\"'‘’|/\\*#=→—]+|,|(?<!\d)\.|\s-+\s"
    r"|\s+(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])\s+"
)
_NUMERAL = re.compile(r"[\d.一二三四五六七八九十百千万两几半多]+[天个次年月日号点分秒小时周回遍台部下条块元倍种%％]*$")
# Parts of speech (jieba's tags) that cannot open or close a phrase: particles, conjunctions, pronouns, exclamations.
_LOOSE_START = ("u", "y", "c", "e", "o", "q", "r", "f", "k")
_LOOSE_END = ("u", "y", "c", "e", "o", "q", "r", "f", "p", "t", "h")
# A single character closes a phrase only as a noun or as what went wrong; a bare verb ("换", "加") wants its object.
_CLOSING_CHARACTERS = frozenset(
    "卡慢烫热掉断坏丢漏吵糊黑暗亮响贵差烂低高小大短重轻松紧抖闪死灵准绿黄红白弱脏臭难痛晕乱歪裂堵"
    "灯锁屏键图门网声音表率色光电铃膜壳线机字条栏窗框水灰毛味帧"
)
_WANTS_OBJECT = ("成", "给", "为", "在", "把", "得", "于")  # "断成", "还给": something must follow
_ASKED = re.compile(r"(?:吗|么|嘛|呢|没有?|不|[?？])\s*$")
_NOUNS = ("n", "eng", "vn", "x")
_PREDICATES = ("v", "a", "z", "l", "i", "b")


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    part: str  # jieba's part of speech, "" where unknown

    @property
    def content(self) -> bool:
        return is_content(self.text) and self.text not in NEGATIONS


@dataclass(frozen=True, slots=True)
class Phrase:
    """Neighbouring words of a clause."""

    words: tuple[Word, ...]
    opens: bool  # stands at the start of its clause
    closes: bool  # stands at its end

    @property
    def text(self) -> str:
        text = ""
        for word in self.words:
            text = join(text, word.text) if text else word.text
        return text

    @property
    def content(self) -> tuple[str, ...]:
        """Its content words, each once, lower-case."""
        return tuple(dict.fromkeys(word.text.lower() for word in self.words if word.content))

    @property
    def says_something(self) -> bool:
        """Whether it has something and what is with it: a noun and a predicate, not a noun alone."""
        nouns = any(word.part.startswith(_NOUNS) or not word.part for word in self.words if word.content)
        negated = any(word.text in NEGATIONS for word in self.words)
        verbs = any(word.part.startswith(_PREDICATES) and word.part != "vn" for word in self.words if word.content)
        return nouns and (verbs or negated)


def width(text: str) -> float:
    """Chinese characters count 1, ASCII one half."""
    return sum(0.5 if character.isascii() else 1.0 for character in text)


def clauses_of(text: str) -> list[str]:
    """A text at its marks, line ends and spaces between Chinese words."""
    return [clause.strip() for clause in _CLAUSE.split(text) if clause.strip()]


def phrases_in(clause: str) -> Iterator[Phrase]:
    """Every well-formed phrase of 4..14 width in one clause, openers ("希望", "我的") and closers ("了") off."""
    asked = bool(_ASKED.search(clause))  # "充电发烫正常吗" without its end would say the opposite
    words = _trimmed([Word(text, part) for text, part in segmenter().tag(clause) if not text.isspace()])
    for start in range(len(words)):
        if not _can_open(words[start]):
            continue
        for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1):
            phrase = Phrase(tuple(words[start:end]), opens=start == 0, closes=end == len(words) and not asked)
            wide = width(phrase.text)
            if wide > LONGEST:
                break
            if wide >= SHORTEST and _can_close(words[end - 1]) and _sound(phrase):
                yield phrase


def _trimmed(words: Sequence[Word]) -> list[Word]:
    start, end = 0, len(words)
    while start < end and (words[start].text.lower() in _edges()["opener"] or not _can_open(words[start])):
        start += 1
    while end > start and (words[end - 1].text.lower() in _edges()["closer"] or not _can_close(words[end - 1])):
        end -= 1
    return list(words[start:end])


def _can_open(word: Word) -> bool:
    text = word.text.lower()
    if not any(character.isalnum() for character in text) or _NUMERAL.fullmatch(text):
        return False
    if text in _edges()["opener"] or text in _edges()["not_first"]:
        return False
    if word.text in NEGATIONS:
        return True
    loose = word.part.startswith(_LOOSE_START) or word.part in {"d", "p", "t", "tg", "m"}
    return not loose or any(character.isascii() and character.isalpha() for character in text)


def _can_close(word: Word) -> bool:
    text = word.text.lower()
    if not any(character.isalnum() for character in text) or text in _edges()["closer"] | _edges()["not_last"]:
        return False
    if len(text) == 1 and not text.isascii() and text not in _CLOSING_CHARACTERS:
        return False
    if len(text) > 1 and text.endswith(_WANTS_OBJECT):
        return False
    numeral = _NUMERAL.fullmatch(text) or (word.part == "m" and not any(c.isascii() and c.isalpha() for c in text))
    return not numeral and not word.part.startswith(_LOOSE_END)


def _sound(phrase: Phrase) -> bool:
    return bool(phrase.content) and not any(word.text.lower() in _edges()["never"] for word in phrase.words)


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
