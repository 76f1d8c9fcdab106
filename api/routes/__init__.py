"""REST resources under /api/v1, one module a resource. Routes translate; rules live in `review`."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from api.errors import ALWAYS, documented
from api.routes import health

_GUARDED: tuple[APIRouter, ...] = ()


def register_routes(app: FastAPI) -> None:
    """Put every resource into the application."""
    for router in _GUARDED:
        app.include_router(router, prefix="/api/v1", responses=documented(*ALWAYS))
    app.include_router(health.router)
