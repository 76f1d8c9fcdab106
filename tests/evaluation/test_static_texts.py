"""What the static encoder learns from holds nothing of what measures it."""

from __future__ import annotations

import random

from evaluation.static_texts import Measuring, composed_texts, pieces
from nlp.segmentation import domain_vocabulary


def test_a_long_mention_is_also_given_clause_by_clause() -> None:
    assert list(pieces("屏幕不错")) == ["屏幕不错"]
    long = "屏幕显示效果很不错，就是电池用半天就没电了，充电也慢得让人着急"
    assert list(pieces(f"<b>{long}</b>")) == [long, *long.split("，")]


def test_texts_that_are_or_hold_a_measuring_text_are_known() -> None:
    measuring = Measuring(["很快", "扫地机回充总是失败"])
    assert measuring.within("很快")
    assert measuring.within("我家的扫地机回充总是失败，烦")
    assert not measuring.within("送货很快")  # too short to be anybody's text
    assert not measuring.within("扫地机回充失败")


def test_every_word_of_the_dictionaries_is_composed_into_sentences_the_same_way_twice() -> None:
    once = list(composed_texts(random.Random(3)))
    assert once == list(composed_texts(random.Random(3)))
    assert set(domain_vocabulary()) <= set(once)
