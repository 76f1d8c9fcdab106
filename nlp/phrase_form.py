"""The form of a phrase: how much its word classes, its place in the clause and its length look like a name."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from nlp.keyphrases import fillers
from nlp.phrases import SHORTEST, Phrase, Word, edges, width
from nlp.severity import severity
from nlp.types import Intent

WISH = re.compile(
    r"^(?:希望|增加|新增|添加|加入|加个|支持|优化|恢复|取消|关闭|关掉|去掉|修复|适配|开放|自定义|导出|提高|降低|改进|改善|统一|定时|找回|加快|加强|解决|允许)"
)
# Classes of a phrase's words (nlp.phrases.Word.kind), filler left out, and how well that reads as a name.
_FORMS = tuple(
    (re.compile(pattern), worth)
    for pattern, worth in (
        (r"[MNV]?N{1,2}P", 1.0),  # 扫地机地图丢失
        (r"[NV]V?P{1,2}", 1.0),  # 充电发烫, 打游戏发热掉帧
        (r"N?P[MNV]?N{1,2}", 0.95),  # 微信收不到消息
        (r"[MNV]{1,3}P{1,2}", 0.9),
        (r"N{1,3}A", 0.85),
        (r"V[MVN]?N{1,2}", 0.75),  # 优化拍照算法
        (r"N{1,2}V", 0.75),
        (r"N{1,2}VN", 0.75),
        (r"N{2,3}", 0.6),
        (r"[NVMAP]{2,3}", 0.55),
        (r"N", 0.5),
    )
)
_BEST = (6.0, 9.0)  # width that reads at a glance
_SEVERE = 0.3  # from which plain words tell of something wrong
_DENYING = ("不", "没", "无")


def tells_trouble(phrase: Phrase) -> bool:
    """Whether a phrase says what is wrong."""
    return any(word.family for word in phrase.words) or _severe(phrase.text)


@lru_cache(maxsize=1 << 16)
def _severe(text: str) -> bool:
    return severity(text, Intent.PAIN_POINT) > _SEVERE


def _takes_object(trouble: Word) -> bool:
    return trouble.text.startswith(_DENYING) or trouble.family in edges()["takes_object"]


def form(phrase: Phrase) -> float:
    """0..1: how much a phrase looks like a name."""
    told = phrase.kinds.replace("F", "")
    value = next((worth for pattern, worth in _FORMS if pattern.fullmatch(told)), 0.35)
    value *= 0.55 + 0.2 * phrase.opens + 0.25 * phrase.closes
    if not phrase.whole:
        value *= 0.9
    for word, after in pairwise(phrase.words):
        if word.family and not after.family and not _takes_object(word):
            value *= 0.05
    if len(phrase.words[0].text) == 1 and not phrase.words[0].text.isascii() and phrase.words[0].kind != "V":
        value *= 0.6
    if phrase.words[0].text.lower() in fillers():
        value *= 0.5  # "稳定版发热": where it was seen, not what it is
    for word in phrase.words:
        if word.kind == "F":
            value *= 0.9 if word.text == "的" else 0.35 if word.text == "与" else 0.5
        elif word.text in edges()["opener"]:
            value *= 0.7
    if not any(
        word.kind == "N" or word.text in edges()["doing"] or len(word.text) >= SHORTEST for word in phrase.words
    ):
        value *= 0.5  # says what is wrong, not with what
    wide = width(phrase.text)
    if wide < _BEST[0]:
        return value * (0.9 if wide >= 5 else 0.72)
    return value * (1.0 if wide <= _BEST[1] else float(0.92 ** (wide - _BEST[1])))
