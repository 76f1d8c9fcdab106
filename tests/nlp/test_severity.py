"""How bad it is, by the words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.encoders.catalogue import load_encoder
from models.linear_head import LinearHead
from models.severity_head import felt_severity, shipped_severity_head
from nlp.severity import felt_severities, severity
from nlp.types import Intent
from tests.hashing_encoder import HashingEncoder

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


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from(list(Intent)))
def test_any_text_stays_in_bounds(text: str, intent: Intent) -> None:
    assert 0 <= severity(text, intent) <= 1


def test_the_head_moves_severity_and_words_of_danger_stand() -> None:
    quiet, loud = (severity("背面鼓起来一个包", PAIN, felt) for felt in (0.1, 0.9))
    assert quiet < severity("背面鼓起来一个包", PAIN) < loud
    assert severity("充电口冒烟了", PAIN, 0.0) >= 0.95
    assert severity("以前冒烟现在好了", Intent.PRAISE, 0.0) < 0.2


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(list(Intent)), st.floats(0, 1))
def test_with_the_head_any_text_stays_in_bounds(text: str, intent: Intent, felt: float) -> None:
    assert 0 <= severity(text, intent, felt) <= 1


def head() -> LinearHead:
    weights = np.zeros((256, 1), dtype=np.float32)
    weights[0] = 5.0
    return LinearHead("test", weights, np.array([0.25], dtype=np.float32), np.zeros(256, dtype=np.float32))


def test_the_head_reads_every_vector_clips_and_passes_over_what_says_nothing() -> None:
    vectors = np.zeros((3, 256), dtype=np.float32)
    vectors[0, 0], vectors[1, 1] = 1.0, 1.0
    found = felt_severity(vectors, HashingEncoder().identity, head())
    assert found is not None
    assert found[:2].tolist() == [1.0, 0.25]
    assert np.isnan(found[2])


def test_vectors_of_another_encoder_leave_the_words_alone() -> None:
    assert felt_severity(np.ones((2, 256), dtype=np.float32), HashingEncoder().identity) is None
    assert felt_severities(np.ones((2, 256), dtype=np.float32), HashingEncoder().identity) == [None, None]


def test_the_shipped_head_is_for_the_default_encoder() -> None:
    encoder = load_encoder().identity
    assert shipped_severity_head().fits(encoder)
    assert shipped_severity_head().weights.shape == (encoder.dimension, 1)
