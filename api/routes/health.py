"""Whether the process lives (`/healthz`) and whether it can work (`/readyz`). Open to anyone, and tells no more."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from api.dependencies import StrictRoute, database_of
from api.envelopes import One
from api.errors import ApiError, documented

router = APIRouter(tags=["health"], route_class=StrictRoute, responses=documented(405, 422, 500))


class Health(BaseModel):
    """The service says so itself."""

    status: Literal["ok"]


@router.get("/healthz", summary="Is the process alive?")
def live() -> One[Health]:
    return One(data=Health(status="ok"))


@router.get("/readyz", summary="Can it work: does the database answer, at the right schema?", responses=documented(503))
def ready(request: Request) -> One[Health]:
    try:
        current = database_of(request).is_current()
    except SQLAlchemyError:
        current = False
    if not current:
        raise ApiError(
            503,
            "not_ready",
            "The database does not answer or its schema is not current; run `zhongsheng doctor`.",
            "数据库不可用，或结构不是最新版本。",
        )
    return One(data=Health(status="ok"))
