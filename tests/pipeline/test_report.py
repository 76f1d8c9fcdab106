"""The report page: complete, self-contained, and safe with hostile text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nlp.types import Intent
from pipeline.report import LEADING, Headline, ReportTheme, growth_percent, growth_words, render, spark_points

HEAD = Headline(
    sources=("forum.csv",), posts=1200, people=300, nameless=0, mentions=1500, needs=900, rejected=4, duplicates=33,
    since=datetime(2026, 8, 3, tzinfo=UTC), until=datetime(2026, 9, 27, tzinfo=UTC),
    made_at=datetime(2026, 9, 28, 9, 30, tzinfo=UTC), encoder="use+e5",
)  # fmt: skip
THEME = ReportTheme(
    name="充电发烫", intent=Intent.PAIN_POINT, score=61.4, parts={"reach": 0.7, "severity": 0.5, "votes": 0.0},
    people=54, posts=60, mentions=64, severity=0.6, growth=0.4, weekly=(("2026-08-03", 4), ("2026-08-10", 9)),
    keyphrases=("充电", "发热"), quotes=("一充电就发烫",), first_seen=None, last_seen=None,
)  # fmt: skip


def test_the_page_shows_the_headline_and_the_themes_in_order_of_demand() -> None:
    page = render(HEAD, [replace(THEME, name="第二", score=40), THEME])
    assert page.index("<h3>充电发烫") < page.index("<h3>第二")
    for shown in ("1,200", "2026-08-03", "一充电就发烫", "上升 +49%", "<polyline"):
        assert shown in page


def test_nothing_outside_the_page_is_referred_to() -> None:
    page = render(HEAD, [THEME])
    assert not re.search(r"(?:src|href|url)\s*[=(]", page)
    assert "<script" not in page


@pytest.mark.parametrize("field", ["name", "quotes", "keyphrases"])
def test_hostile_text_is_escaped(field: str) -> None:
    hostile = '"><img src=x onerror=alert(1)>{{ 7*7 }}'
    value: object = hostile if field == "name" else (hostile,)
    page = render(HEAD, [replace(THEME, **{field: value})])  # type: ignore[arg-type]
    assert "<img" not in page
    assert "&lt;img" in page
    assert "{{ 7*7 }}" in page  # text stays text


def test_praise_is_set_apart_and_chatter_is_left_out() -> None:
    page = render(
        HEAD,
        [
            THEME,
            replace(THEME, name="屏幕好看", intent=Intent.PRAISE),
            replace(THEME, name="早安", intent=Intent.CHATTER),
        ],
    )
    assert "大家在夸什么" in page
    assert "<h3>屏幕好看" not in page
    assert "早安" not in page


def test_many_themes_end_in_a_table() -> None:
    page = render(HEAD, [replace(THEME, name=f"主题{n}", score=90 - n) for n in range(LEADING + 5)])
    assert page.count('<li class="theme">') == LEADING
    assert f"<td>主题{LEADING + 4}</td>" in page


def test_no_themes_is_said_plainly() -> None:
    assert "没有发现反复出现的诉求" in render(replace(HEAD, since=None, until=None), [])


@pytest.mark.parametrize(
    ("growth", "word", "percent"), [(0.4, "rising", "+49%"), (-0.7, "fading", "-50%"), (0.0, "steady", "+0%")]
)
def test_growth_is_put_into_words(growth: float, word: str, percent: str) -> None:
    assert growth_words(growth).en == word
    assert growth_percent(growth) == percent


def test_the_trend_line_stays_in_its_box_and_needs_two_weeks() -> None:
    points = spark_points([("a", 0), ("b", 5), ("c", 10)])
    assert all(0 <= x <= 132 and 0 <= y <= 34 for x, y in points)
    assert points[2][1] < points[0][1]
    assert spark_points([("a", 3)]) == []
    assert len(spark_points([("a", 0), ("b", 0)])) == 2


def test_posts_without_an_author_and_parts_without_evidence_are_told_honestly() -> None:
    page = render(replace(HEAD, nameless=12), [THEME])
    assert "有 12 帖没有给出用户" in page
    assert "没有给出用户" not in render(HEAD, [THEME])
    assert "<span>投票</span>" not in page, "nobody has voted on anything"
    assert "<span>投票</span>" in render(HEAD, [replace(THEME, parts={"votes": 0.2}), THEME])
