"""Field types shared by every schema: bounded text without NULs, aware times in UTC, versions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

# PostgreSQL cannot store NUL in text; and a title with a line break is nobody's wish
_NO_NUL = r"^[^\x00]*$"
ONE_LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
_SOMETHING = r"^[^\x00]*[^\x00\s][^\x00]*$"

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=ONE_LINE)]
ShortText = Annotated[str, Field(max_length=100, pattern=_NO_NUL)]
Note = Annotated[str, Field(max_length=2_000, pattern=_NO_NUL)]
LongText = Annotated[str, Field(min_length=1, max_length=20_000, pattern=_SOMETHING)]
Search = Annotated[str, Field(min_length=1, max_length=100, pattern=_NO_NUL)]
AnyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
Version = Annotated[
    int | None,
    Field(ge=0, lt=2**31, description="The version you saw; `If-Match` does the same. One of the two is required."),
]


def _in_utc(value: datetime) -> datetime:
    """UTC, clamped at both ends of the calendar: year 1 in Shanghai has no UTC."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if value.year == 1 else datetime.max.replace(tzinfo=UTC)


def _rfc3339(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and "T" in value.upper():
        return value
    # pydantic would take 1712 or "2026-08-01" too, and guess
    raise ValueError("write a time as RFC 3339 with its zone, such as 2026-08-01T09:30:00+08:00")


InputTime = Annotated[AwareDatetime, BeforeValidator(_rfc3339), AfterValidator(_in_utc)]
"""A time with its zone (RFC 3339), as UTC."""


class Output(BaseModel):
    """Base of everything sent: exactly the documented fields."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Input(BaseModel):
    """Base of everything received: a field we do not know is an error, not a wish silently dropped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class Versioned(Input):
    """Input of a change to a reviewed thing."""

    version: Version = None
