"""Names of themes that no one phrase covers: what they are about, and what is said of it most."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from nlp.keyphrases import fillers
from nlp.phrases import Word, edges, width
from nlp.sayings import FEW, Sayings

PRAISE = "好评"  # what the name of a theme ends in that needs nothing
_HEADS = 4  # topics tried
_HEAD_SHARE = 0.2  # of people who must speak of a topic that alone heads a name
_SIDE_SHARE = 0.1  # of one that stands beside others
_DETAILS = 3  # things in brackets, or topics side by side
_DETAIL_WIDTH = 5.0  # of one
_DETAILS_WIDTH = 9.0  # of all
_DETAIL_SHARE = 0.06
_DENYING = "不没无"
_BARE_DENIAL = 2  # characters: "不开" tells too little
_TROUBLES = 4  # troubles of which two may name a theme
_TROUBLE_WIDTH = 6.0  # of a trouble with its thing
_ONE_DETAIL = 0.75  # worth of brackets that hold one thing
_KIND_WORTH = {"P": 3.0, "N": 1.0, "V": 0.5, "A": 0.4, "M": 0.4}
_GENERIC = ("手机", "系统", "软件", "应用", "车", "电脑", "服务", "产品", "设备")  # what a theme without a topic is of


@dataclass(frozen=True, slots=True)
class BroadName:
    """A topic with the troubles or wishes told of it, or a few topics side by side."""

    text: str
    cover: float  # 0..1, by the share of people who speak of the topic and of any of it
    plain: bool = False  # "玩游戏发热、掉帧": reads like a phrase
    tells: bool = False  # says what is wrong


def broad_names(said: Sayings, exclusive: Mapping[str, float], suffix: str) -> Iterator[BroadName]:
    """Broad names of a theme, about what most of its people, and few others, speak of.

    "充电问题（发烫、慢）" where a topic is shared; "小窗、通知栏、横屏建议" where only several together are.
    exclusive: share of a unit's speakers in all themes who are of this one. suffix: 问题, 建议, 咨询 or 好评.
    """
    for head in _heads(said, exclusive):
        details = _greedy(said, exclusive, _fit(_detail_pool(said, head), suffix), _DETAILS)
        if details:
            tells = suffix != PRAISE and any(word.family for word in details)
            end = "问题" if tells else suffix
            listed = "、".join(word.text for word in details)
            fullness = 1.0 if len(details) > 1 else _ONE_DETAIL
            yield BroadName(f"{head.text}{end}（{listed}）", _cover(said, head, details) * fullness, tells=tells)
            if suffix != PRAISE:
                yield from _joined(said, head, details)
    if suffix != PRAISE:
        yield from _two_troubles(said, exclusive)
    beside = _greedy(said, exclusive, _side_pool(said), _DETAILS)
    if len(beside) > 1:
        units = [word.unit for word in beside]
        share = sum(said.share(unit) for unit in units) / len(units)
        yield BroadName("、".join(word.text for word in beside) + suffix, (share + said.share(*units)) / 2)


def generic_name(said: Sayings, suffix: str, texts: Sequence[str]) -> str:
    """The name of a theme that has no topic of its own: what all of it is of, and what is spoken of most; else ""."""
    counts = {word: sum(word in text for text in texts) for word in _GENERIC}
    thing = max(_GENERIC, key=lambda word: counts[word])
    if suffix == PRAISE:
        thing, whole = "", "整体"
    elif counts[thing] * 5 < len(texts):
        return ""
    else:
        whole = f"{thing}综合"
    least = 2 if said.people >= FEW else 1
    pool = {
        unit: said.words[unit]
        for unit, who in said.speakers.items()
        if len(who) >= least and _telling(said.words[unit]) and not (thing and thing in unit)
    }
    details = _greedy(said, dict.fromkeys(pool, 1.0), _fit(pool, suffix), _DETAILS)
    listed = "、".join(word.text for word in details)
    return f"{whole}{suffix}" + (f"（{listed}）" if listed else "")


def _two_troubles(said: Sayings, exclusive: Mapping[str, float]) -> Iterator[BroadName]:
    """Two troubles of different things, each told by several: 声音小、音质差."""
    units: dict[str, tuple[str, ...]] = {}
    for text, who in said.users.items():
        phrase = said.phrases[text]
        if len(who) >= _least(said) and phrase.kinds in {"NP", "VP"} and width(text) <= _TROUBLE_WIDTH:
            units[text] = phrase.units
    for unit, who in said.speakers.items():
        word = said.words[unit]
        if len(who) >= _least(said) and word.family == word.text and word.text[-1:] in edges()["flaw"]:
            units[word.text] = (unit,)
    speakers = {
        text: said.users.get(text, frozenset()) | (said.speakers[told[0]] if len(told) == 1 else frozenset())
        for text, told in units.items()
    }
    gain = {
        text: len(speakers[text]) * sum(exclusive.get(unit, 0.0) for unit in told) / len(told)
        for text, told in units.items()
    }
    ranked = sorted(units, key=lambda text: (-gain[text], text))[:_TROUBLES]
    for first, second in combinations(ranked, 2):
        if set(units[first]) & set(units[second]) or first in second or second in first:
            continue
        whole = len(speakers[first] | speakers[second]) / said.people
        yield BroadName(f"{first}、{second}", (whole + said.share(*units[first], *units[second])) / 2, plain=True)


def _cover(said: Sayings, head: Word, details: Sequence[Word]) -> float:
    """Half the share of people who speak of the topic, half of those who speak of anything in the name."""
    return (said.share(head.unit) + said.share(head.unit, *(word.unit for word in details))) / 2


def _heads(said: Sayings, exclusive: Mapping[str, float]) -> list[Word]:
    found = []
    for unit, who in said.speakers.items():
        word = said.words[unit]
        share, own = len(who) / said.people, exclusive.get(unit, 0.0)
        if share >= _HEAD_SHARE and len(who) >= _least(said) and _topic(word):
            found.append((-share * own**0.5, unit))
    return [said.words[unit] for _, unit in sorted(found)[:_HEADS]]


def _least(said: Sayings) -> int:
    return 2 if said.people >= FEW else 1


def _topic(word: Word) -> bool:
    if word.family or len(word.text) < 2 or width(word.text) > _DETAIL_WIDTH or _empty(word):
        return False
    return word.kind == "N" or word.text.lower() in edges()["doing"]


def _empty(word: Word) -> bool:
    text = word.text.lower()
    return text in fillers() or any(text in edges()[part] for part in ("opener", "closer", "never", "vague"))


def _detail_pool(said: Sayings, head: Word) -> dict[str, Word]:
    least = max(_least(said), _DETAIL_SHARE * said.people)
    return {
        unit: said.words[unit]
        for unit, who in said.speakers.items()
        if len(who) >= least and _telling(said.words[unit]) and not _repeats(said.words[unit], head)
    }


def _fit(pool: Mapping[str, Word], suffix: str) -> Mapping[str, Word]:
    """Of praise no troubles are told."""
    return {unit: word for unit, word in pool.items() if suffix != PRAISE or not word.family}


def _side_pool(said: Sayings) -> dict[str, Word]:
    least = max(_least(said), _SIDE_SHARE * said.people)
    return {
        unit: said.words[unit] for unit, who in said.speakers.items() if len(who) >= least and _topic(said.words[unit])
    }


def _telling(word: Word) -> bool:
    if word.family:
        return width(word.text) <= _DETAIL_WIDTH and (word.text[0] not in _DENYING or len(word.text) > _BARE_DENIAL)
    return len(word.text) > 1 and width(word.text) <= _DETAIL_WIDTH and word.kind in "NVAM" and not _empty(word)


def _repeats(word: Word, head: Word) -> bool:
    """Whether a detail says no more than its topic: the topic again, but not "声音小" under 声音."""
    return _overlap(word, head) and not (word.family and len(word.text) > len(head.text))


def _overlap(left: Word, right: Word) -> bool:
    a, b = left.text.lower(), right.text.lower()
    return left.unit == right.unit or a in b or b in a


def _greedy(said: Sayings, exclusive: Mapping[str, float], pool: Mapping[str, Word], most: int) -> list[Word]:
    """One after the other, the word that most people say who have said none of those before; troubles first."""
    heard: set[int] = set()
    chosen: list[Word] = []
    while len(chosen) < most:
        room = _DETAILS_WIDTH - sum(width(word.text) for word in chosen)
        gains = [
            (len(said.speakers[unit] - heard) * _gain(word, exclusive.get(unit, 0.0)), unit)
            for unit, word in pool.items()
            if len(said.speakers[unit] - heard) >= _least(said)
            and width(word.text) <= room
            and not any(_overlap(word, other) for other in chosen)
        ]
        gain, best = max(gains, default=(0.0, ""))
        if gain <= 0:
            break
        chosen.append(pool[best])
        heard |= said.speakers[best]
    return sorted(chosen, key=lambda word: (not word.family, -len(said.speakers[word.unit]), word.text))


def _gain(word: Word, own: float) -> float:
    """What one more person who says a word is worth; troubles are told in many themes and count all the same."""
    return _KIND_WORTH.get(word.kind, 0.0) * math.pow(own, 0.25 if word.family else 0.5)


def _joined(said: Sayings, head: Word, details: Sequence[Word]) -> Iterator[BroadName]:
    """Topic and two troubles as one phrase, where people tell both of that topic."""
    told = [word for word in details if word.family and len(said.users.get(head.text + word.text, ())) >= _least(said)]
    if len(told) > 1:
        yield BroadName(head.text + "、".join(word.text for word in told[:2]), _cover(said, head, told[:2]), plain=True)
