"""Query parameters that lists of themes and of mentions share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.schemas.fields import InputTime

ChannelFilter = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]+$", description="A channel's id")]
ProductFilter = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]+$")]
RegionFilter = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]+$")]
SpokenSince = Annotated[InputTime | None, Query(description="Spoken of at or after")]
SpokenUntil = Annotated[InputTime | None, Query(description="Spoken of before")]
