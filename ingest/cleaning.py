"""Raw text of a post to what its author says: markup, templates, mentions of people and signatures removed.

Wording, characters and punctuation stay as written; turning traditional into simplified is mining's affair.
"""

from __future__ import annotations

import re

from ingest.chat_lines import PLACEHOLDER
from ingest.markup import plain

_JOINER, _VARIATION = "\u200d", "\ufe0f"
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ue000-\uf8ff"
    "\U000e0000-\U000e007f\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_LOOSE_JOINER = re.compile(f"(?<![\u2190-\U0001faff{_VARIATION}]){_JOINER}|{_JOINER}(?![\u2190-\U0001faff])")
_SPACES = re.compile("[^\\S\n]+")
_BLANK_LINES = re.compile(r" ?\n[ \n]*")

_HEADINGS = (
    "操作步骤|操作流程|复现步骤|重现步骤|复现路径|复现概率|出现概率|发生概率|预期结果|期望结果|预期效果|实际结果|实际效果|实际表现|补充说明|"
    "补充信息|问题描述|问题详情|问题现象|问题类型|问题时间|发生时间|问题场景|具体描述|详细描述|建议描述|建议内容|需求描述|需求场景|使用场景|"
    "联系方式|附件|截图|日志|log"
)
# A heading on its own line, or one that a colon or brackets mark as such; with what stands for "nothing" behind it.
_HEADING = re.compile(
    rf"(?:^|(?<=\n)|(?<=[\s。；;！!？?]))[ \t]*(?:\d{{1,2}}[.、)）]|[一二三四五六七八九十][、.])?[ \t]*"
    rf"(?:[【\[（(](?:{_HEADINGS})[】\]）)][ \t]*[:：]?"
    rf"|(?:{_HEADINGS})[ \t]*(?:[（(][^）)\n]{{0,20}}[）)])?[ \t]*(?:[:：]|(?=\n|$)))"
    rf"(?:[ \t]*\n?[ \t]*(?:无|暂无|没有|同上|如上|如题|如图|见图|N/A|略)[。.]?(?=[ \t]*(?:\n|$)))?",
    re.IGNORECASE,
)

_MODEL = r"[A-Za-z0-9+\-. ·（）()]"
_CLIENT = (  # what a phone or a client calls itself
    rf"(?:[\w+\-. ·（）()]{{0,30}}"
    rf"(?:手机|手機|平板|客户端|用戶端|客戶端|社区|社區|论坛|邮件|郵件|网页版|小程序|鸿蒙|安卓){_MODEL}{{0,20}}"
    rf"|[\u4e00-\u9fff]{{0,6}} ?[A-Za-z0-9]{_MODEL}{{1,40}}[版端]?)"
)
_SIGNATURE = re.compile(
    r"(?:^|(?<=[\n。！？!?~…])|(?<=\s))[ \t]*(?:[-—–_]{2,6}[ \t]*)?(?:"
    rf"(?:本帖|本贴|此帖)?(?:发自|發自|发送自|來自|来自|发布自)[ \t]*(?:我的|于|於)?[ \t]*{_CLIENT}"
    rf"|从我的[ \t]*{_CLIENT}[ \t]*发送"
    rf"|本(?:帖|贴|文)(?:使用|由|通过)[ \t]*{_CLIENT}(?:发布|发表|发送|发帖)"
    rf"|Sent from (?:my )?{_CLIENT}"
    r"|Get Outlook for (?:iOS|Android)(?:<[^>\n]{0,200}>)?"
    r")[ \t]*[。.!！]?[ \t]*(?=\n|$)",
    re.IGNORECASE,
)
_SIGNATURES = 5  # as many, one under the other, are looked for

_NAME_END = "\u2005\u2004\u2006\u2002\u2003"  # WeChat ends a mention with one of these spaces
_BEFORE_MENTION = r"(?<![A-Za-z0-9._%+\-/=])[@＠]"
_WECHAT_MENTION = re.compile(rf"{_BEFORE_MENTION}[^\n@＠{_NAME_END}]{{1,40}}[{_NAME_END}]+")
_PLAIN_MENTION = re.compile(rf"{_BEFORE_MENTION}[\w\-·.~]{{1,16}}?(?=[\s@＠,，。:：;；!！?？、/)）\]】]|$)")
_EVERYBODY = re.compile(rf"{_BEFORE_MENTION}(?:全体成员|全體成員|全体|全體|所有人|大家|all(?![A-Za-z]))", re.IGNORECASE)
_EMPTY_REPLY = re.compile(r"(?:^|(?<=\n))[ \t]*回[复復覆][ \t]*[:：]")  # what "回复 @somebody：" leaves
_LONGEST_NAME = 40
_SHORT_RUN = 10  # characters: a longer run after @ without an end holds words of the author


def clean(text: str, *, names: frozenset[str] = frozenset()) -> str:
    """What the author says, in plain text; '' where nothing is left.

    `names` are display names known in the channel: mentions of these are recognised even where they hold spaces or
    run into the next word. Without them a mention ends at a space or a mark, and a long run after '@' is kept.
    """
    text = plain(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _without_mentions(text, names)
    text = _LOOSE_JOINER.sub("", _INVISIBLE.sub("", text))
    text = _spaced(PLACEHOLDER.sub(" ", text))
    text = _EMPTY_REPLY.sub("", text)
    text = _without_signatures(_HEADING.sub("\n", text))
    return _spaced(text)


def _without_mentions(text: str, names: frozenset[str]) -> str:
    if "@" not in text and "＠" not in text:
        return text
    text = _EVERYBODY.sub(" ", _WECHAT_MENTION.sub(" ", text))
    if names:
        text = _named_mention(text, names)
    return _PLAIN_MENTION.sub(lambda match: " " if len(match.group()) <= _SHORT_RUN + 1 else match.group(), text)


def _named_mention(text: str, names: frozenset[str]) -> str:
    """Remove '@' and the longest known name that follows it."""
    pieces: list[str] = []
    at = 0
    for match in re.finditer(_BEFORE_MENTION, text):
        if match.start() < at:
            continue
        following = text[match.end() : match.end() + _LONGEST_NAME]
        length = next((size for size in range(len(following), 0, -1) if following[:size] in names), 0)
        if length:
            pieces += [text[at : match.start()], " "]
            at = match.end() + length
    return "".join([*pieces, text[at:]])


def _without_signatures(text: str) -> str:
    """Signatures stand at the end, at times several; the same words in the middle of a sentence are said."""
    for _ in range(_SIGNATURES):
        shorter = _SIGNATURE.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text


def _spaced(text: str) -> str:
    return _BLANK_LINES.sub("\n", _SPACES.sub(" ", text)).strip()
