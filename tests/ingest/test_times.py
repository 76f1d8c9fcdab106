"""Times as exports write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.times import DEFAULT_TIMEZONE, TimeFormatError, parse_time


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2019/2/28 11:25:05", "2019-02-28T11:25:05+08:00"),
        ("2022-03-30 04:39:49", "2022-03-30T04:39:49+08:00"),
        ("2014-09-23 8:43:38 PM", "2014-09-23T20:43:38+08:00"),
        ("2014-09-23 12:00:00 AM", "2014-09-23T00:00:00+08:00"),
        ("2014-09-23 12:00:00 PM", "2014-09-23T12:00:00+08:00"),
        ("2/14/2020 9:16:13 PM", "2020-02-14T21:16:13+08:00"),
        ("2023年5月1日 12:30", "2023-05-01T12:30:00+08:00"),
        ("2023年5月1日 下午3点20分", "2023-05-01T15:20:00+08:00"),
        ("2023年5月1日", "2023-05-01T00:00:00+08:00"),
        ("2017-1-17 16:44", "2017-01-17T16:44:00+08:00"),
        ("2020-06-08", "2020-06-08T00:00:00+08:00"),
        ("20190228112505", "2019-02-28T11:25:05+08:00"),
        ("2022-03-30T04:39:49Z", "2022-03-30T04:39:49+00:00"),
        ("2022-03-30T04:39:49.123+09:00", "2022-03-30T04:39:49.123000+09:00"),
        ("1551324305", "2019-02-28T11:25:05+08:00"),
        (1551324305, "2019-02-28T11:25:05+08:00"),
        (1551324305000, "2019-02-28T11:25:05+08:00"),
        ("1551324305.0", "2019-02-28T11:25:05+08:00"),
    ],
)
def test_every_accepted_form_is_understood(written: object, expected: str) -> None:
    time = parse_time(written)
    assert time is not None
    assert time.isoformat() == expected


@pytest.mark.parametrize("written", ["", None, 0, "0", "NULL", "0000-00-00 00:00:00", " - ", "未知"])
def test_what_stands_for_no_time_is_none(written: object) -> None:
    assert parse_time(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "昨天",
        "2022-13-45",
        "2022-02-30 10:00",
        "25:61",
        "12345",
        "99999999999999999999",
        True,
        ["x"],
        "1022-01-01",
        float("inf"),
    ],
)
def test_what_cannot_be_understood_names_the_value_and_the_forms(written: object) -> None:
    with pytest.raises(TimeFormatError, match="accepted: 2022-03-30") as error:
        parse_time(written)
    assert str(written)[:20] in str(error.value)


def test_a_naive_time_takes_the_channels_zone() -> None:
    time = parse_time("2022-03-30 04:39:49", ZoneInfo("America/New_York"))
    assert time is not None
    assert time.utcoffset() == timedelta(hours=-4)


@given(st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 30)))  # noqa: DTZ001
def test_iso_and_epoch_agree(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC, microsecond=0)
    assert parse_time(aware.isoformat()) == aware
    if aware.timestamp() >= 1e9 and aware.timestamp() < 4e9:
        assert parse_time(int(aware.timestamp())) == aware
        assert parse_time(int(aware.timestamp() * 1000)) == aware


@given(st.text(max_size=40))
def test_any_text_is_a_time_none_or_refused(written: str) -> None:
    try:
        time = parse_time(written, DEFAULT_TIMEZONE)
    except TimeFormatError:
        return
    assert time is None or time.tzinfo is not None
