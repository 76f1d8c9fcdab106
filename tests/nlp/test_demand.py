"""Demand counts people and pain, never messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.demand import demand
from nlp.demand_weights import DemandWeights
from nlp.voices import Crowd, Evidence, Voice

NOW = datetime(2026, 9, 28, tzinfo=UTC)
CROWD = Crowd(
    people=150,
    start=NOW - timedelta(weeks=8),
    latest=NOW,
    engagement_cap=20.0,
    facet_values={"channel": 3, "product": 4, "region": 0},
)
WEIGHTS = DemandWeights()


def voice(author: str, days_ago: float = 5.0, **fields: object) -> Voice:
    base = Voice(author=author, post_id=f"{author}-{days_ago}", time=NOW - timedelta(days=days_ago), severity=0.5)
    return replace(base, **fields)  # type: ignore[arg-type]


def crowd_of_voices(people: int, **fields: object) -> list[Voice]:
    return [voice(f"a{i}", days_ago=float(i % 50), **fields) for i in range(people)]


def evidence(voices: list[Voice], *, praising: int = 0, votes: int = 0, crowd: Crowd = CROWD) -> Evidence:
    bystanders = [voice(f"praise{i}", needs=False) for i in range(praising)]
    return Evidence(voices=[*voices, *bystanders], votes=votes, crowd=crowd)


def score(voices: list[Voice], **fields: object) -> float:
    return demand(evidence(voices, **fields), WEIGHTS).score  # type: ignore[arg-type]


def test_a_thousand_posts_of_one_author_are_one_person() -> None:
    shouting = [voice("loud", days_ago=i / 30, post_id=f"p{i}") for i in range(1000)]
    found = demand(evidence(shouting), WEIGHTS)
    assert found.evidence["people"] == 1
    assert found.evidence["posts"] == 1000
    assert found.score < score(crowd_of_voices(5))


def test_a_burst_of_copies_by_fresh_authors_counts_as_a_few_people() -> None:
    stuffed = [voice(f"f{i}", days_ago=1 + i / 200, fresh=True, duplicate_group="text:same") for i in range(200)]
    found = demand(evidence(stuffed), WEIGHTS)
    assert found.evidence["people"] == 200
    assert found.evidence["people_counted"] < 5
    assert found.score < score(crowd_of_voices(20))


def test_the_same_words_from_people_who_also_say_other_things_count_in_full() -> None:
    honest = [voice(f"h{i}", days_ago=1 + i / 200, duplicate_group="text:same") for i in range(30)]
    assert demand(evidence(honest), WEIGHTS).evidence["people_counted"] == 30


def test_copies_spread_over_weeks_are_not_a_burst() -> None:
    spread = [voice(f"s{i}", days_ago=i * 6.0, fresh=True, duplicate_group="text:same") for i in range(8)]
    assert demand(evidence(spread), WEIGHTS).evidence["people_counted"] == 8


def test_more_people_more_severity_more_votes_and_higher_tiers_each_raise_the_score() -> None:
    base = crowd_of_voices(12)
    assert score(crowd_of_voices(24)) > score(base)
    assert score([replace(v, severity=0.9) for v in base]) > score(base)
    assert score(base, votes=20) > score(base)
    assert score([replace(v, tier="core") for v in base]) > score(base)
    assert score([replace(v, engagement=10.0) for v in base]) > score(base)


def test_praise_and_chatter_sink() -> None:
    assert score([], praising=200) == 0
    assert score(crowd_of_voices(5), praising=95) < 0.1 * score(crowd_of_voices(5))


def test_growth_is_measured_against_the_themes_own_baseline_and_shrunk() -> None:
    growing = [voice(f"n{i}", days_ago=i % 13) for i in range(20)] + [voice(f"o{i}", 20.0 + i) for i in range(4)]
    fading = [voice(f"n{i}", 20.0 + i) for i in range(24)]
    tiny = [voice("x", 1.0), voice("y", 2.0)]
    up, down, small = (demand(evidence(v), WEIGHTS).evidence["growth"] for v in (growing, fading, tiny))
    assert up > 1
    assert down < -0.5
    assert 0 < small < up


def test_one_viral_post_is_capped() -> None:
    base = crowd_of_voices(12)
    viral = [replace(base[0], engagement=100_000.0), *base[1:]]
    capped = [replace(base[0], engagement=CROWD.engagement_cap), *base[1:]]
    assert score(viral) == score(capped)


def test_recent_themes_outrank_old_ones() -> None:
    assert score([voice(f"r{i}", 1.0) for i in range(10)]) > score([voice(f"r{i}", 50.0) for i in range(10)])


def test_breadth_counts_how_evenly_people_spread() -> None:
    one = [replace(v, channel="group") for v in crowd_of_voices(12)]
    three = [replace(v, channel=("group", "forum", "qq")[i % 3]) for i, v in enumerate(crowd_of_voices(12))]
    assert demand(evidence(three), WEIGHTS).parts["breadth"] > demand(evidence(one), WEIGHTS).parts["breadth"]


def test_posts_without_any_time_still_rank() -> None:
    timeless = replace(CROWD, start=None, latest=None)
    voices = [replace(v, time=None) for v in crowd_of_voices(12)]
    found = demand(evidence(voices, crowd=timeless), WEIGHTS)
    assert found.score > 0
    assert found.evidence["growth"] == 0


@settings(deadline=None)
@given(
    people=st.integers(0, 40),
    others=st.integers(0, 40),
    votes=st.integers(-3, 500),
    severity=st.floats(0, 1),
    engagement=st.floats(0, 1e6),
)
def test_score_and_parts_stay_in_bounds(
    people: int, others: int, votes: int, severity: float, engagement: float
) -> None:
    voices = crowd_of_voices(people, severity=severity, engagement=engagement)
    found = demand(evidence(voices, praising=others, votes=votes), WEIGHTS)
    assert 0 <= found.score <= 100
    assert all(0 <= value <= 1 for value in found.parts.values())
    assert set(found.parts) == set(WEIGHTS.of_part())


def test_the_score_is_the_weighted_mean_of_its_parts() -> None:
    found = demand(evidence(crowd_of_voices(10), praising=10, votes=3), WEIGHTS)
    weights = WEIGHTS.of_part()
    mean = sum(weights[name] * value for name, value in found.parts.items()) / sum(weights.values())
    assert found.score == pytest.approx(100 * mean * found.evidence["need_share"], abs=0.05)


@settings(deadline=None)
@given(more=st.integers(1, 300), people=st.integers(10, 40), engagement=st.floats(0, 1e4))
def test_however_often_one_person_speaks_the_score_hardly_moves(more: int, people: int, engagement: float) -> None:
    base = crowd_of_voices(people)
    again = [replace(base[0], post_id=f"again{i}", engagement=engagement) for i in range(more)]
    assert abs(score([*base, *again]) - score(base)) < 1.5
    elsewhere = [voice("loud", i / 24, post_id=f"loud{i}", severity=1.0, channel=f"c{i % 3}") for i in range(more)]
    assert score([*base, *elsewhere]) - score(base) < 4.0


@settings(deadline=None)
@given(more=st.integers(2, 300), people=st.integers(10, 40))
def test_a_thousand_cheers_of_one_person_do_not_sink_a_need(more: int, people: int) -> None:
    base = crowd_of_voices(people)
    once, often = ([voice("fan", 1.0, post_id=f"f{i}", needs=False) for i in range(n)] for n in (1, more))
    assert score([*base, *often]) == score([*base, *once])


@settings(deadline=None)
@given(people=st.integers(1, 40), added=st.integers(1, 20))
def test_more_people_of_the_same_kind_never_lower_the_score(people: int, added: int) -> None:
    def alike(count: int) -> list[Voice]:
        return [voice(f"a{i}", 3.0) for i in range(count)]

    assert score(alike(people + added)) >= score(alike(people))


@settings(deadline=None)
@given(st.permutations(range(14)))
def test_the_order_of_voices_changes_nothing(order: list[int]) -> None:
    voices = [
        voice(
            f"a{i % 9}",
            float(i),
            severity=i / 20,
            tier=("core", "fan", "regular")[i % 3],
            channel=f"c{i % 4}",
            product=f"p{i % 3}",
            engagement=float(i),
            fresh=i % 2 == 0,
            duplicate_group="text:1" if i % 5 == 0 else "",
        )
        for i in range(14)
    ]
    assert demand(evidence([voices[i] for i in order]), WEIGHTS) == demand(evidence(voices), WEIGHTS)


def test_one_person_in_three_channels_is_no_breadth_of_three() -> None:
    base = [replace(v, channel="group") for v in crowd_of_voices(12)]
    everywhere = [*base, *(voice("loud", 1.0, channel=c) for c in ("group", "forum", "qq"))]
    two_more = [*base, voice("x", 1.0, channel="forum"), voice("y", 1.0, channel="qq")]
    parts = [demand(evidence(voices), WEIGHTS).parts["breadth"] for voices in (everywhere, two_more)]
    assert parts[0] < parts[1]
