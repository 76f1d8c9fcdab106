"""Numbers that belong to a person, found by form and check digit: mobile, ID card, bank card, IMEI, plate.

Every finder takes text folded to half width (see `ingest.masking`) and yields (start, end) of what it finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from stdnum import luhn
from stdnum.cn import ric

_ALONE = r"(?<!\d)(?<!\d\.)"  # not the later part of a longer number, a version or a decimal
_ENDS = r"(?!\d)(?!\.\d)"

_SHAPES = "|".join(
    (
        r"1[3-9]\d{9}",
        r"1[3-9]\d(?P<a>[ \-.])\d{4}(?P=a)\d{4}",
        r"1[3-9]\d{2}(?P<b>[ \-])\d{4}(?P=b)\d{3}",
        r"1[3-9]\d(?P<c>[ \-])\d{3}(?P=c)\d{5}",
        r"1[3-9]\d[ \-]\d{8}",
        r"1[3-9]\d{5}[ \-]\d{4}",
        r"1[3-9]\d{3}[ \-]\d{6}",
    )
)
_MOBILE = re.compile(rf"{_ALONE}(?:(?:\(\+?86\)|\+86|0086|86)[ \-]?)?(?:{_SHAPES}){_ENDS}")
_HAN_DIGIT = "零〇一幺二三四五六七八九"
_SPOKEN_MOBILE = re.compile(
    rf"(?<![{_HAN_DIGIT}])[一幺][三四五六七八九][{_HAN_DIGIT}]{{9}}(?![{_HAN_DIGIT}十百千万亿])"
)
_ID_CARD = re.compile(rf"{_ALONE}[1-8]\d{{5}}[ \-]?(?:19|20)\d{{2}}[ \-]?\d{{4}}[ \-]?\d{{3}}[\dXx](?![\dA-Za-z])")
_BANK_CARD = re.compile(rf"{_ALONE}[3-69]\d{{3,18}}(?:[ \-]\d{{2,15}}){{0,4}}{_ENDS}")
# What card numbers in China begin with and how long they are: UnionPay and older domestic, Visa, Mastercard, JCB.
_ISSUED = re.compile(r"6\d{15,18}|9558\d{12,15}|4\d{15}|5[1-5]\d{14}|35(?:2[89]|[3-8]\d)\d{12}")
_ORDER = re.compile(r"(?:订单|單號|单号|运单|快递|物流|流水|编号|序列号|order|tracking|SN)\D{0,6}$", re.IGNORECASE)
_IMEI = re.compile(
    rf"{_ALONE}(?:\d{{15}}"
    rf"|\d{{2}}(?P<i>[ \-])\d{{6}}(?P=i)\d{{6}}(?P=i)\d|\d{{6}}(?P<j>[ \-])\d{{2}}(?P=j)\d{{6}}(?P=j)\d)"
    rf"{_ENDS}"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼滬遼魯蘇贛閩貴雲陝寧瓊"
_PLATE = re.compile(
    rf"(?P<province>[{_PROVINCES}]) ?[A-HJ-NP-Z][ ·•・.\-]?"
    r"(?P<serial>[DABCEFGHJK][A-HJ-NP-Z0-9]\d{4}|\d{5}[DABCEFGHJK]|[A-HJ-NP-Z0-9]{5}|[A-HJ-NP-Z0-9]{4}[挂学警港澳])"
    r"(?![A-Za-z0-9])(?!\.\d)",
    re.IGNORECASE,
)
_PLATE_DIGITS = 3  # an ordinary plate has no more than two letters after the office's
# Words that end in a province's character: "更新V12345" is a version, "阿里云A12345" a machine.
_WORDS_BEFORE = {"新": "更最全创升崭翻刷重", "云": "阿里度讯为米上", "青": "年", "贵": "太很好更最真", "京": "南"}


def mobiles(text: str) -> Iterator[tuple[int, int]]:
    """Mainland mobile numbers, with or without +86, in the usual groupings, also said in Chinese digits."""
    for match in _MOBILE.finditer(text):
        inside_a_serial = _is_letter(text, match.start() - 1) and _is_letter(text, match.end())
        if not inside_a_serial:
            yield match.span()
    yield from (match.span() for match in _SPOKEN_MOBILE.finditer(text))


def id_cards(text: str) -> Iterator[tuple[int, int]]:
    """Resident identity numbers of 18 places with a date of birth that exists and a right check digit (GB 11643)."""
    for match in _ID_CARD.finditer(text):
        number = _digits(match.group())
        if len(number) == 18 and _is_date(number[6:14]) and ric.calc_check_digit(number) == number[17]:
            yield match.span()


def bank_cards(text: str) -> Iterator[tuple[int, int]]:
    """Card numbers of 16 to 19 digits with an issuer's beginning and a right Luhn digit; not order numbers."""
    for match in _BANK_CARD.finditer(text):
        number = _digits(match.group())
        before = text[max(0, match.start() - 12) : match.start()]
        if _ISSUED.fullmatch(number) and _is_luhn(number) and not _ORDER.search(before):
            yield match.span()


def imeis(text: str) -> Iterator[tuple[int, int]]:
    """Device numbers of 15 digits with a right Luhn digit."""
    return (match.span() for match in _IMEI.finditer(text) if _is_luhn(_digits(match.group())))


def plates(text: str) -> Iterator[tuple[int, int]]:
    """Vehicle plates: five places after the office's letter, six for new-energy vehicles, special endings."""
    for match in _PLATE.finditer(text):
        before = text[match.start() - 1] if match.start() else ""
        word = before and before in _WORDS_BEFORE.get(match.group("province"), "")
        if not word and sum(map(str.isdigit, match.group("serial"))) >= _PLATE_DIGITS:
            yield match.span()


def _digits(written: str) -> str:
    return re.sub(r"[ \-]", "", written).upper()


def _is_luhn(number: str) -> bool:
    return len(set(number)) > 1 and bool(luhn.is_valid(number))


def _is_date(compact: str) -> bool:
    try:
        born = date(int(compact[:4]), int(compact[4:6]), int(compact[6:]))
    except ValueError:
        return False
    return born.year >= 1900


def _is_letter(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isascii() and text[at].isalpha()
