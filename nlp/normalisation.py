"""Bring text into the one form that encoders see: simplified, half-width, without names, links and noise."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Protocol, cast

from nlp.emoticons import without_emoticons
from nlp.products import NO_NAMES, ProductLexicon, mask_products
from nlp.spellings import plainly

_MASK = re.compile(
    r"\[(?:mobile|id_card|bank_card|email|imei|plate|account|profile_link)\]|【已隐去[^】]*】", re.IGNORECASE
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
_URL = re.compile(
    r"(?:https?://|www\.)[^\s\u4e00-\u9fff，。；！？、）】]+"
    r"|(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|tv|io|cc|hk|tw)(?![\w.-])(?:[:/][^\s\u4e00-\u9fff，。；！？、）】]*)?",
    re.IGNORECASE | re.ASCII,
)
_CODE = re.compile(
    r"```.*?```"  # fenced
    r"|(?<![\w.])at [\w.$<>]+\([\w.: ]*\)"  # a frame of a stack trace
    r"|(?<![\w.])(?:[a-z_]\w*\.){2,}(?!\w*(?:Exception|Error)\b)\w+"  # com.example.app
    r"|(?<![\w.])(?:[a-z_]\w*\.){2,}(?=\w+)"  # the package of an exception
    r"|(?<![\w.:])/(?:[\w.\-]+/)+[\w.\-]*"  # /sdcard/Android/data
    r"|(?<!\w)0x[0-9a-f]{4,}(?!\w)",
    re.DOTALL | re.ASCII,
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
_UNUSUAL = re.compile(  # anything but Latin, Chinese, kana, units such as ℃ and ㎡, and their marks
    r"[^\x00-\u1fff\u2010-\u2027\u2100-\u214f\u3000-\u30ff\u3300-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]"
)
_KEYCAP = re.compile(r"[0-9#*]\ufe0f?\u20e3")
_WHITE = frozenset(filter(str.isspace, map(chr, range(0x3001))))


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
    return text if _FULL_WIDTH.isdisjoint(text) else text.translate(_HALF_WIDTH)


def fold(text: str) -> str:
    """The form in which two ways of typing the same are one, for literal search: simplified, half-width, lower case."""
    return _SPACES.sub(" ", half_width(simplify(text)).casefold()).strip()


_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()}
_HALF_WIDTH |= {0x3000: 0x20, 0xFF05: 0x25, 0xFF0B: 0x2B, 0xFF0D: 0x2D, 0xFF0E: 0x2E, 0xFF0F: 0x2F}
_FULL_WIDTH = frozenset(map(chr, _HALF_WIDTH))


def normalise(text: str, lexicon: ProductLexicon = NO_NAMES) -> str:
    """`text` as the encoder should see it; "" where nothing is said (a sticker, a bare link).

    Steps: simplified characters, half-width, links / placeholders / @names / signatures / form labels / emoji and
    kaomoji out, code and then products and versions out where words remain (`nlp.products` keeps products as a
    facet), net speech, dialect and known slips in plain words (`nlp.spellings`), repeated marks and characters
    shortened ("哈哈哈哈" to "哈哈"), spaces tidied. Each step is asked for only by the characters it is about.
    """
    text = _without_noise(half_width(simplify(text)))
    text = _if_words_remain(_without_code(text), text)
    text = _if_words_remain(mask_products(text, lexicon), text)
    text = _shortened(_spaced(plainly(_spaced(text))))
    return text if _HAS_WORD.search(text) else ""


def _if_words_remain(changed: str, text: str) -> str:
    return changed if changed is text or _HAS_WORD.search(changed) else text


def _without_noise(text: str) -> str:
    characters = set(text)
    if "." in characters or "/" in characters:
        text = _URL.sub(" ", text)
    text = without_emoticons(text, characters)
    if "[" in characters or "【" in characters:
        text = _MASK.sub(" ", text)
    if "自" in characters:
        text = _SIGNATURE.sub(" ", text)
    if "#" in characters or "@" in characters:
        text = _MENTION.sub(" ", _TOPIC.sub(r"\1 ", text))
    if not characters.isdisjoint("[【「:：\n") or text.endswith(_LAST_OF_LABELS):
        text = _TEMPLATE.sub("\n", text)
    text = text.strip()
    if "\n" in text:
        text = _LINE_BREAKS.sub("，", text)
    if _UNUSUAL.search(text):
        text = _UNUSUAL.sub(_pictograph, _KEYCAP.sub(" ", text))
    return text


_LAST_OF_LABELS = tuple(sorted({label[-1] for label in _LABELS.replace("?", "").split("|")} | {"本"}))


def _without_code(text: str) -> str:
    if "```" in text or "." in text or "/" in text or "0x" in text:
        return _CODE.sub(" ", text)
    return text


def _spaced(text: str) -> str:
    """One space where there is any, none between Chinese characters."""
    return text if _WHITE.isdisjoint(text) else _SPACE_BESIDE_CHINESE.sub("", _SPACES.sub(" ", text))


def _shortened(text: str) -> str:
    if len(text) - len(set(text)) > 1:  # a character thrice, or a phrase, repeats at least two characters
        text = _REPEATED_PHRASE.sub(r"\1", _REPEATED_CHARACTER.sub(r"\1\1", text))
    return _REPEATED_MARKS.sub(r"\1", text).strip(_EDGE_MARKS)


def _pictograph(match: re.Match[str]) -> str:
    """A space for an emoji, a joiner, a mark around one or an unassigned character; other scripts stay."""
    character = match.group()
    picture = unicodedata.category(character) in {"So", "Sk", "Cs", "Co", "Cn", "Cf", "Me"}
    return " " if picture or "\ufe00" <= character <= "\ufe0f" else character
