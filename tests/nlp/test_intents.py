"""Unsure mentions follow the company they keep."""

from __future__ import annotations

from nlp.intents import IntentReading, carries_theme, chatter_clusters, in_company
from nlp.types import Intent, Mention

SURE_PAIN = IntentReading(Intent.PAIN_POINT, 0.9, (0.9, 0.025, 0.025, 0.025, 0.025))
UNSURE = IntentReading(Intent.CHATTER, 0.35, (0.25, 0.13, 0.13, 0.14, 0.35))
SURE_PRAISE = IntentReading(Intent.PRAISE, 0.9, (0.025, 0.025, 0.025, 0.9, 0.025))
SURE_CHATTER = IntentReading(Intent.CHATTER, 0.95, (0.01, 0.01, 0.01, 0.02, 0.95))


def test_an_unsure_mention_among_complaints_is_a_complaint() -> None:
    settled = in_company([SURE_PAIN] * 5 + [UNSURE], [0] * 6)
    assert settled[-1].intent is Intent.PAIN_POINT


def test_a_sure_mention_keeps_its_own_reading() -> None:
    assert in_company([SURE_PAIN] * 5 + [SURE_PRAISE], [0] * 6)[-1] == SURE_PRAISE


def test_without_a_theme_or_with_little_company_nothing_changes() -> None:
    assert in_company([SURE_PAIN] * 5 + [UNSURE], [-1] * 6)[-1] == UNSURE
    assert in_company([SURE_PAIN, UNSURE], [0, 0])[-1] == UNSURE


def test_only_chatter_beyond_doubt_and_empty_mentions_are_kept_out_of_themes() -> None:
    said, empty = Mention("p", 0, "哈哈", "哈哈"), Mention("p", 0, "[图片]", "")
    assert not carries_theme(said, SURE_CHATTER, 0.8)
    assert carries_theme(said, UNSURE, 0.8)
    assert not carries_theme(empty, SURE_PAIN, 0.8)


def test_a_cluster_of_mere_chat_is_found() -> None:
    assert chatter_clusters([SURE_CHATTER, SURE_CHATTER, SURE_PAIN, UNSURE], [0, 0, 1, 1], 0.5) == {0}
