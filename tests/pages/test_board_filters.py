"""The board's address: what is asked comes back as it was, what makes no sense asks for nothing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.board_filters import Filters, read_filters
from api.pages.views.board import pieces

NOW = datetime(2026, 8, 20, 8, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
WORDS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)


@given(st.builds(Filters, q=WORDS, channel=WORDS, product=WORDS, region=WORDS, owner=WORDS, sort=WORDS, since=WORDS))
def test_an_address_brings_back_what_was_asked(filters: Filters) -> None:
    assert read_filters(filters.parameters()) == filters
    assert read_filters("?" + filters.parameters() + "&cursor=x&rank=3&view=viw_1") == filters


@given(WORDS)
def test_no_address_breaks_the_board(parameters: str) -> None:
    filters = read_filters(parameters)
    filters.wanted(SHANGHAI, latest=NOW, user_id="usr_1", last_visit=None)
    assert filters.order == "demand" or filters.order == filters.sort


def test_days_are_days_of_the_products_zone_the_last_one_included() -> None:
    wanted = Filters(since="2026-08-01", until="2026-08-07").wanted(
        SHANGHAI, latest=NOW, user_id="usr_1", last_visit=None
    )
    assert wanted.since == datetime(2026, 7, 31, 16, tzinfo=UTC)
    assert wanted.until == datetime(2026, 8, 7, 16, tzinfo=UTC)


def test_a_period_is_counted_from_the_latest_post_and_a_date_goes_before_it() -> None:
    asked = Filters(period="7").wanted(SHANGHAI, latest=NOW, user_id="usr_1", last_visit=None)
    assert asked.since == NOW - timedelta(days=7)
    both = Filters(period="7", since="2026-01-01").wanted(SHANGHAI, latest=NOW, user_id="usr_1", last_visit=None)
    assert both.since == datetime(2025, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "gone"), ("intent", "joy"), ("period", "1000"), ("since", "yesterday"), ("until", "2026-13-45")],
)
def test_what_makes_no_sense_asks_for_nothing(field: str, value: str) -> None:
    filters = Filters(**{field: value})
    nothing = Filters().wanted(SHANGHAI, latest=NOW, user_id="usr_1", last_visit=None)
    assert filters.wanted(SHANGHAI, latest=NOW, user_id="usr_1", last_visit=None) == nothing


def test_my_own_themes_are_those_i_own() -> None:
    assert Filters(owner="me").wanted(SHANGHAI, latest=NOW, user_id="usr_1", last_visit=None).owner == "usr_1"


def test_an_order_alone_is_no_filter() -> None:
    assert not Filters(sort="people").chosen
    assert Filters(**asdict(Filters()) | {"q": "充电"}).chosen


def test_of_mentions_are_asked_only_what_a_mention_can_satisfy() -> None:
    every = Filters(**dict.fromkeys(asdict(Filters()), "7"))
    left = {name for name, value in asdict(every.of_mentions).items() if value}
    assert left == {"channel", "product", "region", "intent", "period", "since", "until"}


@given(WORDS, st.lists(WORDS.filter(bool), max_size=4))
def test_pieces_of_a_snippet_give_it_back(said: str, words: list[str]) -> None:
    cut = pieces(said, words)
    assert "".join(piece for piece, _ in cut) == said
    assert all(piece in words for piece, asked in cut if asked)
