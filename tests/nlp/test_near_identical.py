"""Near-identical texts are found over a whole corpus, in any order."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.near_identical import group_near_identical

BASE = "手机更新以后充电特别慢而且很烫求官方快点修复啊"
VARIANTS = [BASE, f"{BASE}！！", BASE[:-1], BASE.replace("特别", "非常"), f"{BASE}，顶", f"{BASE}，谢谢"]
OTHERS = [
    "蓝牙耳机连上两分钟就断开要重新配对",
    "音箱半夜自己说话把孩子吵醒了好几次",
    "门锁录了三个指纹没有一个能认出来",
]


def together(texts: list[str]) -> set[frozenset[str]]:
    groups: dict[int, set[str]] = {}
    for text, group in zip(texts, group_near_identical(texts).tolist(), strict=True):
        groups.setdefault(group, set()).add(text)
    return {frozenset(group) for group in groups.values()}


def test_small_changes_are_one_group_and_other_words_are_not() -> None:
    assert together([*VARIANTS, *OTHERS]) == {frozenset(VARIANTS), *(frozenset([text]) for text in OTHERS)}


def test_the_order_of_texts_changes_nothing() -> None:
    texts = [*VARIANTS, *OTHERS]
    shuffled = random.Random(3).sample(texts, len(texts))
    assert together(shuffled) == together(texts)


def test_in_a_short_text_one_character_changes_what_is_said() -> None:
    assert len(set(group_near_identical(["耳机左边没有声音", "耳机右边没有声音"]).tolist())) == 2
    assert len(set(group_near_identical(["耳机左边没有声音", "耳机左边，没有声音！"]).tolist())) == 1


def test_a_thousand_different_complaints_stay_apart() -> None:
    chance = random.Random(5)
    words = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]
    texts = ["".join(chance.choices(words, k=25)) for _ in range(1000)]
    assert len(set(group_near_identical(texts).tolist())) == 1000


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_texts_can_be_grouped_and_equal_ones_are_together(texts: list[str]) -> None:
    groups = group_near_identical(texts).tolist()
    assert len(groups) == len(texts)
    for text, group in zip(texts, groups, strict=True):
        assert all(other == group for same, other in zip(texts, groups, strict=True) if same == text)
