"""Chat lines that nobody said: system notices, recalls, media placeholders, red packets."""

from __future__ import annotations

import re

PLACEHOLDER = re.compile(
    r"[\[【](?:图片|圖片|动画表情|表情包?|语音|語音|视频|視頻|文件|链接|位置|名片|聊天记录|合并转发|小程序|闪照|"
    r"语音通话|视频通话|转账|(?:微信|QQ)?红包|卡片消息|不支持的消息)[\]】]"
)
_RECALL = re.compile(r"[^\n]{0,60}撤回了?(?:一条|一條|成员[^\n]{0,40}的一条)(?:消息|訊息)[^\n]{0,20}")
_PACKET = re.compile(r"\s*\[(?:微信|QQ)红包\].{0,40}", re.DOTALL)
_NOTICE = re.compile(
    r"\s*(?:.{1,40}(?:加入了?(?:本)?群聊?|退出了?群聊?|被移出群聊|修改群名为.{0,40}|拍了拍.{1,40})"
    r"|你已添加了.{1,40}|以上是打招呼的内容|.{1,40}邀请.{1,200}加入了?群聊)[。.]?\s*",
    re.DOTALL,
)


def why_not_said(text: str) -> str:
    """Why a chat line is no message of a person ('recall notice', 'media', …), or '' where it is one."""
    if _RECALL.fullmatch(text.strip()):
        return "recall notice"
    if _PACKET.fullmatch(text):
        return "red packet"
    if text.strip() and not PLACEHOLDER.sub("", text).strip():
        return "media"
    if _NOTICE.fullmatch(text):
        return "group notice"
    return ""
