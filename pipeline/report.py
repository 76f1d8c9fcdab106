"""report.html: the ranked needs on one self-contained page, Chinese first, for forwarding."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.types import NEEDS, Intent, MinedTheme

if TYPE_CHECKING:
    from jinja2 import Environment

LEADING = 24  # themes shown in full; the rest follow as rows of a table
QUOTES = 3
_SPARK_WIDTH, _SPARK_HEIGHT = 132, 34


@dataclass(frozen=True, slots=True)
class Label:
    """One word on the page in both languages."""

    zh: str
    en: str


PARTS = {
    "reach": Label("人数", "reach"),
    "severity": Label("严重", "severity"),
    "growth": Label("增长", "growth"),
    "recency": Label("近期", "recency"),
    "breadth": Label("广度", "breadth"),
    "engagement": Label("共鸣", "engagement"),
    "votes": Label("投票", "votes"),
}
INTENTS = {
    Intent.PAIN_POINT: Label("痛点", "pain point"),
    Intent.REQUEST: Label("需求", "request"),
    Intent.QUESTION: Label("提问", "question"),
    Intent.PRAISE: Label("好评", "praise"),
    Intent.CHATTER: Label("闲聊", "chatter"),
}


@dataclass(frozen=True, slots=True)
class ReportTheme:
    """A theme as the page shows it."""

    name: str
    intent: Intent
    score: float  # 0..100
    parts: dict[str, float]  # 0..1 each
    people: int
    posts: int
    mentions: int
    severity: float  # 0..1
    growth: float  # natural log of the ratio to the theme's own baseline
    weekly: tuple[tuple[str, int], ...]  # (Monday, distinct people), oldest first
    keyphrases: tuple[str, ...]
    quotes: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None

    @classmethod
    def of(cls, theme: MinedTheme) -> ReportTheme:
        """The page's view of a mined theme."""
        return cls(
            name=theme.name,
            intent=theme.intent,
            score=theme.demand.score,
            parts=theme.demand.parts,
            people=theme.authors,
            posts=theme.posts,
            mentions=theme.size,
            severity=theme.severity,
            growth=theme.growth,
            weekly=theme.weekly,
            keyphrases=theme.keyphrases,
            quotes=tuple(quote.text for quote in theme.quotes),
            first_seen=theme.first_seen,
            last_seen=theme.last_seen,
        )


@dataclass(frozen=True, slots=True)
class Headline:
    """The numbers at the top of the page, and where they come from."""

    sources: tuple[str, ...]  # names of the files or channels read
    posts: int
    people: int
    nameless: int  # posts whose source names no author: each counts as one person
    mentions: int
    needs: int  # mentions that carry a need
    rejected: int
    duplicates: int
    since: datetime | None
    until: datetime | None
    made_at: datetime
    encoder: str


def render(headline: Headline, themes: Iterable[ReportTheme]) -> str:
    """The whole page as HTML. Every piece of user text is escaped; nothing outside the page is referred to."""
    listed = sorted(themes, key=lambda theme: -theme.score)
    needs = [theme for theme in listed if theme.intent in NEEDS]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            head=headline,
            leading=needs[:LEADING],
            further=needs[LEADING:],
            praise=[theme for theme in listed if theme.intent is Intent.PRAISE],
            theme_count=len(needs),
            rising=[theme for theme in needs[: 2 * LEADING] if growth_words(theme.growth).en == "rising"][:3],
            gravest=max(needs[:LEADING], key=lambda theme: theme.severity, default=None),
            most=max((theme.people for theme in needs), default=1),
            # a part that says nothing of any theme (no likes in the source, one channel) is left out
            parts={key: label for key, label in PARTS.items() if any(theme.parts.get(key) for theme in needs)},
            intents=INTENTS,
            quote_limit=QUOTES,
        )
    )


def growth_words(growth: float) -> Label:
    """Whether a theme rises, holds or fades, for a growth given as a natural log of the ratio."""
    if growth >= 0.15:
        return Label("上升", "rising")
    if growth <= -0.15:
        return Label("回落", "fading")
    return Label("平稳", "steady")


def growth_percent(growth: float) -> str:
    """Growth as a signed percentage such as +38%."""
    return f"{(math.exp(growth) - 1) * 100:+.0f}%"


def severity_words(severity: float) -> Label:
    """How bad it is in a word, for a severity 0..1."""
    for least, label in ((0.65, Label("严重", "grave")), (0.4, Label("明显", "marked")), (0.0, Label("轻微", "mild"))):
        if severity >= least:
            return label
    return Label("轻微", "mild")


def spark_points(weekly: Sequence[tuple[str, int]]) -> list[tuple[float, float]]:
    """Points of the trend line inside a box of 132 by 34 units, one a week; empty for fewer than two weeks."""
    if len(weekly) < 2:
        return []
    top = max(count for _, count in weekly) or 1
    step = (_SPARK_WIDTH - 8) / (len(weekly) - 1)
    room = _SPARK_HEIGHT - 10
    return [(round(4 + i * step, 1), round(5 + room * (1 - count / top), 1)) for i, (_, count) in enumerate(weekly)]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        growth_words=growth_words, growth_percent=growth_percent, severity_words=severity_words, spark=spark_points
    )
    return environment
