"""Recognise products, models and versions in text, so that they become a facet instead of a theme."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# A model token after a brand: "11", "10 Pro", "Note 9 Pro", "Mate40", "K40S", "x50 pro+", "6X".
_SUFFIX = (
    r"(?:\s?(?:pro\+?|plus|max|ultra|lite|mini|se|air|"
    r"青春版|至尊版|尊享版|探索版|标准版|增强版|竞速版|游戏版|系列))"
)
_LINE = r"(?:note|mate|nova|mix|reno|find|civi|max|play|fold|flip|pura|redmi|galaxy)"
_MODEL = rf"(?:\s?-?{_LINE}?\s?-?[a-z]{{0,2}}\d{{1,4}}[a-z]{{0,2}}\+?(?![.\d]){_SUFFIX}*)"

# Chinese and Latin brand names of phones, wearables and home devices (public trade names).
_BRANDS = (
    "小米|红米|华为|荣耀|苹果|三星|魅族|一加|真我|努比亚|中兴|联想|摩托罗拉|诺基亚|索尼|黑鲨|锤子|坚果|酷派|海信|乐视|魔趣|"
    "redmi|xiaomi|huawei|honor|iphone|ipad|apple watch|macbook|samsung|galaxy|oppo|vivo|iqoo|oneplus|realme|"
    "meizu|nubia|zte|lenovo|nokia|lumia|motorola|sony|xperia|htc|moto|pixel|poco|mi"
)
# "米11" and "k40" need care: "5米11" is a length, "k8s" a program, "米6个" a count.
_SHORT = r"(?:(?:米|荣耀)\d{1,2}|k\d{2})(?:s|x)?(?![\d.%a-z个月天年日号次分点元块g])"
_PRODUCT = re.compile(
    rf"(?<![a-z0-9])(?:(?:{_BRANDS})(?:手机|平板|手环|手表)?{_MODEL}"
    rf"|(?:mix|mate|nova|reno|note|civi|iphone)\s?\d{{1,3}}[a-z]?{_SUFFIX}*"
    rf"|{_SHORT}{_SUFFIX}*|[a-z]{{1,2}}\d{{1,3}}{_SUFFIX}+)(?![a-z])",  # "P30 Pro" needs no brand
    re.IGNORECASE,
)
_SYSTEMS = (
    "miui|hyperos|澎湃os|emui|coloros|originos|flyme|harmonyos|鸿蒙|ios|android|安卓|windows|"
    "固件|版本号?|系统版本|app|v"
)
_VERSION = re.compile(
    rf"(?<![a-z0-9.])(?:(?:{_SYSTEMS})\s?[:：]?\s?(?:v\s?)?\d+(?:\.\d+){{0,4}}(?:\.[a-z]{{4,10}})?(?:\s?\([a-z0-9]+\))?"
    r"|\d{1,3}(?:\.\d{1,4}){2,4}(?:\.[a-z]{4,10})?)(?:\s?(?:稳定版|开发版|内测版|公测版|体验版|正式版))?(?!\d)",
    re.IGNORECASE,
)
_DIGITS = frozenset("0123456789")  # no generic name of a product or version goes without one
_SPACES = re.compile(r"[\s\-]+")


@dataclass(frozen=True, slots=True)
class ProductLexicon:
    """Names a brand gives its own products; found besides the generic patterns."""

    names: tuple[str, ...] = ()

    def pattern(self) -> re.Pattern[str] | None:
        """Longest name first, so that "灵犀X5 Pro" is not read as "灵犀X5"; None where no names are given."""
        known = sorted({name.strip() for name in self.names if name.strip()}, key=lambda n: (-len(n), n))
        if not known:
            return None
        loose = (r"[\s\-]*".join(re.escape(part) for part in _SPACES.split(name)) for name in known)
        return re.compile("|".join(loose), re.IGNORECASE)


NO_NAMES = ProductLexicon()


def find_products(text: str, lexicon: ProductLexicon = NO_NAMES) -> tuple[str, ...]:
    """Products named in `text`, in one spelling (upper-case Latin, no spaces), in order of appearance."""
    own = lexicon.pattern()
    if not own and _DIGITS.isdisjoint(text):
        return ()
    matches = list(own.finditer(text)) if own else []
    known = [match.span() for match in matches]
    for match in _PRODUCT.finditer(text):
        if all(match.end() <= start or end <= match.start() for start, end in known):
            matches.append(match)
    matches.sort(key=lambda match: match.start())
    return tuple(dict.fromkeys(_canonical(match.group()) for match in matches))


def find_versions(text: str) -> tuple[str, ...]:
    """System and firmware versions named in `text`, in order of appearance."""
    return tuple(dict.fromkeys(_canonical(match.group()) for match in _VERSION.finditer(text)))


def mask_products(text: str, lexicon: ProductLexicon = NO_NAMES) -> str:
    """`text` without product and version names (a space in their place)."""
    own = lexicon.pattern()
    if own:
        text = own.sub(" ", text)
    if _DIGITS.isdisjoint(text):
        return text
    return _PRODUCT.sub(" ", _VERSION.sub(" ", text))


def products_of(texts: Iterable[str], lexicon: ProductLexicon = NO_NAMES) -> list[tuple[str, ...]]:
    """`find_products` for many texts."""
    return [find_products(text, lexicon) for text in texts]


def _canonical(name: str) -> str:
    return _SPACES.sub("", name).upper()
