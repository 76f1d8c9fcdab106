"""Times as exports write them: epoch seconds and milliseconds, ISO 8601, Chinese and US forms."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

DEFAULT_TIMEZONE: tzinfo = ZoneInfo("Asia/Shanghai")

ACCEPTED_FORMS = (
    "2022-03-30 04:39:49, 2019/2/28 11:25, 2014-09-23 8:43:38 PM, 2023年5月1日 12:30, "
    "ISO 8601, epoch seconds or milliseconds"
)

_FIRST_YEAR, _LAST_YEAR = 1990, 2100  # outside, a number is an id or a damaged cell, not the time of a post
_NOTHING = frozenset({"", "0", "null", "none", "nan", "nat", "-", "--", "/", "n/a", "无", "未知"})
_CLOCK = (
    r"(?:\s*T?\s*(?P<half>凌晨|早上|上午|中午|下午|晚上)?\s*(?P<hour>\d{1,2})\s*[:：时点]\s*(?P<minute>\d{1,2})?"
    r"(?:\s*[:：分]\s*(?P<second>\d{1,2})?(?:[.,]\d+)?)?\s*秒?\s*(?P<ampm>[AaPp]\.?[Mm]\.?)?)?"
)
_WEEKDAY = r"(?:\s*[(（]?(?:星期|周)[一二三四五六日天][)）]?)?"
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?" + _WEEKDAY + _CLOCK
)
_MONTH_FIRST = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})" + _CLOCK)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2}))?"
)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}(?:\.0*)?")
_AFTERNOON = frozenset({"下午", "晚上"})


class TimeFormatError(ValueError):
    """A value that was meant to be a time and cannot be understood."""

    def __init__(self, value: object) -> None:
        shown = str(value)[:60]
        super().__init__(f"the time {shown!r} cannot be understood; accepted: {ACCEPTED_FORMS}")


def parse_time(value: object, timezone: tzinfo = DEFAULT_TIMEZONE) -> datetime | None:
    """An aware time, or None where the source has none (an empty cell, zero, MySQL's zero date).

    A naive time is taken to be in `timezone`. Raises `TimeFormatError` on anything that cannot be understood.
    """
    if value is None or value == 0:
        return None
    if isinstance(value, datetime):
        return _checked(value, value, timezone)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TimeFormatError(value)
    written = str(value).strip()
    if written.lower() in _NOTHING or written.startswith("0000-00-00"):
        return None
    if _EPOCH.fullmatch(written):
        return _from_epoch(written, timezone)
    return _checked(_from_text(written), value, timezone)


def _from_epoch(written: str, timezone: tzinfo) -> datetime:
    number = float(written)
    seconds = number / 1000 if number >= 1e11 else number
    return _checked(datetime.fromtimestamp(seconds, tz=timezone), written, timezone)


def _from_text(written: str) -> datetime:
    for pattern in (_YEAR_FIRST, _MONTH_FIRST, _COMPACT):
        match = pattern.fullmatch(written)
        if match is not None:
            return _from_match(match)
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise TimeFormatError(written) from None


def _from_match(match: re.Match[str]) -> datetime:
    parts = match.groupdict()
    hour = int(parts.get("hour") or 0)
    marker = (parts.get("ampm") or "").lower().replace(".", "")
    if (marker == "pm" or parts.get("half") in _AFTERNOON) and hour < 12:
        hour += 12
    elif marker == "am" and hour == 12:
        hour = 0
    elif parts.get("half") == "中午" and 1 <= hour <= 2:
        hour += 12
    try:
        return datetime(  # noqa: DTZ001 - made aware by the caller, who knows the zone
            int(parts["year"]),
            int(parts["month"]),
            int(parts["day"]),
            hour,
            int(parts.get("minute") or 0),
            int(parts.get("second") or 0),
        )
    except ValueError:
        raise TimeFormatError(match.group()) from None


def _checked(time: datetime, value: object, timezone: tzinfo) -> datetime:
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise TimeFormatError(value)
    return time if time.tzinfo is not None else time.replace(tzinfo=timezone)
