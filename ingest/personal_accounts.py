"""Addresses and accounts that belong to a person: e-mail, WeChat and QQ numbers given in text, profile pages.

Every finder takes text folded to half width (see `ingest.masking`) and yields (start, end) of what it finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.markup import is_profile_link

_EMAIL = re.compile(
    r"(?<![\w.%+\-])[A-Za-z0-9_%+\-](?:[\w.%+\-]{0,62}[\w%+\-])?"
    r"(?: ?@ ?|[\[(]at[\])]|#(?=(?:qq|163|126|gmail|foxmail)\.))"
    r"(?:[A-Za-z0-9\-]{1,63}\.){1,4}[A-Za-z]{2,10}(?![A-Za-z0-9])",
    re.ASCII | re.IGNORECASE,
)
_URL = re.compile(
    r"(?:https?://|(?<![\w.])www\.)[!-~]{4,2000}|(?<![\w./])(?:[a-z0-9\-]{1,63}\.){1,4}[a-z]{2,10}/[!-~]{2,2000}",
    re.ASCII | re.IGNORECASE,
)
_URL_END = re.compile(r"[\"'<>].*|[.,;:!?)\]]+$", re.DOTALL)

_WECHAT = r"(?:微信|薇信|威信|v信|微❤|weixin|wechat|(?<![a-z0-9])(?:vx|wx|wechatid))"
_ADD = r"(?:加|\+)[ \t]{0,3}(?:我|个|下|一下|俺|他|她)?[ \t]{0,3}"
_SAYS = r"(?:群?号码?|群|號碼?|id|账号|帐号|帳號)"
_LINK = r"[ \t]{0,3}(?:是|为|叫|[:=]|→|>)?[ \t]{0,3}"
_NAME = r"(?P<id>[a-z][a-z0-9_\-]{5,19})(?![a-z0-9_])"
_NAME_OR_NUMBER = r"(?P<id>[a-z][a-z0-9_\-]{5,19}|[1-9]\d{4,11})(?![a-z0-9_])(?!\.\d)"
_NAMED = tuple(  # a label that leaves no doubt, then the account
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"{_WECHAT}[ \t]{{0,3}}{_SAYS}{_LINK}{_NAME_OR_NUMBER}",
        rf"{_ADD}{_WECHAT}{_LINK}{_NAME_OR_NUMBER}",
        rf"{_ADD}v(?:[ \t]+|[ \t]{{0,3}}[:=][ \t]{{0,3}}|[ \t]{{0,3}}{_SAYS}{_LINK}){_NAME_OR_NUMBER}",
    )
)
_HINTED = tuple(  # a label that may be part of a sentence: the account must look like none of its words
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"(?:{_WECHAT}|(?<![a-z0-9])v)[ \t]{{0,3}}[:=][ \t]{{0,3}}{_NAME_OR_NUMBER}",
        rf"{_WECHAT}[ \t]{{0,3}}{_NAME}",
    )
)
_QQ = re.compile(
    rf"(?:(?<![a-z])qq|扣扣|企鹅号|(?<![a-z0-9])q(?=[群号: \d])|{_ADD}q{{1,2}})[ \t]{{0,3}}{_SAYS}?{_LINK}"
    r"(?P<id>[1-9]\d{4,11})(?![\d.]*\d)(?![ \t]{0,3}(?:[人条次元块万个位名年月天张版]|[kmg]b))",
    re.IGNORECASE | re.ASCII,
)
_PLATFORM_ID = re.compile(
    r"(?:(?<![a-z])uid|(?:小米|米聊|华为|社区|用户|mi)[ \t]?(?:id|账号|帐号))"
    r"[ \t]{0,3}(?:是|为|[:=])?[ \t]{0,3}(?P<id>[1-9]\d{5,14})(?!\d)",
    re.IGNORECASE | re.ASCII,
)
_WXID = re.compile(r"(?<![a-z0-9])wxid_[a-z0-9]{8,30}", re.IGNORECASE | re.ASCII)
_WORDS = re.compile(
    r"(?:version|android|ios|iphone|ipad|windows|wechat|weixin|miui|hyperos|harmony(?:os)?|macos|linux|chrome|beta|alpha|"
    r"update|crash|error|login|work|google|https?|videos?|moments?|messages?|notifications?|official|system|xiaomi|redmi|"
    r"huawei|please|support)[\d\-_]{0,3}",
    re.IGNORECASE,
)


def emails(text: str) -> Iterator[tuple[int, int]]:
    """E-mail addresses, also with (at) or, for the common mail services, # in place of @."""
    return (match.span() for match in _EMAIL.finditer(text))


def profile_links(text: str) -> Iterator[tuple[int, int]]:
    """Web addresses of people's pages: those that carry a user's id."""
    for match in _URL.finditer(text):
        link = _URL_END.sub("", match.group())
        if is_profile_link(link):
            yield match.start(), match.start() + len(link)


def accounts(text: str) -> Iterator[tuple[int, int]]:
    """WeChat and QQ accounts that a person gives, and user ids of platforms; the label before them stays."""
    yield from (match.span() for match in _WXID.finditer(text))
    for pattern in _NAMED:
        yield from (match.span("id") for match in pattern.finditer(text) if not _WORDS.fullmatch(match["id"]))
    for pattern in _HINTED:
        yield from (match.span("id") for match in pattern.finditer(text) if _looks_chosen(match["id"]))
    for pattern in (_QQ, _PLATFORM_ID):
        yield from (match.span("id") for match in pattern.finditer(text))


def _looks_chosen(account: str) -> bool:
    """Not an ordinary word: digits or an underscore in it, and no known word with a number behind."""
    return not _WORDS.fullmatch(account) and any(character.isdigit() or character == "_" for character in account)
