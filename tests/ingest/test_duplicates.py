"""Exact and near duplicates."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.duplicates import Candidate, group_duplicates, normalise

START = datetime(2022, 1, 1, tzinfo=UTC)
LONG = "升级到最新版本以后手机发热非常严重而且充电很慢希望尽快修复"


def at(hours: int, key: str, text: str) -> Candidate:
    return Candidate(key, text, START + timedelta(hours=hours))


def test_the_earliest_is_the_first_of_its_group() -> None:
    assert group_duplicates([at(2, "b", LONG), at(1, "c", LONG), Candidate("a", LONG)]) == {"b": "c", "a": "c"}


def test_case_width_spaces_and_punctuation_make_no_difference() -> None:
    assert group_duplicates([at(1, "a", "NFC 用不了！"), at(2, "b", "ｎｆｃ用不了。。。")]) == {"b": "a"}


def test_a_small_change_in_a_long_text_is_a_near_duplicate() -> None:
    assert group_duplicates([at(1, "a", LONG), at(2, "b", LONG + "啊"), at(3, "c", LONG.replace("非常", "特别"))]) == {
        "b": "a",
        "c": "a",
    }


def test_a_small_change_in_a_short_text_is_another_text() -> None:
    assert group_duplicates([at(1, "a", "可以开机"), at(2, "b", "不可以开机")]) == {}


def test_different_complaints_are_not_grouped() -> None:
    other = "升级到最新版本以后相机打开就闪退而且照片全都不见了希望尽快修复"
    assert group_duplicates([at(1, "a", LONG), at(2, "b", other)]) == {}


def test_copies_of_a_near_duplicate_lead_to_the_first_of_all() -> None:
    near = LONG + "啊"
    assert group_duplicates([at(1, "a", LONG), at(2, "b", near), at(3, "c", near)]) == {"b": "a", "c": "a"}


def test_marks_alone_are_compared_as_they_are_and_empty_texts_not_at_all() -> None:
    assert group_duplicates([at(1, "a", "？？？"), at(2, "b", "！！！"), at(3, "c", "👍"), at(4, "d", "👍")]) == {
        "d": "c"
    }
    assert group_duplicates([at(1, "a", ""), at(2, "b", " ")]) == {}
    assert normalise("👍 ") == "👍"


pieces = st.sampled_from([LONG, LONG + "啊", LONG[:-2], LONG[2:], "发热" * 12, "发热" * 13, "卡", "卡。", "卡顿"])


@given(st.lists(st.tuples(pieces, st.integers(0, 3) | st.none()), max_size=12), st.randoms())
def test_groups_do_not_depend_on_the_order_of_rows(rows: list[tuple[str, int | None]], chance: random.Random) -> None:
    candidates = [
        Candidate(f"k{number}", text, None if hour is None else START + timedelta(hours=hour))
        for number, (text, hour) in enumerate(rows)
    ]
    groups = group_duplicates(candidates)
    shuffled = candidates[:]
    chance.shuffle(shuffled)
    assert group_duplicates(shuffled) == groups
    assert not set(groups) & set(groups.values())  # a first is nobody's copy


@pytest.mark.timeout(60)
def test_a_hundred_thousand_identical_posts_are_one_group() -> None:
    groups = group_duplicates([at(0, f"{number:06}", LONG) for number in range(100_000)])
    assert len(groups) == 99_999
    assert set(groups.values()) == {"000000"}


@pytest.mark.timeout(120)
def test_twenty_thousand_different_posts_are_grouped_in_bounded_time() -> None:
    chance = random.Random(7)
    texts = ["".join(chr(0x4E00 + chance.randrange(3000)) for _ in range(30)) for _ in range(20_000)]
    candidates = [at(number, f"{number:06}", text) for number, text in enumerate(texts)]
    copies = [at(30_000 + number, f"x{number}", texts[number] + "了") for number in range(200)]
    groups = group_duplicates(candidates + copies)
    found = sum(groups.get(f"x{number}") == f"{number:06}" for number in range(200))
    assert found == len(groups)
    assert found >= 198
