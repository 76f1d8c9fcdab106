"""The suites stability and assign measure what they say, on a corpus small enough to know the answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evaluation.assign_suite import AssignResult, Latency, crowds, score_agreement
from evaluation.assign_suite import _body as assign_body
from evaluation.stability_suite import StabilityResult, later, latest, replay, score_stability, share_kept
from evaluation.stability_suite import _body as stability_body
from nlp.mentions import split_mentions
from nlp.mining import mine
from nlp.types import Document
from tests.hashing_encoder import HashingEncoder

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
NEEDS = ("充电的时候后盖发烫{}", "扫地机又丢地图了{}", "希望支持定时深色模式{}", "蓝牙耳机老是断连{}")


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [
        Document(
            id=f"d{number:03d}",
            text=NEEDS[number % len(NEEDS)].format("啊呀呢吧"[number % 3] + "真烦" * (number % 2)),
            author=f"u{number}",
            time=START + timedelta(days=number),
        )
        for number in range(64)
    ]


def test_mentions_are_compared_by_what_both_runs_hold(documents: list[Document]) -> None:
    whole = mine(documents, encoder=HashingEncoder())
    assert share_kept(whole, whole) == 1.0
    lost = replace(whole, mentions=tuple(replace(mined, theme_id="thm_other") for mined in whole.mentions[:16]))
    assert share_kept(whole, lost) == 0.0
    less = later(whole, documents[4:], HashingEncoder())
    assert share_kept(whole, less) == 1.0


def test_a_set_is_scored_in_every_way(documents: list[Document]) -> None:
    scored = score_stability("made", documents, HashingEncoder())
    assert scored.kept.shuffled == 1.0
    assert scored.kept.dropped >= 0.97
    assert scored.kept.added >= 0.97
    assert 0.0 <= scored.drift <= 1.0
    page = "\n".join(stability_body(StabilityResult((scored,), ())))
    assert "| made | 64 |" in page


def test_the_replay_runs_once_a_week_on_all_that_was_said_until_then(documents: list[Document]) -> None:
    weeks = replay(latest(documents, 60), HashingEncoder())
    assert [week.posts for week in weeks] == [18, 25, 32, 39, 46, 53, 60]
    assert weeks[0].edges["mint"] > 0
    assert all(week.kept >= 0.9 for week in weeks)


def test_held_back_posts_are_placed_as_a_run_would_place_them(documents: list[Document]) -> None:
    scored = score_agreement("made", documents, HashingEncoder())
    assert scored.held_back > 0
    assert scored.agreement >= 0.9
    page = "\n".join(assign_body(AssignResult((scored,), {"static": Latency(1.0, 2.0, 3.0, 4.0, 5.0)})))
    assert "| made |" in page


def test_speed_is_measured_on_posts_that_are_all_different_and_none_of_them_read_before(
    documents: list[Document],
) -> None:
    warming, bulk = crowds(documents, warming=10, bulk=40)
    assert (len(warming), len(bulk)) == (10, 40)
    said = [mention.normalised for post in (*warming, *bulk) for mention in split_mentions(post)]
    assert len(set(said)) == len(said)
