"""The OpenAPI description, to whoever is signed in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request

from api.dependencies import GuardedRoute, anyone_signed_in
from api.openapi import describe

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/openapi.json", dependencies=[Depends(anyone_signed_in)])
def openapi(request: Request) -> dict[str, Any]:
    """OpenAPI 3.1 of everything under /api/v1."""
    return describe(request.app)
