"""Who shouts, and who sends copies, must not climb: the sample is mined before and after each, demand beside volume."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evaluation.datasets import LabelledSet
from models.encoders.protocol import Encoder
from nlp.mining import mine
from nlp.types import Document, MiningResult

TARGET = "one_handed_mode"  # a small need of the sample: nine people, one post each
SHOUTED = "classic_ringtone"  # asked for by one person only, again and again, in the sample itself
POSTS = 60

_WISH = "强烈要求官方马上把单手模式加回来，大屏手机一只手根本够不着上面"
_CHANGES = ("", "！！", "，求求了", "，顶", "，支持", "，急", "……", "，大家顶起来", "，谢谢", "啊")
_COMPLAINTS = (
    "单手模式什么时候加回来，一只手够不着顶上的按钮",
    "没有单手模式太难受了，地铁上另一只手要扶着",
    "旧系统下滑就能缩小屏幕，新系统的单手模式去哪了",
    "屏幕这么大还不给单手模式，拇指都快抽筋了",
    "抱着孩子只能用一只手，没有单手模式连返回都点不到",
    "请把单手模式做回设置里，别让我再说一遍",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a theme stands among all; ranks count from 1. A theme that was not found has none."""

    mentions: int
    people: int
    counted: float  # people after discounting bursts of copies
    score: float
    by_demand: int | None
    by_mentions: int | None
    themes: int


@dataclass(frozen=True, slots=True)
class Attack:
    """One theme before and after somebody pushed it."""

    what: str
    before: Standing
    after: Standing


def run_attacks(sample: LabelledSet, encoder: Encoder) -> tuple[Attack, ...]:
    """The sample's own shouter, a louder one, and a burst of copies that came in over three sources."""
    posts = _posts_of(sample, TARGET)
    plain = mine(sample.documents, encoder=encoder)
    shouting = set(_posts_of(sample, SHOUTED))
    quiet = mine([document for document in sample.documents if document.id not in shouting], encoder=encoder)
    before = standing(plain, posts)
    attacks = [
        Attack("the sample's own shouter: 25 posts for an old ringtone", standing(quiet, ()), standing(plain, shouting))
    ]
    for what, added in (
        (f"one new author, {POSTS} posts in his own words", shout(_end(sample.documents))),
        (f"{POSTS} new accounts, near-identical posts within 48 hours", burst(_end(sample.documents))),
    ):
        pushed = mine([*sample.documents, *added], encoder=encoder)
        attacks.append(Attack(what, before, standing(pushed, [*posts, *(document.id for document in added)])))
    return tuple(attacks)


def shout(end: datetime) -> list[Document]:
    """One author, one wish, many posts over three weeks."""
    return [
        Document(
            id=f"shout-{i:03d}",
            text=f"{_COMPLAINTS[i % len(_COMPLAINTS)]}，第{i + 1}次说",
            author="shouter",
            time=end - timedelta(hours=8 * i),
            channel=f"source-{i % 3}",
        )
        for i in range(POSTS)
    ]


def burst(end: datetime) -> list[Document]:
    """Many accounts that say nothing else, one text with small changes, three sources: no reader sees them together."""
    return [
        Document(
            id=f"burst-{i:03d}",
            text=_WISH + _CHANGES[i % len(_CHANGES)],
            author=f"account-{i:03d}",
            time=end - timedelta(minutes=48 * i),
            channel=f"source-{i % 3}",
        )
        for i in range(POSTS)
    ]


def standing(result: MiningResult, posts: Sequence[str] | set[str]) -> Standing:
    """Of the theme that these posts push highest: best by demand where they are most of the mentions.

    Where they are most of no theme, the one that holds most of them.
    """
    wanted = set(posts)
    held = Counter(m.theme_id for m in result.mentions if m.theme_id and m.mention.post_id in wanted)
    themes = [theme for theme in result.themes if held[theme.id]]  # best demand first
    if not themes:
        return Standing(0, 0, 0.0, 0.0, None, None, len(result.themes))
    made = [theme for theme in themes if 2 * held[theme.id] >= theme.size]
    theme = made[0] if made else min(themes, key=lambda theme: (-held[theme.id], theme.id))
    return Standing(
        mentions=theme.size,
        people=theme.authors,
        counted=theme.demand.evidence["people_counted"],
        score=theme.demand.score,
        by_demand=1 + sum(other.demand.score > theme.demand.score for other in result.themes),
        by_mentions=1 + sum(other.size > theme.size for other in result.themes),
        themes=len(result.themes),
    )


def _posts_of(sample: LabelledSet, label: str) -> list[str]:
    pairs = zip(sample.documents, sample.labels, strict=True)
    return [document.id for document, given in pairs if given == label]


def _end(documents: Sequence[Document]) -> datetime:
    return max(document.time for document in documents if document.time is not None)
