"""Stickers by name, kaomoji and smileys made of marks: they say how somebody feels, not what is wrong."""

from __future__ import annotations

import re

_STICKERS = (
    "微笑|捂脸|流泪|大哭|发怒|呲牙|偷笑|可爱|白眼|流汗|再见|抠鼻|鼓掌|委屈|可怜|握手|抱拳|爱心|玫瑰|笑哭|吃瓜|尴尬|"
    "抓狂|惊讶|难过|无奈|疑问|咒骂|鄙视|快哭了|破涕为笑|裂开|翻白眼|叹气|苦涩|旺柴|doge|emm|ok"
)
_NAMED = re.compile(  # "[捂脸]", "[笑cry]", "[doge]", "/捂脸"
    r"\[(?:图片|语音|表情包?|文件|视频|动画表情|合并转发|[\u4e00-\u9fff]{1,4}|[\u4e00-\u9fff]{0,2}(?:cry|doge)|emm+|ok|facepalm"
    rf"|smile|sob|laugh|grin)\]|(?<![\w/])/(?:{_STICKERS})",
    re.IGNORECASE,
)
_ARM_LEFT = r"(?:(?<![A-Za-z])[oO]|[_\\ヾヽ٩ᕦ┗╰Σ∑ε]+)?\s?"
_ARM_RIGHT = r"(?:[oO](?![A-Za-z])|[ノﾉو۶ᕤ┛╯ゞ✧っシ_/\\~～*︵┻━┴─」∠]+)*"
_FACE = r"(?:[^\u4e00-\u9fff0-9()（）]|[皿益艸口罒])"
_TELLS = (  # what makes a bracket a face: no letters, an uncommon sign, or the same eye twice
    r"(?:(?=[^A-Za-z\u4e00-\u9fff)）]+[)）])"
    r"|(?=[^)）]{0,13}[^\x00-\x7f\u4e00-\u9fff\u3000-\u3002，。！？：；、（）“”‘’…—·])"
    r"|(?=\s*([TtQqOoXx>^;=@])[_.oO]{0,3}[TtQqOoXx<^;=@]\s*[)）]))"
)
_KAOMOJI = re.compile(
    rf"{_ARM_LEFT}[(（]{_TELLS}{_FACE}{{2,14}}(?:з」∠)?[)）]{_ARM_RIGHT}"
    r"|_?\(:з[」」]∠\)?_?"
    r"|(?<![A-Za-z])(?:[TtQ][_.]{1,3}[TtQ]|[oO]_+[oO]|orz|otl)(?![A-Za-z])"
    r"|\^[_.oO]?\^|=_+=|>_+<|-_+-(?:\|{1,3})?"
    r"|(?<![A-Za-z0-9])[:;][-']?(?:[)DPp]|\((?![^()（）]{0,20}[)）]))(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_HINTS = frozenset("(（^_=>:;oO")


def without_emoticons(text: str, characters: set[str]) -> str:
    """`text` with a space for each sticker, kaomoji and smiley; `characters`: those of the text."""
    if "[" in characters or "/" in characters:
        text = _NAMED.sub(" ", text)
    return text if _HINTS.isdisjoint(characters) else _KAOMOJI.sub(" ", text)
