"""Writes a large invented store: 5,000 themes and 100,000 posts without further wishes, to measure pages and searches.

    python scripts/big_store.py sqlite:///big/zhongsheng.sqlite --themes 5000 --posts 100000

With the posts come what a house of that size has beside them: a drawn map, 10,000 drafts, 500 proposals with 50,000
votes, releases, knowledge and the events of all that. Serve it with ZHONGSHENG_STATE pointing at the folder; sign in
as "pm", "moderator" or "admin" with the password it prints. The numbers are drawn from a fixed seed: two stores of the
same size are alike. `scripts/first_paint.py` measures every page on such a store.
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
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder
from nlp.map_islands import COLOURS, Island
from nlp.map_layout import beside
from review import accounts, theme_digests
from review.principals import SYSTEM, Role
from store.database import Database
from store.ids import new_id
from store.repositories import map_points
from store.repositories.map_points import Place
from store.tables import (
    Author,
    Base,
    Channel,
    Draft,
    Event,
    Follow,
    Knowledge,
    LineageEdge,
    Mention,
    Post,
    Proposal,
    Release,
    ReleasedProposal,
    Run,
    Theme,
    Vote,
)

PASSWORD: Final = "correct-horse-battery"  # noqa: S105 - of an invented store
_NOW: Final = datetime(2026, 8, 20, 8, 0, tzinfo=UTC)
_CHANNELS: Final = ("官方社区", "内测群", "用户群一", "用户群二", "应用评论", "客服工单")
_THINGS: Final = [
    "充电", "屏幕", "相机", "闹钟", "蓝牙", "耳机", "门锁", "路由器", "信号", "指纹",
    "桌面", "通知", "更新", "电池", "扬声器", "体重秤", "扫地机", "手表", "音箱", "键盘",
]  # fmt: skip
_PARTS: Final = [
    "夜间", "外出时", "通话时", "拍照时", "升级后", "低温下", "横屏时", "锁屏时", "游戏里", "多人使用时",
    "连接车机时", "长时间使用后", "第一次设置时", "切换账号后", "省电模式下", "投屏时", "离线时", "飞行模式后",
    "分屏时", "充电时",
]  # fmt: skip
_TROUBLES: Final = [
    "很慢", "不响", "断开", "发烫", "卡顿", "闪退", "找不到", "不准", "太吵", "掉电快",
    "打不开", "没反应", "丢失", "重复提醒", "识别不了", "看不清", "不同步", "提示太多", "误触", "自动关闭",
]  # fmt: skip
_WORDS: Final = (
    "{part}{thing}{trouble}",
    "{thing}{part}总是{trouble}，能不能修一下",
    "又是{thing}{trouble}，{part}特别明显",
    "请问{thing}{part}{trouble}怎么办",
    "希望改进：{part}{thing}{trouble}",
)
_INTENTS: Final = ("pain_point", "pain_point", "pain_point", "request", "question")
_PATHS: Final = (  # what became of a proposal
    (),
    ("under_review",),
    ("under_review", "voting"),
    ("under_review", "voting"),
    ("under_review", "voting", "accepted"),
    ("under_review", "voting", "accepted", "in_progress"),
    ("under_review", "voting", "accepted", "in_progress", "shipped"),
    ("under_review", "declined"),
)
_ANSWERS: Final = (*["proposed"] * 4, "approved", "approved", "approved", "edited", "rejected", "expired")
_OFFER: Final = "请更新到最新版本后再试一次。"
_SENT: Final = {"approved": _OFFER, "edited": "请先更新到最新版本，然后重启再试一次。"}
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
        users = _people(session)
        channels = _insert(session, Channel, (_channel(name) for name in _CHANNELS))
        _insert(session, Author, (_author(number) for number in range(size.people)))
        run = _run(session, encoder, size)
        vectors = encoder.encode([plan.name for plan in plans])
        posts = list(_posts(draw, size, plans, [row["id"] for row in channels]))
        _insert(session, Theme, (_theme(draw, plan, vectors[i], run) for i, plan in enumerate(plans)))
        _insert(session, Post, (post for post, _ in posts))
        mentions = _insert(session, Mention, (_mention(draw, post, plan, run) for post, plan in posts))
        _insert(session, LineageEdge, (_minted(plan, run) for plan in plans))
        theme_digests.after_run(session, run, now=_NOW)
        _map(session, plans, mentions)
        _ballot(session, draw, plans, size)
        _answers(session, draw, posts, run, users["moderator"])


def _people(session: Session) -> dict[str, str]:
    """Their ids by name."""
    roles = {"pm": Role.PRODUCT_MANAGER, "moderator": Role.MODERATOR, "admin": Role.ADMIN}
    made = {
        name: accounts.create_user(session, SYSTEM, username=name, password=PASSWORD, role=role, display_name=name)
        for name, role in roles.items()
    }
    session.flush()
    return {name: user.id for name, user in made.items()}


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


def _author_id(number: int) -> str:
    return f"aut_{number:026d}"


def _author(number: int) -> dict[str, Any]:
    return {"id": _author_id(number), "platform": "native", "tier": "regular", "first_seen": _NOW}


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
                "author_id": _author_id(draw.randrange(size.people)),
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


def _map(session: Session, plans: Sequence[_Plan], mentions: Sequence[dict[str, Any]]) -> None:
    """Islands along a spiral, the largest in the middle; mentions anywhere on theirs."""
    wide = 0.9 / len(plans) ** 0.5
    islands = {}
    for place, plan in enumerate(plans):
        out, turn = 0.95 * ((place + 0.5) / len(plans)) ** 0.5, place * 2.399963  # the golden angle
        x, y = out * float(np.cos(turn)), out * float(np.sin(turn))
        islands[plan.id] = Island(x, y, wide, place % COLOURS)
    points = {row["key"]: beside(islands[row["theme_id"]], row["key"]) for row in mentions}
    places = {theme: Place(at.x, at.y, at.radius, at.colour) for theme, at in islands.items()}
    map_points.keep(session, points, places)


def _ballot(session: Session, draw: random.Random, plans: Sequence[_Plan], size: Size) -> None:
    """The leading tenth of the themes as proposals, half as many votes as posts, the shipped ones in releases."""
    routed = plans[: max(len(plans) // 10, 1)]
    paths = {plan.id: draw.choice(_PATHS) for plan in routed}
    proposals = _insert(session, Proposal, (_proposal(draw, plan, paths[plan.id], size) for plan in routed))
    _insert(session, Event, (event for row in proposals for event in _told(row, paths[row["theme_id"]])))
    of_each = sum(plan.mentions for plan in routed)
    voters = {
        row["id"]: draw.sample(range(size.people), min(plan.mentions * size.posts // 2 // of_each + 1, size.people))
        for row, plan in zip(proposals, routed, strict=True)
    }
    _insert(session, Vote, (_vote(proposal, number) for proposal, numbers in voters.items() for number in numbers))
    _insert(
        session,
        Follow,
        (
            {"proposal_id": proposal, "follower": _author_id(number), "created_at": _NOW}
            for proposal, numbers in voters.items()
            for number in numbers[::4]
        ),
    )
    shipped = [row["id"] for row in proposals if row["status"] == "shipped"]
    releases = _insert(session, Release, (_release(number) for number in range(12)))
    named = ((proposal, releases[place % len(releases)]["id"]) for place, proposal in enumerate(shipped))
    _insert(session, ReleasedProposal, ({"proposal_id": one, "release_id": release} for one, release in named))


def _proposal(draw: random.Random, plan: _Plan, path: Sequence[str], size: Size) -> dict[str, Any]:
    status = path[-1] if path else "received"
    created = _NOW - timedelta(days=draw.randrange(20, 120))
    part, thing, trouble = plan.words
    return {
        "id": new_id("proposal"), "theme_id": plan.id, "title": plan.name, "status": status,
        "problem": "\n".join(words.format(part=part, thing=thing, trouble=trouble) for words in _WORDS),
        "reason": "与现有设计不符，暂不调整。" if status == "declined" else "", "note": "感谢反馈，进展会在这里更新。",
        "first_reporters": [_author_id(draw.randrange(size.people)) for _ in range(3)], "people": plan.mentions,
        "mentions": plan.mentions, "channels": len(_CHANNELS), "products": 3, "demand_score": draw.uniform(20, 80),
        "created_at": created, "updated_at": _NOW, "routed_from": plan.id,
    }  # fmt: skip


def _told(proposal: dict[str, Any], path: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The events of a proposal's way, a few days from step to step."""
    before = "received"
    for number, status in enumerate(path, start=1):
        yield _event(
            "proposal.status_changed", "proposal", proposal["id"], proposal["created_at"] + timedelta(days=4 * number),
            before={"status": before}, after={"status": status}, note=proposal["note"],
        )  # fmt: skip
        before = status


def _event(action: str, kind: str, subject: str, at: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "id": new_id("event"), "at": at, "actor": "system", "action": action, "subject_type": kind,
        "subject_id": subject, "before": None, "after": None, "note": "",
    } | fields  # fmt: skip


def _vote(proposal: str, person: int) -> dict[str, Any]:
    voter = _author_id(person)
    return {"id": new_id("vote"), "proposal_id": proposal, "voter": voter, "cast_by": voter, "created_at": _NOW}


def _release(number: int) -> dict[str, Any]:
    day = _NOW - timedelta(weeks=number)
    return {
        "id": new_id("release"), "title": f"拾光 {12 - number}.0", "notes": "修复了大家反馈的问题。",
        "status": "published", "released_at": day, "published_at": day, "created_by": "system", "created_at": day,
        "updated_at": day,
    }  # fmt: skip


def _answers(
    session: Session, draw: random.Random, posts: Sequence[tuple[dict[str, Any], _Plan]], run: str, moderator: str
) -> None:
    """Something to answer from, and a draft for every tenth post: some wait, the others were decided."""
    known = _insert(session, Knowledge, (_known(number) for number in range(max(len(posts) // 500, 1))))
    sources = [row["id"] for row in known]
    drafts = _insert(
        session,
        Draft,
        ({**_draft(draw, post, plan, sources, moderator), "run_id": run} for post, plan in posts[::10]),
    )
    out = update(Draft).where(Draft.status == "approved", Draft.confidence > 0.6)
    session.execute(out.values(status="published", published_at=Draft.decided_at))
    decided = (row for row in drafts if row["decided_at"] is not None)
    _insert(
        session,
        Event,
        (_event(f"draft.{row['status']}", "draft", row["id"], row["decided_at"], actor=moderator) for row in decided),
    )


def _known(number: int) -> dict[str, Any]:
    thing, trouble = _THINGS[number % len(_THINGS)], _TROUBLES[number // len(_THINGS) % len(_TROUBLES)]
    return {
        "id": new_id("knowledge"), "key": f"faq-{number}", "kind": "faq", "title": f"{thing}{trouble}怎么办",
        "body": _OFFER, "source_updated_at": _NOW, "created_at": _NOW, "updated_at": _NOW,
    }  # fmt: skip


def _draft(
    draw: random.Random, post: dict[str, Any], plan: _Plan, sources: Sequence[str], moderator: str
) -> dict[str, Any]:
    status = draw.choice(_ANSWERS)
    decided = status in ("approved", "edited", "rejected")
    at = post["posted_at"] + timedelta(hours=draw.uniform(1, 96))
    return {
        "id": new_id("draft"), "post_id": post["id"], "theme_id": plan.id, "status": status,
        "drafter": "grounded", "gaps": [], "confidence": draw.uniform(0.4, 0.95), "needs_person": False,
        "sentences": [{"text": _OFFER, "kind": "grounded", "sources": [draw.choice(sources)]}],
        "priority": draw.uniform(0, 100), "final_text": _SENT.get(status),
        "reject_reason": "没有回答问题" if status == "rejected" else None, "decided_at": at if decided else None,
        "decided_by": moderator if decided else None,
        "created_at": post["posted_at"], "updated_at": at,
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
