"""Language and light or dark, kept in cookies."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.pages.language import LANGUAGE_COOKIE, LANGUAGES
from api.pages.rendering import APPEARANCE_COOKIE

router = APIRouter(include_in_schema=False)
_YEAR = 365 * 24 * 3600


def local_path(wanted: str, fallback: str = "/") -> str:
    """`wanted` if it is a path of this site, else the fallback: no redirect leads elsewhere."""
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or any(ord(c) < 32 for c in wanted):
        return fallback
    return wanted


@router.post("/preferences")
def change(
    request: Request,
    back: Annotated[str, Form(max_length=2000)] = "/",
    language: Annotated[str, Form(max_length=8)] = "",
    appearance: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Remember the choice in this browser and go back."""
    response = RedirectResponse(local_path(back), status_code=303)
    chosen = ((LANGUAGE_COOKIE, language, LANGUAGES), (APPEARANCE_COOKIE, appearance, ("light", "dark")))
    for cookie, value, known in chosen:
        if value in known:
            response.set_cookie(
                cookie, value, max_age=_YEAR, path="/", httponly=True, samesite="lax",
                secure=request.url.scheme == "https",
            )  # fmt: skip
    return response
