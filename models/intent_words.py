"""What the words of a text say about what it does: cues of a lexicon, weighed, and measures of where they stand."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

CLASSES = ("pain_point", "request", "question", "praise", "chatter")

_WEIGHTS = {  # log-odds a match adds; a second different match adds half, and so on
    ("request", "strong"): 3.0,
    ("request", "plain"): 1.3,
    ("question", "strong"): 3.0,
    ("question", "plain"): 1.5,
    ("question", "weak"): 0.7,
    ("pain", "rhetorical"): 2.6,
    ("pain", "strong"): 2.6,
    ("pain", "plain"): 1.2,
    ("praise", "resolved"): 2.6,
    ("praise", "strong"): 2.4,
    ("praise", "plain"): 1.0,
    ("chatter", "plain"): 1.1,
}
_SURE_CHATTER = 5.0
_ADVERT = 4.0
_NEGATION_REACH = 8  # characters looked at before a word


_NO_WORDS = 0.02  # share added to each class before a logarithm: no word is a proof
_LAST_CLAUSE = re.compile(r"[。！？!?；;\n，,]|\s(?=\S{4,})")
MEASURES = 2 * len(CLASSES) + len(_WEIGHTS) + 4 + 3 + 17  # numbers a text is measured by
_TRAILING = " 。！？!?；;\n~～…，,"
_SHORT, _LONG = (4, 8, 14), (40, 90)  # characters


@dataclass(frozen=True, slots=True)
class WordEvidence:
    """What the words of one text say."""

    scores: tuple[float, ...]  # log-odds of each of `CLASSES`
    cues: tuple[str, ...]  # what they came from
    bare: str  # letters, digits and "+" of the text, lower-case
    measures: tuple[float, ...]  # `MEASURES` numbers, mostly 0..1, for a head that weighs words and vector together


@dataclass(frozen=True, slots=True)
class _Lexicon:
    patterns: Mapping[tuple[str, str], tuple[re.Pattern[str], ...]]
    directed: re.Pattern[str]
    sure_chatter: re.Pattern[str]
    advert: re.Pattern[str]
    steering: re.Pattern[str]
    contrast: re.Pattern[str]
    negation: re.Pattern[str]
    not_negation: re.Pattern[str]


@cache
def _lexicon() -> _Lexicon:
    text = resources.files("models").joinpath("lexicons").joinpath("intent.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return _Lexicon(
        patterns={key: tuple(re.compile(p) for p in tables[key[0]][key[1]]) for key in _WEIGHTS},
        directed=re.compile("|".join(f"(?:{p})" for p in tables["request"]["directed"])),
        sure_chatter=re.compile("|".join(f"(?:{p})" for p in tables["chatter"]["sure"]), re.IGNORECASE),
        advert=re.compile("|".join(tables["chatter"]["advert"])),
        steering=re.compile("|".join(tables["chatter"]["steering"]), re.IGNORECASE),
        contrast=re.compile(tables["praise"]["contrast"]),
        negation=re.compile(tables["negation"]["before"]),
        not_negation=re.compile(tables["negation"]["not_before"]),
    )


def read_words(text: str) -> WordEvidence:
    """The evidence of a text in simplified characters."""
    bare, lexicon = bare_text(text), _lexicon()
    hits = list(_hits(text, lexicon))
    scores, cues = _weighed(hits)
    if lexicon.sure_chatter.fullmatch(bare):
        scores["chatter"] += _SURE_CHATTER
        cues.append("chatter:whole")
    if lexicon.steering.search(text):
        scores["chatter"] += _SURE_CHATTER
        cues.append("chatter:steering")
    adverts = {match.group() for match in lexicon.advert.finditer(text)}
    if adverts:
        scores["chatter"] += _ADVERT + 1.5 * (len(adverts) - 1)
        cues.extend(f"advert:{match}" for match in sorted(adverts))
    _settle(scores, hits, text, lexicon)
    ordered = tuple(scores[name] for name in CLASSES)
    return WordEvidence(ordered, tuple(cues), bare, _measures(text, bare, ordered, hits, lexicon))


@dataclass(frozen=True, slots=True)
class _Hit:
    """A cue found in a text."""

    kind: str
    degree: str
    cue: str
    end: int
    turned: bool  # a negation stands before it


def _hits(text: str, lexicon: _Lexicon) -> Iterator[_Hit]:
    """Each different cue once a pattern, the last of equal ones, negations noted."""
    for (kind, degree), patterns in lexicon.patterns.items():
        for pattern in patterns:
            for match in {m.group(): m for m in pattern.finditer(text)}.values():
                if kind == "pain" and _a_not_a(text, match.start()):
                    continue
                turned = kind in {"pain", "praise"} and _negated(text, match.start(), lexicon)
                yield _Hit(kind, degree, match.group(), match.end(), turned)


def _weighed(hits: Sequence[_Hit]) -> tuple[dict[str, float], list[str]]:
    """Evidence for each class: negations turned, each further cue of a kind counting half."""
    found: dict[str, list[tuple[float, str]]] = {name: [] for name in CLASSES}
    for hit in hits:
        weight = _WEIGHTS[hit.kind, hit.degree]
        if not hit.turned:
            found["pain_point" if hit.kind == "pain" else hit.kind].append((weight, hit.cue))
        elif hit.kind == "praise":
            found["pain_point"].append((weight, f"not {hit.cue}"))
        else:  # "doesn't stutter" is milder than praise, and often only a contrast
            found["praise"].append((weight / 2, f"not {hit.cue}"))
    scores: dict[str, float] = {}
    cues: list[str] = []
    for name, weighed in found.items():
        ranked = sorted(weighed, key=lambda hit: (-hit[0], hit[1]))
        scores[name] = sum(weight * 0.5**rank for rank, (weight, _) in enumerate(ranked))
        cues.extend(f"{name}:{cue}" for _, cue in ranked)
    return scores, cues


def _negated(text: str, start: int, lexicon: _Lexicon) -> bool:
    before = text[max(0, start - _NEGATION_REACH) : start]
    found = lexicon.negation.search(before)
    return found is not None and not lexicon.not_negation.search(before[: found.start() + 1])


def _a_not_a(text: str, start: int) -> bool:
    """Whether the match is the second half of 能不能, 会不会, 好不好: a question, not a negation."""
    return text[start] == "不" and 0 < start < len(text) - 1 and text[start - 1] == text[start + 1]


def _settle(scores: dict[str, float], hits: Sequence[_Hit], text: str, lexicon: _Lexicon) -> None:
    """A wish or question about trouble is still a wish or question; trouble that is over is praise."""
    kinds = {(hit.kind, hit.degree) for hit in hits}
    if ("pain", "rhetorical") in kinds:
        scores["question"] *= 0.4
    if ("praise", "resolved") in kinds and not lexicon.contrast.search(text):
        scores["pain_point"] *= 0.35
    if scores["request"] >= 2.5:
        scores["request"] += 0.5 * min(scores["pain_point"], 3.0)
        scores["question"] *= 0.5
        scores["praise"] *= 0.5
    elif scores["question"] >= 2.5:
        scores["question"] += 0.3 * min(scores["pain_point"], 3.0)
    if scores["pain_point"] > 0 and scores["praise"] > 0 and scores["pain_point"] >= scores["praise"] - 0.5:
        scores["praise"] *= 0.6  # praise beside a complaint softens it


def log_shares(scores: Sequence[float]) -> list[float]:
    """Logarithms of the softmax of scores, none of them far below zero: words alone prove nothing."""
    top = max(scores)
    odds = [math.exp(score - top) for score in scores]
    return [math.log(value / sum(odds) + _NO_WORDS) for value in odds]


def _measures(
    text: str, bare: str, scores: Sequence[float], hits: Sequence[_Hit], lexicon: _Lexicon
) -> tuple[float, ...]:
    """The scores again, how often cues of each degree occur, which stand in the last clause, and the form of the text.

    What closes a mention says what it is for: many tell their trouble first and ask at the end.
    """
    last = _last_clause(text)
    counts = dict.fromkeys(_WEIGHTS, 0)
    closing = dict.fromkeys(("request", "question", "pain", "praise"), 0.0)
    for hit in hits:
        counts[hit.kind, hit.degree] += 1
        if hit.end > last and not hit.turned and hit.kind in closing:
            closing[hit.kind] = max(closing[hit.kind], _WEIGHTS[hit.kind, hit.degree])
    directed = list(lexicon.directed.finditer(text))
    return (
        *(value / 2 for value in log_shares(scores)),
        *(min(score, 6.0) / 3 for score in scores),
        *(min(count, 3) / 3 for count in counts.values()),
        *(value / 3 for value in closing.values()),
        min(len(directed), 2) / 2,
        float(any(match.end() > last for match in directed)),
        float(any(match.start() < 4 for match in directed)),
        *_form(text, bare),
        float(last > 0),
    )


def _form(text: str, bare: str) -> tuple[float, ...]:
    """Length, marks and particles."""
    shown = text.rstrip()
    return (
        math.log1p(len(bare)) - 2.5,
        *(float(len(bare) <= most) for most in _SHORT),
        *(float(len(bare) > least) for least in _LONG),
        float(shown.endswith(("?", "？"))),
        float("?" in text or "？" in text),
        float(shown.endswith(("!", "！"))),
        float(shown.endswith((",", "，"))),
        float(shown.endswith(("。", "."))),
        float("\n" in shown),
        float(bare.endswith(("吗", "么", "嘛"))),
        float(bare.endswith(("吧", "呗"))),
        float(bare.endswith("了")),
        float("[" in text),
    )


def _last_clause(text: str) -> int:
    """Where the last clause begins."""
    begins = 0
    for match in _LAST_CLAUSE.finditer(text.rstrip(_TRAILING)):
        begins = match.end()
    return begins


def bare_text(text: str) -> str:
    """Letters, digits and "+" of a text, lower-case: what is left of it without marks and emoji."""
    folded = unicodedata.normalize("NFKC", text).lower()
    folded = re.sub(r"\[[\u4e00-\u9fffa-z_]{1,8}\]", "", folded)
    return "".join(c for c in folded if c == "+" or unicodedata.category(c)[0] in "LN")
