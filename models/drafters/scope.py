"""Which knowledge may answer which question: the same product, and not a version that has been left behind."""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.drafters.types import KnowledgeItem, Question

# Kinds of device, so that a question about a speaker is not answered from a door lock's manual even where
# neither names a model. Words of one line are one kind.
_KINDS = (
    ("手机", "电话"),
    ("音箱", "音响", "小音箱"),
    ("门锁", "指纹锁", "密码锁"),
    ("扫地机", "扫地机器人", "扫拖", "拖地机"),
    ("洗地机",),
    ("吸尘器",),
    ("手表", "腕表"),
    ("手环",),
    ("耳机", "耳塞"),
    ("电视",),
    ("摄像头", "摄像机", "监控"),
    ("门铃",),
    ("空调",),
    ("净化器",),
    ("加湿器",),
    ("除湿机",),
    ("净水器",),
    ("路由器",),
    ("网关",),
    ("平板",),
    ("笔记本", "电脑"),
    ("充电宝", "移动电源"),
    ("台灯", "吸顶灯", "灯泡", "灯带", "智能灯"),
    ("窗帘",),
    ("插座", "插排"),
    ("冰箱",),
    ("洗衣机",),
    ("热水器",),
    ("风扇",),
    ("电饭煲", "电饭锅"),
    ("空气炸锅",),
    ("洗碗机",),
    ("牙刷",),
    ("剃须刀",),
    ("吹风机",),
    ("体重秤", "体脂秤"),
    ("打印机",),
    ("投影仪", "投影"),
    ("滑板车",),
    ("传感器",),
)
_VERSION = re.compile(r"(?<![\d.])[vV]?(\d+(?:\.\d+){1,4})(?![\d.]*\d)")
_SPACES = re.compile(r"[\s\-_·]+")
_MODEL_MARK = re.compile(r"[a-z0-9]")
_SEPARATORS = re.compile(r"[、,，/;；|]")
_EVERY = re.compile(r"^(?:全部|所有|通用|全系|各)(?:产品|机型|设备|型号)?$")
_PLATFORM = re.compile(r"(?:os|app|系统|客户端|软件|平台|商城|社区)$")  # runs on many devices
_LEFT_BEHIND = re.compile(r"旧版|过期|失效|废止|已下线|deprecated|outdated|obsolete", re.IGNORECASE)
_BARE_VERSION = re.compile(r"[vV]?\d+(?:\.\d+)+")
_MODEL_SPOKEN = re.compile(r"(?<![a-z0-9])([a-z]{1,6})[\s-]?(\d{1,4})(?![\d.])")  # of a text in lower case: s2, x5
_MODEL_NAME = re.compile(r"[a-z]*\d+[a-z0-9+]*$")


def fold(name: str) -> str:
    """A product name without case and spaces."""
    return _SPACES.sub("", name).lower()


def kinds_in(text: str) -> frozenset[int]:
    """The kinds of device a text speaks of."""
    return frozenset(number for number, words in enumerate(_KINDS) if any(word in text for word in words))


def versions_in(text: str) -> frozenset[str]:
    """Versions named in a text ("2.3.1"), without the v."""
    return frozenset(match.group(1) for match in _VERSION.finditer(text))


def products_in(field: str) -> list[str]:
    """Folded product names of a product field, which may list several; [] where it means every product."""
    names = [fold(part) for part in _SEPARATORS.split(field) if part.strip()]
    return [] if any(_EVERY.search(name) for name in names) else names


def products_of(question: Question, catalogue: Sequence[str]) -> frozenset[str]:
    """Folded products a question is about: the given one, else those of the catalogue its text names.

    People leave the brand out: "S1" names "拾光 S1". Of names that contain each other the longest counts.
    """
    if question.product:
        return frozenset(products_in(question.product))
    text = fold(question.text)
    spoken: dict[str, str] = {}  # how people say it -> the product
    for name in sorted({name for field in catalogue for name in products_in(field)}):
        spoken[name] = name
        model = _MODEL_NAME.search(name)
        if model and len(model.group()) > 1 and any(c.isalpha() for c in model.group()):
            spoken.setdefault(model.group(), name)
    named: dict[str, str] = {}
    for word in sorted(spoken, key=lambda w: (-len(w), w)):
        if _names(text, word) and not any(word in longer for longer in named):
            named[word] = spoken[word]
    return frozenset(named.values())


def _names(text: str, name: str) -> bool:
    """Whether a folded text names a product, and not a longer model that begins or ends alike."""
    for found in re.finditer(re.escape(name), text):
        before = text[found.start() - 1 : found.start()]
        after = text[found.end() : found.end() + 1]
        own_start, own_end = _MODEL_MARK.match(name[0]), _MODEL_MARK.match(name[-1])
        if not (own_start and _MODEL_MARK.match(before)) and not (own_end and _MODEL_MARK.match(after)):
            return True
    return False


def fits(question: Question, products: frozenset[str], item: KnowledgeItem) -> bool:
    """Whether an item may answer: its product does not contradict the question's, nor its kind, nor its version.

    An item without product, or of a system or app, speaks for every product, unless its title names another kind of
    device. An item that calls itself outdated answers only who names its version.
    """
    own = products_in(item.product)
    platform = any(_PLATFORM.search(name) for name in own)
    if not platform and products and own and not any(_compatible(asked, had) for asked in products for had in own):
        return False
    if not question.product and _names_a_sister(question.text, item.product or item.title):
        return False
    asked_kinds = kinds_in(f"{question.text} {question.product}")
    item_kinds = kinds_in(f"{item.product} {item.title}")
    if asked_kinds and item_kinds and not asked_kinds & item_kinds:
        return False
    asked_versions = versions_in(question.text)
    had_versions = versions_in(item.version) if _BARE_VERSION.fullmatch(item.version.strip()) else frozenset()
    same = any(_same_line(asked, had) for asked in asked_versions for had in had_versions)
    if _LEFT_BEHIND.search(item.title):
        return same
    return same or not (asked_versions and had_versions)


def _names_a_sister(text: str, name: str) -> bool:
    """Whether a text names a model of the same line and not this one: the S2, where `name` is that of the S1."""
    asked, had = (dict[str, set[str]](), dict[str, set[str]]())
    for found, spoken in ((asked, text), (had, name)):
        for line, number in _MODEL_SPOKEN.findall(spoken.lower()):
            found.setdefault(line, set()).add(number)
    return any(line in had and not numbers & had[line] for line, numbers in asked.items())


def _compatible(asked: str, had: str) -> bool:
    """Equal, or one names the other's family in words ("音箱" and "星语音箱S2"), never another model mark."""
    if asked == had:
        return True
    shorter, longer = sorted((asked, had), key=len)
    if shorter not in longer:
        return False
    rest = longer.replace(shorter, "", 1)
    return not _MODEL_MARK.search(rest) or not _MODEL_MARK.search(shorter)


def _same_line(asked: str, had: str) -> bool:
    """2.3 covers 2.3.1 and the reverse; 2.3 and 2.4 are different."""
    left, right = asked.split("."), had.split(".")
    shared = min(len(left), len(right))
    return left[:shared] == right[:shared]


def version_key(version: str) -> tuple[int, ...]:
    """For comparing versions; () where there is none."""
    found = _VERSION.search(version) or re.search(r"(\d+)", version)
    return tuple(int(part) for part in found.group(1).split(".")) if found else ()
