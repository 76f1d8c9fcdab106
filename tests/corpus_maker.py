"""An invented native export for tests of the pipeline: a few needs in many words, copies, and broken rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

_START = datetime(2026, 5, 4, 9, tzinfo=UTC)
_NEEDS = (
    ("充电的时候手机很烫", "充电发热严重", "一充电就发烫，手都拿不住", "充电太热了能不能优化", "快充时后盖烫得厉害"),
    (
        "锁屏之后收不到微信消息",
        "微信消息收不到，要解锁才弹",
        "锁屏后消息延迟",
        "消息通知老是收不到",
        "锁屏收不到消息怎么解决？",
    ),
    ("蓝牙耳机总是断连", "耳机连上几分钟就断连", "蓝牙老断开", "蓝牙耳机断断续续", "耳机蓝牙频繁断连怎么办？"),
    (
        "希望增加深色模式定时",
        "建议深色模式可以定时开启",
        "求深色模式自动切换",
        "能不能加深色模式定时功能",
        "深色模式希望支持定时",
    ),
)
_CHATTER = ("早上好", "哈哈哈哈", "收到", "路过帮顶", "今天天气不错")


def native_export(posts: int = 90) -> bytes:
    """`posts` good rows, five copies of earlier ones under new ids, three rows that must be rejected."""
    lines = []
    for number in range(posts):
        need = _NEEDS[number % len(_NEEDS)]
        words = need[(number // len(_NEEDS)) % len(need)] if number % 6 else _CHATTER[number % len(_CHATTER)]
        lines.append(_line(f"p{number}", f"u{number % 37}", number, f"{words}，第{number}天" if number % 6 else words))
    lines.extend(_line(f"c{number}", f"u{number}", number, f"{_NEEDS[0][2]}，第{number}天") for number in range(5))
    lines.append('{"id": "x1", "author": "u1"}')
    lines.append("这不是 JSON")
    lines.append('{"id": "x3", "author": "u1", "text": "时间不对", "time": "前天傍晚"}')
    return ("\n".join(lines) + "\n").encode()


def _line(identifier: str, author: str, hours: int, text: str) -> str:
    time = (_START + timedelta(hours=11 * hours)).isoformat()
    return json.dumps({"id": identifier, "author": author, "time": time, "text": text}, ensure_ascii=False)
