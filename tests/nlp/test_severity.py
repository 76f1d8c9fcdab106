"""How bad it is, by the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.severity import severity
from nlp.types import Intent

PAIN = Intent.PAIN_POINT


def test_graver_words_are_graver() -> None:
    ladder = ["充电口冒烟了", "手机开不了机", "打游戏老闪退", "有时卡顿", "图标丑"]
    values = [severity(text, PAIN) for text in ladder]
    assert values == sorted(values, reverse=True)
    assert values[0] >= 0.95
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("text", ["充电时漏电", "被充电器烫伤了", "电池鼓包了", "半夜冒烟"])
def test_danger_counts_in_full_even_in_a_question(text: str) -> None:
    assert severity(f"{text}怎么办？", Intent.QUESTION) >= 0.95


def test_negation_takes_it_away() -> None:
    assert severity("从不闪退", PAIN) < severity("闪退", PAIN)
    assert severity("没有发烫", PAIN) == severity("正常", PAIN)
    assert severity("能不能用", Intent.QUESTION) == severity("正常", Intent.QUESTION)


def test_intensity_raises_and_softening_lowers() -> None:
    assert severity("严重卡顿", PAIN) > severity("卡顿", PAIN) > severity("偶尔卡顿", PAIN)


def test_praise_and_chatter_are_mild() -> None:
    assert severity("以前卡顿现在流畅", Intent.PRAISE) < 0.2


@given(st.text(max_size=200), st.sampled_from(list(Intent)))
def test_any_text_stays_in_bounds(text: str, intent: Intent) -> None:
    assert 0 <= severity(text, intent) <= 1
