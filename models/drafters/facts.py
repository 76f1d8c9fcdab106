"""Facts a sentence states that can be compared letter by letter: numbers, names, links, and whether it says no."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from models.drafters.folding import folded, has_disguise, visible
from models.drafters.scope import fold, kinds_in, products_in
from models.drafters.types import StrikeReason

_UNITS = (
    "毫秒|秒钟?|分钟|个?小时|个?工作日|天|日|号|周|个?星期|个?礼拜|个?月|季度|年|元|块钱?|角|分|%|℃|°c|度|ghz|mhz|hz|mb|gb|tb|kb|"
    "mah|w|v|a|次|遍|倍|米|厘米|毫米|公里|cm|mm|km|m|寸|英寸|人|台|件|位|步|项|条|级|格|帧|像素|万|亿"
)
_PLAIN = r"\d+(?:[.:]\d+)*"
_NUMBER = re.compile(
    rf"(?<![a-z0-9.])(?P<below>(?<!\d)[-\u2212](?=\d)|零下|负)?v?"
    rf"(?P<value>{_PLAIN}(?:(?:\s*[-\u2013~]\s*{_PLAIN})+|\s*[至到]\s*{_PLAIN}(?=\s*(?:{_UNITS})))?)"
    rf"(?!\d)\s*(?P<unit>{_UNITS})?",
    re.IGNORECASE,
)
_TO = re.compile(r"\s*[-\u2013~至到]\s*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SAME_UNIT = {
    "秒钟": "秒",
    "个小时": "小时",
    "个工作日": "工作日",
    "个月": "月",
    "个星期": "周",
    "个礼拜": "周",
    "块钱": "元",
    "块": "元",
    "星期": "周",
    "礼拜": "周",
    "°c": "℃",
}
_HAN_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_NUMERALS = "[零〇一二两三四五六七八九十百千]+"
_HAN_NUMBER = re.compile(rf"({_NUMERALS})\s*(?={_UNITS}|[至到~-]\s*(?:{_NUMERALS}|\d+)\s*(?:{_UNITS}))")
_NO_NUMBER = re.compile(r"^一(?:次性|步|项|条|级|格|人|位|件|台|号|日|天|年|月|周|度|分|遍|倍)")  # mostly "a", not "1"
_DAY = re.compile(
    r"(?:周|星期|礼拜)[一二三四五六日天末]|今天|明天|后天|昨天|今晚|本周|下周|本月|下月|下个月|月底|年底|春节|国庆|元旦|双11"
)
_LATIN_NAME = re.compile(r"[a-z][a-z0-9+]*(?:[-.&][a-z0-9+]+)*", re.IGNORECASE)
_LATIN_WORD = re.compile(r"[a-zA-Z]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_IN_LINK = r"[^\s\u0080-\U0010ffff,;)\"'<>]"
_LINK = re.compile(
    rf"(?:https?|ftp)://{_IN_LINK}+|www\.{_IN_LINK}+|[a-z0-9_.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+|"
    rf"(?<![a-z0-9_.-])(?:[a-z0-9-]+\.)+[a-z]{{2,}}(?:/{_IN_LINK}*)?|"
    r"(?<!\d)\d[\d\- ]{5,}\d(?!\d)",
    re.IGNORECASE,
)
_FOREIGN_HOST = re.compile(r"https?://[^\s/]*[^\x00-\x7f\s/][^\s/]*", re.IGNORECASE)
_MARKUP = re.compile(
    r"!\[|\]\(|\]\[|<\s*/?\s*[a-z!][^>\n]*>|(?:data|javascript|vbscript|file):\S|```|<\|", re.IGNORECASE
)

_NO_NEGATION = re.compile(
    r"不仅|不但|不过|不同|不错|不断|不便|不妨|不少|不久|不足|无线|无论|无损|无缝|无感|没错|没问题|没关系|别的|别人|否则|是否|能否|可否|未来|"
    r"特别|级别|类别|区别|识别|分别|性别|个别|差别|辨别|鉴别|告别|别墅|要不要|能不能|是不是|有没有|会不会|可不可以|对不起|差不多|只不过|不好意思|不支持的话"
)
_DOUBLE = re.compile(r"不[能得可会要]不|无不|没有不|并非不|不是不|非.{1,4}不可")
_NEGATION = re.compile(
    r"不|没|无|未|勿|别|禁|否|非(?!常)|\b(?:not|never|no|none|cannot|can't|don't|doesn't|isn't|won't|without)\b"
)
_OPPOSITES = tuple(
    (re.compile(left), re.compile(right))
    for left, right in (
        (r"打开|开启|启用|开通", r"关闭|关掉|停用|禁用"),
        (r"增加|提高|升高|调高|加大|增大|变大", r"减少|降低|调低|减小|变小"),
        (r"(?<!不)支持", r"不支持|暂不支持"),
        (r"(?<![不无])(?:可以|能够)", r"不可以|不能|无法"),
        (r"允许", r"禁止|不允许"),
        (r"必须|需要|务必", r"无需|无须|不必|不需要|不用"),
        (r"之前|以前", r"之后|以后"),
        (r"顶部|上方|上面", r"底部|下方|下面"),
        (r"左侧|左边|左键|左上|左下", r"右侧|右边|右键|右上|右下"),
        (r"长按", r"短按|轻按|单击|双击"),
        (r"插入|接上|连接(?!失败)", r"拔出|拔掉|断开"),
        (r"安装", r"卸载"),
        (r"添加|加入", r"删除|移除"),
        (r"免费", r"收费|付费|自费"),
        (r"有效|生效", r"无效|失效"),
        (r"成功", r"失败"),
        (r"升级", r"降级"),
        (r"至少|不少于|最少", r"至多|不超过|最多"),
        (r"高于|大于|超过", r"低于|小于|不足"),
        (r"通过|批准", r"驳回|拒绝"),
        (r"属实", r"不属实|不实"),
        (r"线上|网上", r"线下"),
        (r"正常", r"异常"),
    )
)

# Characters that turn a statement round where one stands in the other's place.
_TURNED = frozenset(
    map(
        frozenset,
        (
            *(
                "高低",
                "大小",
                "多少",
                "前后",
                "左右",
                "上下",
                "新旧",
                "快慢",
                "长短",
                "开关",
                "内外",
                "里外",
                "进出",
                "早晚",
            ),
            *(
                "先后",
                "加减",
                "增减",
                "升降",
                "涨跌",
                "正负",
                "男女",
                "南北",
                "公私",
                "买卖",
                "收付",
                "冷热",
                "轻重",
                "强弱",
            ),
            *(
                "明暗",
                "真假",
                "好坏",
                "有无",
                "始终",
                "深浅",
                "宽窄",
                "粗细",
                "厚薄",
                "远近",
                "松紧",
                "软硬",
                "干湿",
                "插拔",
            ),
            *("锁解", "借还", "存取", "入出", "首末", "增删"),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is compared: 5 and 秒 for "五秒钟", 3-5 and 天 for "三到五天" or -10 and ℃ for "零下10℃"."""

    value: str
    unit: str


def numbers_in(text: str) -> frozenset[Number]:
    """Numbers with their units, Chinese numerals before a unit among them; parts of names (S2) are none."""
    plain = with_digits(folded(text))
    found = set()
    for match in _NUMBER.finditer(plain):
        value = "-".join(map(_without_zeros, _TO.split(match["value"])))
        unit = (match["unit"] or "").lower()
        found.add(Number(f"-{value}" if match["below"] else value, _SAME_UNIT.get(unit, unit)))
    return frozenset(found)


def _without_zeros(number: str) -> str:
    return ".".join(part.lstrip("0") or "0" for part in number.split("."))


def with_digits(text: str) -> str:
    """A folded text with its numbers in digits: 五秒 as 5秒, 1,000 as 1000."""
    return _HAN_NUMBER.sub(_as_digits, _THOUSANDS.sub("", text))


def names_in(text: str) -> frozenset[str]:
    """Latin names, lower case and joined (Wi-Fi: wifi). In a Latin sentence only what is no ordinary word."""
    shown = visible(text)
    latin = sum(map(len, _LATIN_WORD.findall(shown))) > 2 * len(_HAN.findall(shown))
    found = set()
    for match in _LATIN_NAME.finditer(shown):
        name = match.group()
        telling = any(c.isdigit() for c in name) or any(c.isupper() for c in name[1:])
        if telling or not latin or (name[0].isupper() and match.start() > 0):
            found.add(re.sub(r"[-.&]", "", name).lower())
    return frozenset(found)


def links_in(text: str) -> frozenset[str]:
    """Links, addresses, hosts and long numbers to call, lower case, without closing marks."""
    return frozenset(found.group().rstrip(".,/:;").lower() for found in _LINK.finditer(visible(text)))


def has_markup(text: str) -> bool:
    """Whether a text is more than plain words: pictures, tags, disguised links, hidden or look-alike characters."""
    return bool(_MARKUP.search(visible(text)) or _FOREIGN_HOST.search(text)) or has_disguise(text)


def brought_in(claim: str, source: str, products: Sequence[str] = ()) -> StrikeReason | None:
    """What of a claim's facts its source does not have; None where it has them all.

    `source` is everything the item says, its title, product and version included. `products` are names that must not
    be brought in from elsewhere.
    """
    if not links_in(claim) <= links_in(source):
        return StrikeReason.LINK
    if not _numbers_there(numbers_in(claim), numbers_in(source)):
        return StrikeReason.NUMBER
    told = folded(source)
    days = {day.replace("星期", "周").replace("礼拜", "周") for day in _DAY.findall(folded(claim))}
    if any(day not in told.replace("星期", "周").replace("礼拜", "周") for day in days):
        return StrikeReason.NUMBER
    known = names_in(source) | {part for name in _LATIN_NAME.findall(told) for part in re.split(r"[-.&]", name)}
    if not names_in(claim) <= known:
        return StrikeReason.NAME
    asked = folded(claim)
    others = {name for product in products for name in products_in(folded(product))}
    if not kinds_in(asked) <= kinds_in(told) or any(p in fold(asked) and p not in fold(told) for p in others):
        return StrikeReason.NAME
    return None


def says_no(clause: str) -> bool:
    """Whether a clause negates: an odd number of negations, double ones and words that only look like one apart."""
    plain = _NO_NEGATION.sub(" ", folded(clause))
    plain = _DOUBLE.sub(" ", plain)
    return len(_NEGATION.findall(plain)) % 2 == 1


def contradicts(clause: str, told: str) -> bool:
    """Whether two clauses about the same thing say yes and no, or one thing and its opposite."""
    if says_no(clause) != says_no(told):
        return True
    here, there = folded(clause), folded(told)
    for left, right in _OPPOSITES:
        own = (bool(left.search(here)), bool(right.search(here)))
        other = (bool(left.search(there)), bool(right.search(there)))
        if own in {(True, False), (False, True)} and other in {(True, False), (False, True)} and own != other:
            return True
    return _turned(here, there)


def _turned(here: str, there: str) -> bool:
    """Whether one stands where the other's opposite stood, all around it being the same."""
    for kind, a, b, c, d in SequenceMatcher(None, there, here, autojunk=False).get_opcodes():
        if kind == "replace" and b - a == d - c <= 2:
            pairs = zip(there[a:b], here[c:d], strict=True)
            if any(frozenset(pair) in _TURNED for pair in pairs):
                return True
    return False


def _numbers_there(wanted: frozenset[Number], had: frozenset[Number]) -> bool:
    units: dict[str, set[str]] = {}
    for number in had:
        units.setdefault(number.value, set()).add(number.unit)
    return all(number.value in units and _same_unit(number.unit, units[number.value]) for number in wanted)


def _same_unit(unit: str, had: set[str]) -> bool:
    """A unit may be left out, a per cent not: 20 is less than 20 % of much."""
    if unit == "%" or had == {"%"}:
        return unit in had
    return not unit or bool({unit, ""} & had)


def _as_digits(match: re.Match[str]) -> str:
    text = match.group(1)
    if _NO_NUMBER.match(match.string[match.start() : match.end() + 2]) or text == "千":
        return match.group()
    total = current = 0
    for character in text:
        if character in _HAN_TENS:
            total += (current or 1) * _HAN_TENS[character]
            current = 0
        else:
            current = current * 10 + _HAN_DIGITS[character] if current else _HAN_DIGITS[character]
    return str(total + current)
