"""Unsure mentions follow the company they keep."""

from __future__ import annotations

from nlp.intents import IntentDials, IntentReading, carries_theme, in_company, of_reviews, settled_labels, theme_intent
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


def test_complaints_do_not_talk_praise_down() -> None:
    pleased = IntentReading(Intent.PRAISE, 0.5, (0.4, 0.02, 0.03, 0.5, 0.05))
    assert in_company([SURE_PAIN] * 5 + [pleased], [0] * 6)[-1].intent is Intent.PRAISE


def settle(readings: list[IntentReading], labels: list[int]) -> tuple[int, ...]:
    return settled_labels(readings, readings, labels, IntentDials())


def test_a_cluster_of_mere_chat_is_no_theme() -> None:
    assert settle([SURE_CHATTER, SURE_CHATTER, SURE_PAIN, UNSURE], [0, 0, 1, 1]) == (-1, -1, 1, 1)


def test_rare_praise_and_sure_chatter_leave_a_need() -> None:
    readings = [*[SURE_PAIN] * 6, SURE_PRAISE, SURE_CHATTER, UNSURE]
    assert settle(readings, [0] * 9) == (*[0] * 6, -1, -1, 0)


def test_in_reviews_praise_stays_with_its_aspect() -> None:
    readings = [*[SURE_PAIN] * 6, SURE_PRAISE, *[SURE_PRAISE] * 6]
    assert settle(readings, [0] * 7 + [1] * 6) == (*[0] * 7, *[1] * 6)


def test_in_reviews_a_neutral_clause_stays_with_its_aspect() -> None:
    readings = [*[SURE_PAIN] * 6, *[SURE_PRAISE] * 6, *[SURE_CHATTER] * 4]
    assert settle(readings, [0] * 12 + [1] * 4) == (*[0] * 12, *[1] * 4)
    assert settle([*[SURE_PAIN] * 12, *[SURE_CHATTER] * 4], [0] * 12 + [1] * 4) == (*[0] * 12, *[-1] * 4)


def test_a_corpus_with_much_praise_is_one_of_reviews() -> None:
    assert of_reviews(
        {Intent.PRAISE: 30, Intent.PAIN_POINT: 50, Intent.REQUEST: 20, Intent.CHATTER: 900}, IntentDials()
    )
    assert not of_reviews({Intent.PRAISE: 20, Intent.PAIN_POINT: 80}, IntentDials())
    assert not of_reviews({Intent.CHATTER: 5}, IntentDials())


def test_a_theme_does_what_its_mentions_most_surely_do() -> None:
    unsure_pains = [(Intent.PAIN_POINT, 0.3)] * 4
    assert theme_intent([*unsure_pains, *[(Intent.REQUEST, 0.9)] * 3]) is Intent.REQUEST
    assert theme_intent([(Intent.CHATTER, 0.5), (Intent.QUESTION, 0.5)]) is Intent.QUESTION
