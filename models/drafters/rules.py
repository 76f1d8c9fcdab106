"""Rules no draft may break: no promises, no obedience to text from users, courtesy only in known words."""

from __future__ import annotations

import re
import unicodedata

QUOTE_LIMIT = 200  # characters of user text a draft may ever repeat

COURTESY = (
    "您好，感谢您的反馈。",
    "您好，感谢您的提问。",
    "您好，非常抱歉给您带来不便。",
    "您好，这种情况存在安全风险，建议您先停止使用并断开电源。",
    "您好，感谢您的建议。",
    "您描述的情况可能与下面这个已知问题有关。",
    "您好，感谢您的建议，我们已经如实记录。",
    "这个问题需要由专人为您核实。",
    "如果仍未解决，欢迎继续告诉我们。",
    "感谢您的理解与支持。",
)

# What a device does by itself (会自动降低, 会暂停) is a fact about it, no promise of ours.
_FUTURE = (
    r"(?:将会?|会在?(?!自动(?:降|关|断|停|暂停)|暂停|停止)|"
    r"即将|预计|计划|争取|保证|承诺|一定会?|肯定会?|马上就?|很快就?|尽快|近期|后续会?|不久|稍后会?)"
)
_DELIVERY = (
    r"(?:上线|推出|推送(?!给)|发布|修复|解决|支持|增加|新增|加入|优化|更新|适配|恢复|开放|实现|"
    r"升级|发货|到货|补货|处理(?:完|好)|给您答复|回复您)"
)
_WHEN = (
    r"(?:今天|明天|后天|本周|下周|本月|下个?月|月底|年底|年内|今年|明年|春节前|国庆前|"
    r"\d+\s*月(?:\d+\s*[日号])?|\d{4}\s*年|"
    r"[一二三四五六七八九十两\d]+\s*(?:个)?(?:小时|天|工作日|日|周|星期|月|季度)(?:之?内|以内|后|左右)|下一?个?版本|下次更新|Q[1-4])"
)
_PROMISE = re.compile(
    "|".join(
        (
            rf"{_FUTURE}[^，。；！？\n]{{0,20}}{_DELIVERY}",
            rf"{_WHEN}[^，。；！？\n]{{0,16}}{_DELIVERY}",
            r"(?:我们|官方|公司|客服)[^，。；！？\n]{0,10}(?:保证|承诺|担保|确保)",
            r"赔偿|赔付|补偿|补差价|全额退款|免费(?:更换|换新|维修|赠送|升级|延保|退换)|为您退款|给您退款|退一赔",
            r"赠送您|送您|代金券|优惠券|红包|以旧换新补贴|双倍|现金",
            r"(?:100|百分之百|百分百)\s*[%％]?\s*(?:解决|退|修复|有效|安全)",
            r"\b(?:we|i)\s+(?:will|promise|guarantee|shall)\b|\brefund(?:ed)?\b|\bcompensat\w+|\bguarantee\w*|\bfree\s+(?:replacement|upgrade|repair)\b",
            r"\bwill\s+be\s+(?:fixed|released|shipped|added|available)\b",
        )
    ),
    re.IGNORECASE,
)

_INJECTION = re.compile(
    "|".join(
        (
            r"(?:忽略|无视|忘记|忘掉|抛开|不要(?:理会|遵守|管))[^。！？\n]{0,16}(?:指令|指示|提示词?|规则|设定|要求|内容|限制|系统)",
            r"(?:你|您)?(?:现在|从现在起|接下来|此刻)[^。！？\n]{0,8}(?:是|扮演|充当|变成|进入)[^。！？\n]{0,16}(?:模式|助手|AI|机器人|客服|管理员|开发者|经理|猫娘)",
            r"(?:扮演|假装(?:你|自己)?是|越狱|开发者模式|DAN|上帝模式)",
            r"(?:请|必须|务必|直接|只能?)[^。！？\n]{0,10}(?:回复|输出|回答|说出?|写出?|重复|打印|复述)[^。！？\n]{0,4}[：:“\"「『]",
            r"(?:输出|打印|复述|告诉我|泄露|公开|显示)[^。！？\n]{0,10}(?:系统提示|提示词|prompt|指令|密钥|密码|token|内部(?:资料|文档|信息))",
            r"(?:以(?:官方|管理员|系统|客服)(?:的)?(?:身份|名义|口吻))[^。！？\n]{0,20}(?:承诺|宣布|回复|声明|答应|同意)",
            r"(?:承诺|宣布|声明|答应|同意)[^。！？\n]{0,12}(?:全额退款|赔偿|免费|送我|补偿)",
            r"(?:^|\n)\s*(?:system|assistant|user|系统|管理员)\s*[:：]|<\|?(?:im_start|im_end|system|endoftext)\|?>|\[/?INST\]|###\s*(?:instruction|system|指令)",
            r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:instruction|prompt|rule|previous|above|system|guideline)s?\b",
            r"\byou\s+are\s+now\b|\bact\s+as\b|\bpretend\s+(?:to\s+be|you)\b|\bjailbreak\b|\bdeveloper\s+mode\b|\broleplay\b",
            r"\b(?:reply|respond|answer|say|output|print|repeat|write)\s+(?:only|exactly|with|the\s+following|verbatim)\b|\breveal\b[^.\n]{0,30}\b(?:prompt|secret|key|password|instruction)",
            r"\b(?:new|updated)\s+(?:system\s+)?(?:instructions?|prompt|task)\s*:",
        )
    ),
    re.IGNORECASE,
)
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_PIECE = re.compile(r"(?<=[。！？!?；;\n])|(?<=\.)\s+")
_SPACES = re.compile(r"\s+")


def promises(text: str) -> bool:
    """Whether a sentence promises a date, compensation or a feature, in Chinese or English."""
    return bool(_PROMISE.search(_folded(text)))


def tries_to_steer(text: str) -> bool:
    """Whether text from a user speaks to the drafter as if it took orders."""
    return bool(_INJECTION.search(_folded(text)))


def is_courtesy(text: str) -> bool:
    """Whether a sentence is one of the known courtesies, word by word."""
    return text in COURTESY


def asks_back(text: str) -> bool:
    """Whether a sentence only asks the user something: it ends as a question and promises nothing."""
    return text.rstrip().endswith(("？", "?")) and not promises(text) and not tries_to_steer(text)


def as_data(text: str) -> str:
    """What a user's text asks, without the sentences that try to steer; hidden characters removed.

    Used to look knowledge up, never to be repeated. "" where nothing but steering was said.
    """
    visible = _HIDDEN.sub("", unicodedata.normalize("NFKC", text))
    pieces = [piece for piece in _PIECE.split(visible) if piece and not tries_to_steer(piece)]
    return _SPACES.sub(" ", "".join(pieces)).strip()


def quoted(text: str) -> str:
    """At most `QUOTE_LIMIT` characters of user text, on one line, safe to show inside a draft's record."""
    flat = _SPACES.sub(" ", _HIDDEN.sub("", text)).strip()
    return flat if len(flat) <= QUOTE_LIMIT else flat[: QUOTE_LIMIT - 1] + "…"


def _folded(text: str) -> str:
    return _HIDDEN.sub("", unicodedata.normalize("NFKC", text))
