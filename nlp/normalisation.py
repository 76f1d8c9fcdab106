"""Bring text into the one form that encoders see: simplified, half-width, without names, links and noise."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Protocol, cast

from nlp.products import NO_NAMES, ProductLexicon, mask_products

_URL = re.compile(r"(?:https?://|www\.)[^\s\u4e00-\u9fff，。；！？、）】]+", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\[(?:图片|语音|表情包?|文件|视频|动画表情|合并转发|[\u4e00-\u9fff]{1,4})\]")
_MASK = re.compile(
    r"\[(?:mobile|id_card|bank_card|email|imei|plate|account|profile_link)\]|【已隐去[^】]*】", re.IGNORECASE
)
_KAOMOJI = re.compile(
    r"[(（][^\u4e00-\u9fffA-Za-z0-9()（）]{2,14}[)）][ノﾉoシ✧*～~/\\]*"
    r"|[TtQ][_.]{1,3}[TtQ]|\^[_.]?\^|:[-']?[)(DPp](?![a-z])|=_=|>_<|\borz\b",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"(?:发自|来自|发送自)(?:我的)?[^\s，。；！？,;!?]{1,16}(?:手机|客户端|社区|app|平板)", re.IGNORECASE
)
_LABELS = (
    "操作步骤|操作路径|复现步骤|重现步骤|预期结果|期望结果|实际结果|补充说明|问题描述|问题现象|问题类型|出现频率|出现概率|"
    "复现概率|发生概率|联系方式|机型|系统版本|版本号?|手机型号|设备型号|建议类型|建议内容|反馈类型|备注|其他说明|前提条件|标题|日志"
)
_HEADINGS = "操作步骤|预期结果|实际结果|补充说明|问题描述|建议内容|建议|反馈|求助|BUG反馈|问题反馈"
_TEMPLATE = re.compile(  # "预期结果：", a heading on a line of its own, "【建议】"
    rf"(?:^|(?<=[\s。；;，,！!？?】\]]))[【\[「]?(?:\d+[、.．]\s?)?(?:{_LABELS})[】\]」]?\s*(?:[:：]|\n|$)\s*"
    rf"|[【\[「](?:{_HEADINGS})[】\]」]",
    re.IGNORECASE,
)
_TOPIC = re.compile(r"#([^#\s]{1,30})#")
_MENTION = re.compile(r"@[^\s@，。；！？：:,]{1,20}\s?")
_REPEATED_CHARACTER = re.compile(r"([^\d\s])\1{2,}")
_REPEATED_PHRASE = re.compile(r"((?:[\u4e00-\u9fff]){2,6}?)\1{2,}")
_REPEATED_MARKS = re.compile(r"([，。；：！？、,.;:!?~～…·\-—_=*])[，。；：！？、,.;:!?~～…·\-—_=*]+")
_LINE_BREAKS = re.compile(r"\s*\n\s*")
_SPACES = re.compile(r"\s+")
_SPACE_BESIDE_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff，。；：！？、]) (?=[\u4e00-\u9fff，。；：！？、])")
_EDGE_MARKS = " ，。；：、,.;:~～·-—_=*|/\\"
_HAS_WORD = re.compile(r"[\w]")


class _Converter(Protocol):
    def convert(self, string: str) -> str: ...


@cache
def _traditional_to_simplified() -> _Converter:
    from opencc import OpenCC

    return cast(_Converter, OpenCC("t2s"))


@cache
def _traditional_characters() -> frozenset[str]:
    """Characters the converter would change: a text without any of them need not pass through it."""
    from importlib import resources

    table = resources.files("opencc").joinpath("dictionary").joinpath("TSCharacters.txt").read_text("utf-8")
    pairs = (line.split("\t") for line in table.splitlines() if "\t" in line)
    return frozenset(source for source, targets in pairs if targets.split(" ")[0] != source)


def simplify(text: str) -> str:
    """Traditional characters to simplified ones; the text is otherwise untouched."""
    if _traditional_characters().isdisjoint(text):
        return text
    return _traditional_to_simplified().convert(text)


def half_width(text: str) -> str:
    """Full-width letters, digits and spaces to half-width; Chinese punctuation stays Chinese."""
    return text.translate(_HALF_WIDTH)


_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()}
_HALF_WIDTH |= {0x3000: 0x20, 0xFF05: 0x25, 0xFF0B: 0x2B, 0xFF0D: 0x2D, 0xFF0E: 0x2E, 0xFF0F: 0x2F}


def normalise(text: str, lexicon: ProductLexicon = NO_NAMES) -> str:
    """`text` as the encoder should see it; "" where nothing is said (a sticker, a bare link).

    Steps: simplified characters, half-width, links / placeholders / @names / signatures / form labels / emoji and
    kaomoji out, products and versions out (`nlp.products` keeps them as a facet), repeated marks and characters
    shortened ("哈哈哈哈" to "哈哈"), spaces tidied.
    """
    text = half_width(simplify(text))
    for pattern in (_URL, _PLACEHOLDER, _MASK, _SIGNATURE, _KAOMOJI):
        text = pattern.sub(" ", text)
    text = _MENTION.sub(" ", _TOPIC.sub(r"\1 ", text))
    text = _LINE_BREAKS.sub("，", _TEMPLATE.sub("\n", text).strip())
    text = "".join(" " if _is_pictograph(character) else character for character in text)
    masked = mask_products(text, lexicon)
    text = masked if _HAS_WORD.search(masked) else text
    text = _REPEATED_PHRASE.sub(r"\1", _REPEATED_CHARACTER.sub(r"\1\1", text))
    text = _SPACE_BESIDE_CHINESE.sub("", _SPACES.sub(" ", text))
    text = _REPEATED_MARKS.sub(r"\1", text).strip(_EDGE_MARKS)
    return text if _HAS_WORD.search(text) else ""


def _is_pictograph(character: str) -> bool:
    if character < "\u2000":
        return False
    return unicodedata.category(character) in {"So", "Sk", "Cs", "Co", "Cn", "Cf"} or "\ufe00" <= character <= "\ufe0f"
