"""What may be said without a source: a closed list of courtesies and of questions back."""

from __future__ import annotations

import re
import unicodedata

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
# What a reply may ask for: facts about the device and what happened. Never passwords, codes, numbers of persons.
_ASKED = (
    r"(?:机型|具体机型|设备型号|型号|系统版本|固件版本|系统或固件版本|软件版本|App版本|版本号|(?:出现问题时的)?操作步骤|"
    r"出现问题的时间|出现的频率|错误提示|报错截图|问题截图|使用环境|网络环境|路由器型号|连接方式|充电器型号)"
)
_FORMS = re.compile(
    r"您好[，,]?(?:感谢您的(?:反馈|提问|建议|支持|来信|留言))?[。！!]?|"
    r"(?:非常|十分)?(?:感谢|谢谢)您的(?:反馈|提问|建议|理解|支持|耐心|理解与支持)[。！!]?|"
    r"(?:非常|十分|很)?抱歉给您带来(?:了)?不便[。！!]?|"
    r"祝您(?:生活|使用)愉快[。！!]?"
)
_ASKING = re.compile(
    r"(?:如果?仍未解决[，,])?(?:请问)?(?:您)?(?:方便|能否|可以|麻烦您?)(?:告诉|提供给?|告知)(?:我们|一下)?(?:当前的|您的|您设备的|具体的)?"
    rf"{_ASKED}(?:[、和与及]{_ASKED})*(?:吗|么)?[？?。]?"
)


def is_courtesy(text: str) -> bool:
    """Whether a sentence is one of the known courtesies, or of their few forms, from end to end."""
    return text in COURTESY or bool(_FORMS.fullmatch(text.strip()))


def asks_back(text: str) -> bool:
    """Whether a sentence only asks the user for facts of the closed list."""
    return bool(_ASKING.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", "").replace("app", "App")))
