"""Writes a large invented store: 5,000 themes and 100,000 posts without further wishes, to measure pages and searches.

    python scripts/big_store.py sqlite:///big/zhongsheng.sqlite --themes 5000 --posts 100000

Serve it with ZHONGSHENG_STATE pointing at the folder; sign in as "pm" with the password it prints. The numbers are
drawn from a fixed seed: two stores of the same size are alike.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder
from review import accounts, theme_digests
from review.principals import SYSTEM, Role
from store.database import Database
from store.ids import new_id
from store.tables import Author, Base, Channel, LineageEdge, Mention, Post, Run, Theme

PASSWORD: Final = "correct-horse-battery"  # noqa: S105 - of an invented store
_NOW: Final = datetime(2026, 8, 20, 8, 0, tzinfo=UTC)
_CHANNELS: Final = ("官方社区", "内测群", "用户群一", "用户群二", "应用评论", "客服工单")
_THINGS: Final = [
    "充电",
    "屏幕",
    "相机",
    "闹钟",
    "蓝牙",
    "耳机",
    "门锁",
    "路由器",
    "信号",
    "指纹",
    "桌面",
    "通知",
    "更新",
    "电池",
    "扬声器",
    "体重秤",
    "扫地机",
    "手表",
    "音箱",
    "键盘",
]
_PARTS: Final = [
    "夜间",
    "外出时",
    "通话时",
    "拍照时",
    "升级后",
    "低温下",
    "横屏时",
    "锁屏时",
    "游戏里",
    "多人使用时",
    "连接车机时",
    "长时间使用后",
    "第一次设置时",
    "切换账号后",
    "省电模式下",
    "投屏时",
    "离线时",
    "飞行模式后",
    "分屏时",
    "充电时",
]
_TROUBLES: Final = [
    "很慢",
    "不响",
    "断开",
    "发烫",
    "卡顿",
    "闪退",
    "找不到",
    "不准",
    "太吵",
    "掉电快",
    "打不开",
    "没反应",
    "丢失",
    "重复提醒",
    "识别不了",
    "看不清",
    "不同步",
    "提示太多",
    "误触",
    "自动关闭",
]
_WORDS: Final = (
    "{part}{thing}{trouble}",
    "{thing}{part}总是{trouble}，能不能修一下",
    "又是{thing}{trouble}，{part}特别明显",
    "请问{thing}{part}{trouble}怎么办",
    "希望改进：{part}{thing}{trouble}",
)
_INTENTS: Final = ("pain_point", "pain_point", "pain_point", "request", "question")
_BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class Size:
    """How large the store is to be."""

    themes: int = 5_000
    posts: int = 100_000
    people: int = 30_000


@dataclass(frozen=True, slots=True)
class _Plan:
    """One theme before it is written."""

    id: str
    name: str
    words: tuple[str, str, str]
    intent: str
    mentions: int


def build(database: Database, size: Size, encoder: Encoder) -> None:
    """Fill a migrated, empty database; users pm, moderator and admin can sign in."""
    draw = random.Random(7)  # noqa: S311 - no secret
    plans = _plans(draw, size)
    with database.session() as session:
        _people(session)
        channels = _insert(session, Channel, (_channel(name) for name in _CHANNELS))
        _insert(session, Author, (_author(number) for number in range(size.people)))
        run = _run(session, encoder, size)
        vectors = encoder.encode([plan.name for plan in plans])
        posts = list(_posts(draw, size, plans, [row["id"] for row in channels]))
        _insert(session, Theme, (_theme(draw, plan, vectors[i], run) for i, plan in enumerate(plans)))
        _insert(session, Post, (post for post, _ in posts))
        _insert(session, Mention, (_mention(draw, post, plan, run) for post, plan in posts))
        _insert(session, LineageEdge, (_minted(plan, run) for plan in plans))
        theme_digests.after_run(session, run, now=_NOW)


def _people(session: Session) -> None:
    for name, role in (("pm", Role.PRODUCT_MANAGER), ("moderator", Role.MODERATOR), ("admin", Role.ADMIN)):
        accounts.create_user(session, SYSTEM, username=name, password=PASSWORD, role=role, display_name=name)
    session.flush()


def _insert(session: Session, table: type[Base], rows: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    everything = list(rows)
    for start in range(0, len(everything), _BATCH):
        session.execute(insert(table), everything[start : start + _BATCH])
    return everything


def _plans(draw: random.Random, size: Size) -> list[_Plan]:
    """As many themes as wanted; how often each is spoken of falls as it does in life."""
    triples = [(part, thing, trouble) for part in _PARTS for thing in _THINGS for trouble in _TROUBLES]
    draw.shuffle(triples)
    weights = np.array([1 / (rank + 20) for rank in range(size.themes)])
    counts = np.maximum(1, np.round(weights / weights.sum() * size.posts)).astype(int)
    return [
        _Plan(new_id("theme"), f"{part}{thing}{trouble}", (part, thing, trouble), draw.choice(_INTENTS), int(counts[i]))
        for i, (part, thing, trouble) in enumerate(triples[i % len(triples)] for i in range(size.themes))
    ]


def _channel(name: str) -> dict[str, Any]:
    return {"id": new_id("channel"), "name": name, "timezone": "Asia/Shanghai", "created_at": _NOW}


def _author(number: int) -> dict[str, Any]:
    return {"id": f"aut_{number:026d}", "platform": "native", "tier": "regular", "first_seen": _NOW}


def _run(session: Session, encoder: Encoder, size: Size) -> str:
    run = Run(
        id=new_id("run"), encoder=asdict(encoder.identity), parameters={}, timings={}, posts=size.posts,
        mentions=size.posts, themes=size.themes, created_at=_NOW,
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run.id


def _posts(
    draw: random.Random, size: Size, plans: Sequence[_Plan], channels: Sequence[str]
) -> Iterator[tuple[dict[str, Any], _Plan]]:
    for plan in plans:
        for number in range(plan.mentions):
            part, thing, trouble = plan.words
            text = draw.choice(_WORDS).format(part=part, thing=thing, trouble=trouble)
            yield {
                "id": new_id("post"), "channel_id": draw.choice(channels), "key": f"{plan.id}-{number}",
                "author_id": f"aut_{draw.randrange(size.people):026d}",
                "posted_at": _NOW - timedelta(minutes=draw.randrange(60 * 24 * 120)), "raw": text, "text": text,
                "masks": {}, "likes": draw.randrange(20), "replies": draw.randrange(6), "created_at": _NOW,
                "product": f"拾光 S{draw.randrange(40)}", "region": draw.choice(("北京", "广东", "四川", "")),
            }, plan  # fmt: skip


def _mention(draw: random.Random, post: dict[str, Any], plan: _Plan, run: str) -> dict[str, Any]:
    return {
        "id": new_id("mention"), "post_id": post["id"], "ordinal": 0, "key": post["key"][:64], "text": post["text"],
        "intent": plan.intent, "intent_confidence": 0.9, "severity": draw.random(), "products": [],
        "theme_id": plan.id, "strength": draw.random(), "run_id": run,
    }  # fmt: skip


def _theme(draw: random.Random, plan: _Plan, vector: np.ndarray[Any, np.dtype[np.float32]], run: str) -> dict[str, Any]:
    people = plan.mentions
    monday = _NOW.date() - timedelta(days=_NOW.weekday())
    parts = {
        "reach": people / (people + 30), "growth": draw.random(), "severity": draw.random(), "recency": draw.random(),
        "breadth": 0.6, "engagement": draw.random() / 2, "votes": 0.0,
    }  # fmt: skip
    return {
        "id": plan.id, "name": plan.name, "mined_name": plan.name, "intent": plan.intent,
        "keyphrases": list(plan.words), "quotes": [], "score": round(100 * sum(parts.values()) / 7, 2), "parts": parts,
        "evidence": {"recent_people": people / 4, "expected_people": people / 5}, "size": plan.mentions,
        "posts": plan.mentions, "authors": people, "severity": draw.random(), "growth": draw.uniform(-1, 1),
        "weekly": [[(monday - timedelta(weeks=11 - week)).isoformat(), draw.randrange(people + 1)]
                   for week in range(12)],
        "first_seen": _NOW - timedelta(days=120), "last_seen": _NOW - timedelta(hours=draw.randrange(900)),
        "prototype": np.asarray(vector, dtype="<f4").tobytes(), "threshold": 0.5, "run_id": run, "created_at": _NOW,
        "updated_at": _NOW,
    }  # fmt: skip


def _minted(plan: _Plan, run: str) -> dict[str, Any]:
    return {
        "run_id": run, "kind": "mint", "from_theme": None, "to_theme": plan.id, "overlap": 0.0, "created_at": _NOW,
    }  # fmt: skip


def main() -> None:
    """Read the wishes, write the store, say how long it took."""
    whole = Size()
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("database_url")
    asked.add_argument("--themes", type=int, default=whole.themes)
    asked.add_argument("--posts", type=int, default=whole.posts)
    asked.add_argument("--people", type=int, default=whole.people)
    wishes = asked.parse_args()
    started = time.monotonic()
    database = Database(wishes.database_url)
    database.migrate()
    build(database, Size(wishes.themes, wishes.posts, wishes.people), load_encoder("static"))
    database.dispose()
    print(f"{wishes.themes} themes, {wishes.posts} posts in {time.monotonic() - started:.0f} s; pm / {PASSWORD}")


if __name__ == "__main__":
    main()
