"""Text from users as data: what tries to give orders is recognised and left out, the rest is only looked up."""

from __future__ import annotations

import re

from models.drafters.folding import unhidden, views, visible

QUOTE_LIMIT = 200  # characters of user text a draft may ever repeat

_STEERING = re.compile(
    "|".join(
        (
            r"(?:忽略|无视|忘记|忘掉|抛开|跳过|绕过|不要(?:理会|遵守|管)|不必遵守)[^。!！?？\n]{0,16}(?:指令|指示|提示词?|规则|设定|要求|内容|限制|系统|约束)",
            r"(?:你|您)?(?:现在|从现在起|接下来|此刻)[^。!！?？\n]{0,8}(?:是|扮演|充当|变成|进入)[^。!！?？\n]{0,16}(?:模式|助手|ai|机器人|客服|管理员|开发者|经理|猫娘)",
            r"(?:扮演|假装(?:你|自己)?是|越狱|开发者模式|上帝模式)|\bdan\b",
            r"(?:请|必须|务必|直接|只能?)[^。!！?？\n]{0,10}(?:回复|输出|回答|说出?|写出?|重复|打印|复述)[^。!！?？\n]{0,4}[:：\"“「『]",
            r"(?:输出|打印|复述|告诉我|泄露|公开|显示)[^。!！?？\n]{0,10}(?:系统提示|提示词|prompt|指令|密钥|密码|token|内部(?:资料|文档|信息))",
            r"(?:以(?:官方|管理员|系统|客服)(?:的)?(?:身份|名义|口吻))[^。!！?？\n]{0,20}(?:承诺|宣布|回复|声明|答应|同意)",
            r"(?:承诺|宣布|声明|答应|同意|保证)[^。!！?？\n]{0,12}(?:全额退款|退款|赔偿|免费|送我|补偿)",
            r"(?:^|\n)\s*[\[【(]?(?:system|assistant|user|developer|系统(?:消息|提示|通知|指令)?|管理员)[\]】)]?\s*[:：]",
            r"<\|?/?\s*(?:im_start|im_end|system|endoftext|assistant|user|start_of_turn|end_of_turn)[^>]{0,12}>|\[/?inst\]|<</?sys>>|###\s*(?:instruction|system|指令)",
            r"\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.\n]{0,40}\b(?:instruction|prompt|rule|previous|above|system|guideline|polic(?:y|ie))s?\b",
            r"\byou\s+are\s+now\b|\bact\s+as\b|\bpretend\s+(?:to\s+be|you)\b|\bjailbreak\b|\bdeveloper\s+mode\b|\brole\s?play\b",
            r"\b(?:reply|respond|answer|say|output|print|repeat|write)\s+(?:only|exactly|with|the\s+following|verbatim)\b|\breveal\b[^.\n]{0,30}\b(?:prompt|secret|key|password|instruction)",
            r"\b(?:new|updated)\s+(?:system\s+)?(?:instructions?|prompt|task)\s*:",
            r"\bpromise\b[^.\n]{0,30}\b(?:refund|compensat\w+|free|replacement)|\bsystem\s+prompt\b|系统提示词",
        )
    )
)
_PIECE = re.compile(r"(?<=[。！？!?；;\n])|(?<=\.)\s+")
_SPACES = re.compile(r"\s+")
_OPAQUE = re.compile(
    r"[A-Za-z0-9+/_\-]{32,}={0,2}"
)  # base64, keys, tracking marks: nothing knowledge could be found by
_MARKUP = re.compile(r"!?\[[^\]\n]*\]\([^)\n]*\)|<[^>\n]{1,200}>|(?:data|javascript|vbscript):\S+", re.IGNORECASE)


def tries_to_steer(text: str) -> bool:
    """Whether a text speaks to the drafter as if it took orders, plain or disguised."""
    return any(_STEERING.search(view) for view in views(text))


def as_data(text: str) -> str:
    """What a user's text asks: without sentences that try to steer, hidden characters, markup and opaque blobs.

    Used to look knowledge up. "" where nothing but steering was said.
    """
    pieces = [piece for piece in _PIECE.split(visible(text)) if piece and not tries_to_steer(piece)]
    return _SPACES.sub(" ", _OPAQUE.sub(" ", _MARKUP.sub(" ", "".join(pieces)))).strip()


def quoted(text: str) -> str:
    """At most `QUOTE_LIMIT` characters of a text, on one line, without hidden characters."""
    flat = _SPACES.sub(" ", unhidden(text)).strip()
    return flat if len(flat) <= QUOTE_LIMIT else flat[: QUOTE_LIMIT - 1] + "…"
