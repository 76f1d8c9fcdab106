"""Quotes stay short enough to be read, whatever people write."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlp.quotes import Quotable, choose_quotes

PROTOTYPE = np.array([1.0, 0.0], dtype=np.float32)


def _quoted(text: str) -> str:
    (quote,) = choose_quotes([Quotable("p1", "a1", text, PROTOTYPE)], PROTOTYPE, 3)
    return quote.text


def test_a_story_is_quoted_by_its_first_clauses() -> None:
    story = "物业半夜施工，投诉没人管。" * 30
    quoted = _quoted(story)
    assert 100 <= len(quoted) <= 200
    assert quoted.endswith(("投诉没人管…", "物业半夜施工…"))
    assert story.startswith(quoted[:-1])


def test_a_short_text_is_quoted_as_it_is() -> None:
    assert _quoted("1、充电慢，两小时才满") == "充电慢，两小时才满"


@given(st.text("卡，。 ", min_size=1, max_size=600).filter(str.strip))
def test_no_quote_is_longer_than_two_hundred_characters(text: str) -> None:
    assert len(_quoted(text)) <= 200
