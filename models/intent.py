"""What a mention does: complains, asks for, asks, praises or chats. By its words, and by its vector where known."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import EncoderIdentity
from models.intent_head import IntentHead, shipped_head

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
_SAYS_LITTLE = 8  # characters: shorter than this without any cue is chatter, longer is a story of trouble, barely
_NO_WORDS = 0.02  # share added to each class before the words' shares join the head's log-odds: no word is a proof
_NEGATION_REACH = 8  # characters looked at before a word


@dataclass(frozen=True, slots=True)
class IntentGuess:
    """One of `CLASSES`, how sure (0..1), the share of each class (a softmax), and the cues behind it."""

    intent: str
    confidence: float
    shares: tuple[float, ...]  # by `CLASSES`, sum 1
    cues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Lexicon:
    patterns: Mapping[tuple[str, str], tuple[re.Pattern[str], ...]]
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
        sure_chatter=re.compile("|".join(f"(?:{p})" for p in tables["chatter"]["sure"]), re.IGNORECASE),
        advert=re.compile("|".join(tables["chatter"]["advert"])),
        steering=re.compile("|".join(tables["chatter"]["steering"]), re.IGNORECASE),
        contrast=re.compile(tables["praise"]["contrast"]),
        negation=re.compile(tables["negation"]["before"]),
        not_negation=re.compile(tables["negation"]["not_before"]),
    )


def classify(
    texts: Sequence[str],
    vectors: npt.NDArray[np.float32] | None = None,
    encoder: EncoderIdentity | None = None,
    *,
    head: IntentHead | None = None,
) -> list[IntentGuess]:
    """The intent of each text, independent of the others. An empty text is certain chatter.

    vectors: float32[n, d] of the texts, made by `encoder`. Where a head (the shipped one by default) was trained for
    that encoder, its log-odds and those of the words are added; with any other encoder, or none, words alone decide.
    """
    if vectors is None or encoder is None:
        return [_by_words(text) for text in texts]
    head = head or shipped_head()
    if not head.fits(encoder):
        return [_by_words(text) for text in texts]
    return [
        _by_both(text, logits, bool(said))
        for text, logits, said in zip(texts, head.logits(vectors), np.any(vectors != 0, axis=1), strict=True)
    ]


def _by_words(text: str) -> IntentGuess:
    bare = _bare(text)
    if not bare:
        return IntentGuess("chatter", 1.0, (0.0, 0.0, 0.0, 0.0, 1.0), ("empty",))
    scores, cues = _judged(text, bare)
    if max(scores.values()) < 0.5:
        _break_silence(scores, bare)
    return _guess([scores[name] for name in CLASSES], cues)


def _by_both(text: str, logits: npt.NDArray[np.float64], said: bool) -> IntentGuess:
    """Head and words as two witnesses: their log-odds are added."""
    bare = _bare(text)
    if not bare or not said:
        return _by_words(text)
    scores, cues = _judged(text, bare)
    words = _softmax([scores[name] for name in CLASSES])
    return _guess([float(x) + math.log(w + _NO_WORDS) for x, w in zip(logits, words, strict=True)], cues)


def _judged(text: str, bare: str) -> tuple[dict[str, float], tuple[str, ...]]:
    """The words' evidence for each class, and the cues it came from."""
    lexicon = _lexicon()
    scores, cues = _cues(text, lexicon)
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
    _settle(scores, text, lexicon)
    return scores, tuple(cues)


def _guess(scores: Sequence[float], cues: tuple[str, ...]) -> IntentGuess:
    shares = _softmax(scores)
    best = max(range(len(CLASSES)), key=lambda i: (shares[i], -i))
    return IntentGuess(CLASSES[best], shares[best], shares, cues)


def _softmax(scores: Sequence[float]) -> tuple[float, ...]:
    top = max(scores)
    odds = [math.exp(score - top) for score in scores]
    return tuple(value / sum(odds) for value in odds)


def _cues(text: str, lexicon: _Lexicon) -> tuple[dict[str, float], list[str]]:
    """Evidence for each class from the lexicon, negations turned, each further cue of a kind counting half."""
    found: dict[str, list[tuple[float, str]]] = {name: [] for name in CLASSES}
    for (kind, degree), patterns in lexicon.patterns.items():
        weight = _WEIGHTS[kind, degree]
        own = "pain_point" if kind == "pain" else kind
        for pattern in patterns:
            for match in {m.group(): m for m in pattern.finditer(text)}.values():
                if kind == "pain" and _a_not_a(text, match.start()):
                    continue
                turned = kind in {"pain", "praise"} and _negated(text, match.start(), lexicon)
                if not turned:
                    found[own].append((weight, match.group()))
                elif kind == "praise":
                    found["pain_point"].append((weight, f"not {match.group()}"))
                else:  # "doesn't stutter" is milder than praise, and often only a contrast
                    found["praise"].append((weight / 2, f"not {match.group()}"))
    scores: dict[str, float] = {}
    cues: list[str] = []
    for name, hits in found.items():
        ranked = sorted(hits, key=lambda hit: (-hit[0], hit[1]))
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


def _settle(scores: dict[str, float], text: str, lexicon: _Lexicon) -> None:
    """A wish or question about trouble is still a wish or question; trouble that is over is praise."""
    if _any(lexicon.patterns["pain", "rhetorical"], text):
        scores["question"] *= 0.4
    if _any(lexicon.patterns["praise", "resolved"], text) and not lexicon.contrast.search(text):
        scores["pain_point"] *= 0.35
    if scores["request"] >= 2.5:
        scores["request"] += 0.5 * min(scores["pain_point"], 3.0)
        scores["question"] *= 0.5
        scores["praise"] *= 0.5
    elif scores["question"] >= 2.5:
        scores["question"] += 0.3 * min(scores["pain_point"], 3.0)
    if scores["pain_point"] > 0 and scores["praise"] > 0 and scores["pain_point"] >= scores["praise"] - 0.5:
        scores["praise"] *= 0.6  # praise beside a complaint softens it


def _any(patterns: Sequence[re.Pattern[str]], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)


def _break_silence(scores: dict[str, float], bare: str) -> None:
    """Without any cue: a few characters are chatter, a longer story mostly tells what went wrong; neither is sure."""
    if len(bare) < _SAYS_LITTLE:
        scores["chatter"] += 1.0
    else:
        scores["pain_point"] += 0.7
        scores["chatter"] += 0.6


def _bare(text: str) -> str:
    """Letters, digits and "+" of a text, lower-case: what is left of it without marks and emoji."""
    folded = unicodedata.normalize("NFKC", text).lower()
    folded = re.sub(r"\[[\u4e00-\u9fffa-z_]{1,8}\]", "", folded)
    return "".join(c for c in folded if c == "+" or unicodedata.category(c)[0] in "LN")
