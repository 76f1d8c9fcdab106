"""HTML and BBCode of forums to plain text. Quotes of others, scripts and mentions by link go; words stay."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from selectolax.lexbor import LexborHTMLParser

if TYPE_CHECKING:
    from bbcode import Parser

_TAG_LIMIT = 2_000  # parsers take quadratic time on deep nesting; text with more tags only loses them
_HTML_TAGS = (
    "a|abbr|article|audio|b|big|blockquote|br|center|code|div|em|embed|font|form|h[1-6]|hr|i|iframe|img|input|ins|kbd|"
    "label|li|mark|object|ol|p|pre|q|s|script|section|small|source|span|strike|strong|style|sub|sup|svg|table|tbody|td|"
    "tfoot|th|thead|tr|tt|u|ul|video"
)
_ATTRIBUTES = r"(?:\s[^<>=]*=[^<>]*|\s*)/?>"  # without "=" it is no attribute: "a<b 且 c>d"
_HTML_TAG = re.compile(rf"</?(?:{_HTML_TAGS}){_ATTRIBUTES}|<!--", re.IGNORECASE)
_LITERAL_LESS = re.compile(rf"<(?!/?(?:{_HTML_TAGS}){_ATTRIBUTES}|!--)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_DROPPED = "script,style,iframe,object,embed,audio,video,svg,blockquote,q,.quote,.quote-box,img,input"
_BLOCKS = "p,div,li,tr,h1,h2,h3,h4,h5,h6,pre,section,article,table,ul,ol,hr"
_PROFILE = re.compile(
    r"[?&;#](?:uid|userid|user_id|encryptuserid|openid|un)=\w|space-uid-\d|mod=space&|space\.bilibili\.com/\d|weibo\.com/\d{6}"
    r"|/(?:u|user|users|people|profile|member)[/-](?!login|logout|register|settings|agreement|feedback|help)\w",
    re.IGNORECASE,
)
_BB_LAYOUT = ("align", "center", "left", "right", "float", "indent", "list", "table", "tr", "td", "p", "page", "index")
_BB_LETTERS = ("b", "i", "u", "s", "sub", "sup", "h1", "h2", "h3", "h4", "size", "color", "font", "backcolor", "postbg")
_BB_KEPT = (*_BB_LAYOUT, *_BB_LETTERS, "hide", "free", "password", "code", "email")
_BB_DROPPED = ("quote", "img", "attach", "attachimg", "media", "audio", "video", "flash", "swf", "hr")
_BB_NAMES = "|".join(map(re.escape, [*_BB_KEPT, *_BB_DROPPED, "url", "qq", "*"]))
_BB_TAG = re.compile(rf"\[/?(?:{_BB_NAMES})(?:=[^\]\n]{{0,500}})?\]", re.IGNORECASE)
_BB_QUOTE = re.compile(r"\[quote(?:=[^\]\n]{0,200})?\].*?(?:\[/quote\]|$)", re.IGNORECASE | re.DOTALL)
_EDIT_NOTE = re.compile(
    r"\[i=s\].{0,200}?(?:编辑|編輯).{0,20}?\[/i\]|本帖最后由 .{1,60}? 于 [\d\-: ]{8,20} 编辑", re.DOTALL
)
_SMILEY = re.compile(r"\{:\d+_\d+:\}")


def plain(text: str) -> str:
    """The words of a text that may be HTML, BBCode or neither. "a<b" and "[已修复]" are neither and stay."""
    if "[" in text or "{:" in text or "本帖最后由" in text:
        text = _without_bbcode(text)
    if "<" in text and _HTML_TAG.search(text):
        return _without_html(text)
    if "&" in text and _ENTITY.search(text):
        return html.unescape(text)
    return text


def is_profile_link(target: str) -> bool:
    """Whether a link leads to a person's page."""
    return _PROFILE.search(target) is not None


def _without_html(text: str) -> str:
    if len(_HTML_TAG.findall(text)) > _TAG_LIMIT:
        return html.unescape(_HTML_TAG.sub(" ", text))
    # Line breaks of the source mean nothing in HTML proper, but forums write both <br> and newlines: both stay.
    tree = LexborHTMLParser(_LITERAL_LESS.sub("&lt;", text))
    body = tree.body
    if body is None:
        return ""
    for node in tree.css(_DROPPED):
        node.decompose()
    for link in tree.css("a"):
        target = link.attributes.get("href") or ""
        if link.text().strip().startswith("@") or is_profile_link(target):
            link.decompose()
    for line_break in tree.css("br"):
        line_break.replace_with("\n")
    for block in tree.css(_BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    return body.text(separator="")


def _without_bbcode(text: str) -> str:
    text = _SMILEY.sub("", _EDIT_NOTE.sub("", text))
    tags = len(_BB_TAG.findall(text))
    if tags == 0:
        return text
    if tags > _TAG_LIMIT:
        return _BB_TAG.sub("", _BB_QUOTE.sub("", text))
    return str(_bbcode_parser().format(text))


@cache
def _bbcode_parser() -> Parser:
    import bbcode

    parser = bbcode.Parser(
        newline="\n",
        install_defaults=False,
        escape_html=False,
        replace_links=False,
        replace_cosmetic=False,
        max_tag_depth=30,
    )
    for name in _BB_KEPT:
        parser.add_formatter(name, _inner, same_tag_closes=False)
    for name in _BB_DROPPED:
        parser.add_formatter(name, _nothing, standalone=name == "hr")
    parser.add_formatter("*", _item, newline_closes=True, same_tag_closes=True)
    parser.add_formatter("url", _link)
    parser.add_formatter("qq", _qq)
    return parser


def _inner(_name: str, value: str | None, *_: Any) -> str:
    return value or ""


def _nothing(*_: Any) -> str:
    return ""


def _item(_name: str, value: str | None, *_: Any) -> str:
    return f"{value or ''}\n"


def _qq(_name: str, value: str | None, *_: Any) -> str:
    return f"QQ号{value or ''}"  # said as such, masking finds it


def _link(_name: str, value: str | None, options: Mapping[str, str], *_: Any) -> str:
    words = value or ""
    target = options.get("url", words)
    return "" if words.strip().startswith("@") or (is_profile_link(target) and words != target) else words
