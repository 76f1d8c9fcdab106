"""How bad a mention is, 0 (mild) to 1 (unusable, dangerous): by its words, and by its vector where a head fits."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import EncoderIdentity
from models.severity_head import felt_severity
from nlp.types import Intent

_CONTEXT = {  # what the same words weigh when they are part of a wish, a question, praise
    Intent.PAIN_POINT: 1.0,
    Intent.REQUEST: 0.7,
    Intent.QUESTION: 0.7,
    Intent.PRAISE: 0.15,
    Intent.CHATTER: 0.3,
}
_FLOOR = {Intent.PAIN_POINT: 0.3, Intent.REQUEST: 0.1, Intent.QUESTION: 0.1}
_DANGER = 0.95  # words this grave weigh in full whatever the sentence does
_STRONGER, _WEAKER, _FURTHER = 0.25, 0.7, 0.12
_WORDS = 0.3  # how much the words weigh beside the head
_NEGATED = re.compile(
    r"(?:不|没|没有|无|未|从未|从没|从不|毫无|并不|不会|不再|避免|防止|杜绝|没啥|没什么)"
    r"(?:再|会|怎么|太|出现|遇到|发生|有|任何|什么|过|那么|这么|特别|非常|明显|很)*$"
)
_QUESTIONED = re.compile(r"(?:会不|是不|能不|有没|会不会|是不是)$")


@dataclass(frozen=True, slots=True)
class _Lexicon:
    levels: Mapping[float, re.Pattern[str]]  # gravest first
    stronger: re.Pattern[str]
    weaker: re.Pattern[str]


@cache
def _lexicon() -> _Lexicon:
    text = resources.files("nlp").joinpath("lexicons").joinpath("severity.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    levels = {float(level): re.compile("|".join(words)) for level, words in _flat(tables["levels"]).items()}
    return _Lexicon(
        levels=dict(sorted(levels.items(), reverse=True)),
        stronger=re.compile(tables["intensity"]["stronger"]),
        weaker=re.compile(tables["intensity"]["weaker"]),
    )


def _flat(levels: Mapping[str, object]) -> dict[str, list[str]]:
    """TOML reads the key 0.85 as table 0, key 85: put it together again."""
    flat: dict[str, list[str]] = {}
    for whole, rest in levels.items():
        if isinstance(rest, dict):
            flat.update({f"{whole}.{fraction}": list(words) for fraction, words in rest.items()})
    return flat


def severity(text: str, intent: Intent, felt: float | None = None) -> float:
    """0..1, by the words and, where known, by what the head reads from the vector (`felt`, see `felt_severities`).

    The head weighs 0.7, the words 0.3; words of danger (fire, shock, injury) in a need count at least in full.
    """
    words, dangerous = _by_words(text, intent)
    if felt is None:
        return words
    both = _WORDS * words + (1 - _WORDS) * felt
    return round(min(max(both, words if dangerous else 0.0), 1.0), 4)


def felt_severities(vectors: npt.NDArray[np.float32], encoder: EncoderIdentity) -> list[float | None]:
    """What the head reads from each vector, 0..1; None where there is nothing to read or it knows another encoder."""
    found = felt_severity(vectors, encoder)
    if found is None:
        return [None] * len(vectors)
    return [None if value != value else value for value in found.tolist()]  # noqa: PLR0124 - NaN is not itself


def _by_words(text: str, intent: Intent) -> tuple[float, bool]:
    """The gravest complaint in the text, nudged by further ones and by how strongly it is put; is it danger?

    gravest * context + 0.12 for each further complaint as a share of what is left to 1, then a quarter of the
    rest for strong words, or times 0.7 for softening ones. Danger always counts in full.
    """
    lexicon = _lexicon()
    hits: list[float] = []
    covered: set[int] = set()
    for level, pattern in lexicon.levels.items():
        for match in pattern.finditer(text):
            span = set(range(*match.span()))
            if span & covered:
                continue
            covered |= span
            if not _negated(text, match.start()):
                hits.append(level)
    if not hits:
        return _FLOOR.get(intent, 0.0), False
    gravest = max(hits)
    dangerous = gravest >= _DANGER and intent not in {Intent.PRAISE, Intent.CHATTER}
    value = gravest if dangerous else gravest * _CONTEXT[intent]
    value += (1 - value) * _FURTHER * min(len(hits) - 1, 3) * _CONTEXT[intent]
    if lexicon.stronger.search(text):
        value += (1 - value) * _STRONGER * _CONTEXT[intent]
    if lexicon.weaker.search(text) and gravest < _DANGER:
        value *= _WEAKER
    return round(min(max(value, _FLOOR.get(intent, 0.0)), 1.0), 4), dangerous


def _negated(text: str, start: int) -> bool:
    if text[start] == "不" and 0 < start < len(text) - 1 and text[start - 1] == text[start + 1]:
        return True  # 能不能, 会不会: asked, not said
    before = text[max(0, start - 8) : start]
    found = _NEGATED.search(before)
    return found is not None and not _QUESTIONED.search(before[: found.start() + 1])
