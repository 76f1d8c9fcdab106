"""Every successful answer is ``{"data": …, "meta": {…}}``; lists carry the cursor of the next page in `meta`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from store.paging import Page

Item = TypeVar("Item")
Row = TypeVar("Row")


class Meta(BaseModel):
    """Nothing needs saying beside a single thing; the object is there so that every answer has the same two keys."""

    model_config = ConfigDict(extra="forbid")


class ListMeta(BaseModel):
    """Where the list goes on; null on the last page."""

    model_config = ConfigDict(extra="forbid")

    next_cursor: str | None


class One(BaseModel, Generic[Item]):
    """One thing."""

    model_config = ConfigDict(extra="forbid")

    data: Item
    meta: Meta = Meta()


class Many(BaseModel, Generic[Item]):
    """A page of things."""

    model_config = ConfigDict(extra="forbid")

    data: list[Item]
    meta: ListMeta


Cursor = Annotated[
    str | None,
    Query(
        description="`meta.next_cursor` of the page before",
        max_length=1000,
        json_schema_extra={"format": "cursor"},
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="Things on a page")]


def everything(rows: Iterable[Row], shape: Callable[[Row], Item]) -> Many[Item]:
    """A list that is short by its nature and comes as one page."""
    return Many(data=[shape(row) for row in rows], meta=ListMeta(next_cursor=None))


def many(page: Page[Row], shape: Callable[[Row], Item]) -> Many[Item]:
    """A repository's page as an answer."""
    return Many(data=[shape(row) for row in page.items], meta=ListMeta(next_cursor=page.next_cursor))
