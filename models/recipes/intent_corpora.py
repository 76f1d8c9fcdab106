"""Weakly labelled sentences for the intent head, from corpora in which where a text stands says what it does."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.intent import CLASSES
from models.recipes.intent_withheld import Withheld

LONGEST = 90  # characters of a piece
SHORTEST = 4
_NEITHER = (0.42, 0.05, 0.05, 0.42, 0.06)  # a bare part of a product: of some complaint or praise, surely no chat

_SENTENCE = re.compile(r"(?<=[。！？!?；;\n])")
_CLAUSE = re.compile(r"[，,。！!；;\n]+")
_TAG = re.compile(r"<[^>]*>|@[^\s@，。]{1,20}|https?://\S+|\[[\u4e00-\u9fff]{1,4}x?\]|<[A-Z]+>")
_TEMPLATE = re.compile(r"^\s*(?:操作步骤|操作路径|预期结果|实际结果|补充说明|问题描述)\s*[:：]?\s*$", re.MULTILINE)
_VERSION = re.compile(r"MIUI\s?\d*[-\s]?|小米\s?11\s?|V?\d+(?:\.\d+){2,}\S*|(?:稳定|开发|内测|公测)版?[-\s]?")
_CAR = re.compile(
    r"^(?:一汽|上汽|东风|广汽|长安|北京|华晨|神龙)?[-\s]?\S{2,6}?(?=[\u4e00-\u9fff]{2,}异响|变速|发动机|车|漏|刹|轮|气)"
)
_WISH = re.compile(
    r"希望|建议|建意|能不能|能否|可不可以|可否|求(?!助|教|解|问)|盼|期待|恳请|请(?!问|教)|麻烦|最好|要是|加个|增加|应该"
)
_WISH_MARK = re.compile(
    r"(?:强烈|真心|真的|也|还是|只|个人|非常|再次|就|我们?|大家)*"
    r"(?:希望(?:能够?|可以|官方|小米|贵司|后续|以后|下次)*|建议(?:官方|小米|商家|可以|能|增加一下)?|能不能|能否|可不可以|可否|恳请|请求|跪求|求求?|"
    r"请(?!问|教)|麻烦(?:官方|尽快|帮|快)|期待|最好(?:能|是)?)"
)
_HOPES = re.compile(r"希望|建议(?!别|不要|大家|不|慎|购买)")
_ASKS = re.compile(r"[?？]|吗|怎么(?!这么|还|又|老)|如何|为什么|请问|咋|哪|多少|什么时候|有没有|是不是|会不会|啥")
_ASKS_SURELY = re.compile(
    r"吗[?？。\s]*$|怎么(?:办|弄|设|关|开|用|解|回事|样|才)|如何|请问|请教|在哪|哪里|多少|是什么|有没有.*[?？]|是不是.*[?？]"
)
_COMPLAINS = re.compile(r"不能|无法|没有|卡|慢|差|失败|问题|坏|异常|bug|BUG|掉|闪|烫|热|太|不了|不到|垃圾|失望")
_PLEASED = re.compile(r"好|棒|赞|喜欢|满意|流畅|快|爽|谢|支持|完美|优秀|强|舒服|漂亮|给力")
_COURTESY = re.compile(
    r"^(?:好的?|谢|嗯|哦|知道|行|没事|不客气|你好|您好|在吗|ok|可以|收到|明白|再见|麻烦|辛苦|恩|哈|是的|对|没了|不用|等)"
)


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence and how likely each class of `models.intent.CLASSES` is thought to be."""

    text: str
    target: tuple[float, ...]
    source: str


def examples(folder: Path, seed: int = 7) -> list[Example]:
    """Weakly labelled sentences of the corpora in `folder`, the same for the same files; texts distinct.

    What stands in a withheld row is left out after the draw, so that the rest of the draw stays as it is.
    """
    withheld = Withheld.read(folder)
    return [example for example in _drawn(folder, seed) if example.text not in withheld]


def _drawn(folder: Path, seed: int) -> list[Example]:
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    found: list[Example] = []
    seen: set[str] = set()
    for name, most, target, gather in _SOURCES:
        texts = sorted({piece for raw in gather(folder) if SHORTEST <= len(piece := _clean(raw)) <= LONGEST} - seen)
        if name.startswith(("short", "noun")):
            texts = sorted({piece for raw in gather(folder) if 1 < len(piece := _clean(raw)) <= LONGEST} - seen)
        chance.shuffle(texts)
        seen.update(texts[:most])
        found.extend(Example(_worn(text, target, chance), target, name) for text in texts[:most])
    return found


def one(intent: str) -> tuple[float, ...]:
    """All weight on one class."""
    return tuple(float(name == intent) for name in CLASSES)


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", _TAG.sub(" ", text)).strip(" ，,、:：~-—\"'“”")


def _worn(text: str, target: tuple[float, ...], chance: random.Random) -> str:
    """Questions often come without their mark, and everything without its full stop: teach both."""
    if target == one("question") and chance.random() < 0.35:
        return text.rstrip("?？ ") or text
    return text.rstrip("。.") if chance.random() < 0.7 else text


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


def _sentences(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for sentence in _SENTENCE.split(_TAG.sub(" ", text)):
            if len(sentence) <= LONGEST:
                yield sentence
            else:
                yield from _CLAUSE.split(sentence)


def _clauses(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _CLAUSE.split(_TAG.sub(" ", text))


def _column(file: str, column: str, **equal: str) -> Callable[[Path], Iterator[str]]:
    def read(folder: Path) -> Iterator[str]:
        for row in _rows(folder / file):
            if all(row[key] == value for key, value in equal.items()):
                yield row[column] or ""

    return read


def _reviews(file: str, column: str, key: str, values: Sequence[str], label: str) -> Callable[[Path], Iterator[str]]:
    def read(folder: Path) -> Iterator[str]:
        for row in _rows(folder / file):
            if row[key] in values and row["label"] == label:
                yield row[column]

    return read


def _proposals(folder: Path) -> Iterator[str]:
    for row in _rows(folder / "mi_proposals.csv"):
        yield from _sentences([_VERSION.sub("", _TEMPLATE.sub("", row["内容"]))])


def _suggestions(folder: Path) -> Iterator[str]:
    for row in _rows(folder / "mi_suggestions.csv"):
        yield from _sentences([row["内容"]])


def _complaining(gather: Callable[[Path], Iterator[str]]) -> Callable[[Path], Iterator[str]]:
    return lambda folder: (
        t for t in gather(folder) if _COMPLAINS.search(t) and not _WISH.search(t) and not _ASKS.search(t)
    )


def _plain(gather: Callable[[Path], Iterator[str]]) -> Callable[[Path], Iterator[str]]:
    """Without wishes and questions."""
    return lambda folder: (t for t in gather(folder) if not _WISH.search(t) and not _ASKS.search(t))


def _wishing(gather: Callable[[Path], Iterator[str]]) -> Callable[[Path], Iterator[str]]:
    return lambda folder: (t for t in gather(folder) if _WISH_MARK.search(t) and not _ASKS_SURELY.search(t))


def _wished(gather: Callable[[Path], Iterator[str]]) -> Callable[[Path], Iterator[str]]:
    """What is wished for, without the word that says so: the head learns the matter, not the marker."""
    return lambda folder: (
        clause[match.end() :]
        for text in gather(folder)
        for clause in _CLAUSE.split(text)
        if (match := _WISH_MARK.search(clause)) and match.start() < 8 and not _ASKS_SURELY.search(clause)
    )


def _asking(
    gather: Callable[[Path], Iterator[str]], pattern: re.Pattern[str] = _ASKS_SURELY
) -> Callable[[Path], Iterator[str]]:
    return lambda folder: (t for t in gather(folder) if pattern.search(t))


def _opening(gather: Callable[[Path], Iterator[str]], sentences: int = 2) -> Callable[[Path], Iterator[str]]:
    """The first sentences of each text."""
    return lambda folder: (
        s for text in gather(folder) for s in [p for p in _SENTENCE.split(text) if p.strip()][:sentences]
    )


def _pleased(gather: Callable[[Path], Iterator[str]]) -> Callable[[Path], Iterator[str]]:
    return lambda folder: (
        t for t in gather(folder) if _PLEASED.search(t) and not _WISH.search(t) and not _ASKS.search(t)
    )


def _laptop(kind: str) -> Callable[[Path], Iterator[str]]:
    return lambda folder: (
        row["评论内容"] for row in _rows(folder / "laptop_reviews.csv") if row["file"].endswith(kind)
    )


def _civic(pattern: str) -> Callable[[Path], Iterator[str]]:
    sought = re.compile(pattern)
    return lambda folder: (
        row["留言主题"] for row in _rows(folder / "civic_messages.csv") if sought.search(row["留言主题"])
    )


def _cars(folder: Path) -> Iterator[str]:
    for row in _rows(folder / "car_complaints.csv"):
        text = row["desc"].strip()
        yield re.sub(rf"^.*?{re.escape(row['car_model'].strip())}", "", text) or text


def _courteous(folder: Path) -> Iterator[str]:
    for row in _rows(folder / "service_chat.csv"):
        text = row["text"].strip()
        if row["from_agent"] == "0" and len(text) <= 14 and _COURTESY.search(text.lower()) and not _ASKS.search(text):
            yield text


def _advice(folder: Path) -> Iterator[str]:
    """What people answer to others: it voices no need of their own."""
    for row in _rows(folder / "forum_qa.csv"):
        if len(row["answer"]) <= 60 and not _ASKS.search(row["answer"]):
            yield row["answer"]


_GADGETS = ("手机", "平板", "计算机", "热水器")
_GOODS = ("衣服", "洗发水", "水果", "酒店", "蒙牛", "书籍")
_service = _column("service_chat.csv", "text", from_agent="0")
_gadget_bad = _reviews("shopping_reviews.csv", "review", "cat", _GADGETS, "0")
_gadget_good = _reviews("shopping_reviews.csv", "review", "cat", _GADGETS, "1")
_goods_bad = _reviews("shopping_reviews.csv", "review", "cat", _GOODS, "0")
_goods_good = _reviews("shopping_reviews.csv", "review", "cat", _GOODS, "1")
_all_reviews = _reviews("shopping_reviews.csv", "review", "cat", (*_GADGETS, *_GOODS), "0")
_meals_bad = _column("takeaway_reviews.csv", "review", label="0")
_meals_good = _column("takeaway_reviews.csv", "review", label="1")
_group = _column("group_chat.csv", "text", label="off_topic")
_group_work = _column("group_chat.csv", "text", label="on_topic")


def _sentences_of(gather: Callable[[Path], Iterator[str]]) -> Callable[[Path], Iterator[str]]:
    return lambda folder: _sentences(gather(folder))


def _clauses_of(gather: Callable[[Path], Iterator[str]]) -> Callable[[Path], Iterator[str]]:
    return lambda folder: _clauses(gather(folder))


# source, most texts, target, reader; an earlier source keeps a text that two of them hold
_SOURCES: tuple[tuple[str, int, tuple[float, ...], Callable[[Path], Iterator[str]]], ...] = (
    ("suggestions: wishes", 900, one("request"), _wishing(_suggestions)),
    ("suggestions: wished", 900, one("request"), _wished(_suggestions)),
    ("proposals: wishes", 200, one("request"), _wishing(_proposals)),
    ("civic: wishes", 350, one("request"), _civic(r"^(?:建议|请求|希望|恳请|请(?!问|教)|盼|呼吁|强烈建议)")),
    ("civic: wished", 250, one("request"), _wished(_civic(r"^(?:建议|请求|希望|恳请|盼|呼吁)"))),
    ("reviews: wishes", 400, one("request"), _asking(_clauses_of(_all_reviews), _HOPES)),
    ("meals: wishes", 200, one("request"), _asking(_clauses_of(_meals_bad), _HOPES)),
    ("suggestions: questions", 300, one("question"), _asking(_suggestions)),
    ("proposals: questions", 100, one("question"), _asking(_proposals)),
    ("forum: questions", 700, one("question"), _asking(_column("forum_qa.csv", "question"), _ASKS)),
    ("service: questions", 900, one("question"), _asking(_service, _ASKS)),
    ("group: questions on topic", 150, one("question"), _asking(_group_work, _ASKS)),
    ("bank: questions", 400, one("question"), _asking(_column("question_pairs_afqmc.csv", "a"), _ASKS)),
    ("general: questions", 350, one("question"), _asking(_column("question_pairs_lcqmc.csv", "a"), _ASKS)),
    ("civic: questions", 200, one("question"), _civic(r"^咨询|[?？]$")),
    ("proposals", 1100, one("pain_point"), _complaining(_proposals)),
    ("suggestions: complaints", 500, one("pain_point"), _complaining(_suggestions)),
    ("cars", 350, one("pain_point"), _plain(_cars)),
    ("aspects: negative", 700, one("pain_point"), _plain(_column("aspect_clauses.csv", "text", polarity="Negative"))),
    (
        "phones: negative",
        400,
        one("pain_point"),
        _plain(_column("phone_review_clauses.csv", "text", polarity="negative")),
    ),
    (
        "cameras: negative",
        200,
        one("pain_point"),
        _plain(_column("camera_review_clauses.csv", "text", polarity="negative")),
    ),
    ("gadgets: bad", 900, one("pain_point"), _complaining(_opening(_gadget_bad))),
    ("laptops: bad", 350, one("pain_point"), _complaining(_opening(_laptop("差评")))),
    ("goods: bad", 250, one("pain_point"), _complaining(_opening(_goods_bad))),
    ("meals: bad", 200, one("pain_point"), _complaining(_meals_bad)),
    ("civic: complaints", 200, one("pain_point"), _plain(_civic(r"投诉|扰民|问题|严重|违规|噪音|拖欠"))),
    ("aspects: positive", 1100, one("praise"), _plain(_column("aspect_clauses.csv", "text", polarity="Positive"))),
    ("phones: positive", 500, one("praise"), _plain(_column("phone_review_clauses.csv", "text", polarity="positive"))),
    (
        "cameras: positive",
        300,
        one("praise"),
        _plain(_column("camera_review_clauses.csv", "text", polarity="positive")),
    ),
    ("gadgets: good", 1100, one("praise"), _pleased(_opening(_gadget_good))),
    ("laptops: good", 500, one("praise"), _pleased(_opening(_laptop("好评")))),
    ("goods: good", 250, one("praise"), _pleased(_opening(_goods_good))),
    ("meals: good", 250, one("praise"), _pleased(_meals_good)),
    ("short courtesies", 350, one("chatter"), _courteous),
    ("short group chat", 700, one("chatter"), _group),
    ("short messages", 1900, one("chatter"), _column("chit_chat.csv", "text")),
    ("forum noise", 300, one("chatter"), _opening(_column("forum_noise.csv", "评论"))),
    ("advice", 350, one("chatter"), _advice),
    ("service: agents", 250, one("chatter"), _column("service_chat.csv", "text", from_agent="1")),
    ("nouns of products", 500, _NEITHER, _column("aspect_clauses.csv", "target")),
)
