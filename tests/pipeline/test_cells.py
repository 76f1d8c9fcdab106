"""No cell that we write is run as a formula, and every one gives its text back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.cells import defused, defused_id, original

DANGEROUS = "=+-@\t\r\n＝＋－＠"
texts = st.text(st.sampled_from(DANGEROUS + "'a1卡|!(") | st.characters(), max_size=12)


@given(texts)
@example("=cmd|' /C calc'!A0")
@example("'=1")
def test_a_defused_cell_begins_with_nothing_a_spreadsheet_runs(text: str) -> None:
    assert not defused(text).startswith(tuple(DANGEROUS))


@given(texts)
def test_the_original_text_comes_back(text: str) -> None:
    assert original(defused(text)) == text
    assert original(defused_id(text)) == text


@pytest.mark.parametrize(
    "identifier", ["p17", "-17", "-Ab3_x", "h_0f3e", "社区-12", "2026/1", "=1+1", "@me", "+x/9=", "-"]
)
def test_an_ordinary_id_stays_as_it_is(identifier: str) -> None:
    assert defused_id(identifier) == identifier


@pytest.mark.parametrize(
    "identifier", ['=HYPERLINK("http://x")', "@SUM(A1)", "-1+cmd|' /C calc'!A0", "＝A1", "=a|b!c", "=[b.xls]S!A1"]
)
def test_an_id_that_would_run_is_defused(identifier: str) -> None:
    assert defused_id(identifier) == "'" + identifier
