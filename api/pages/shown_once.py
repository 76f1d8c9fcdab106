"""What is shown once and can never be shown again: a password, a token, a signing secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fastapi import Request
from fastapi.responses import Response

from api.pages.rendering import is_partial, render
from review.principals import Principal


@dataclass(frozen=True, slots=True)
class ShownOnce:
    """A secret on its only showing. `back` is the page it belongs to."""

    kind: Literal["password", "token", "webhook"]
    name: str
    secret: str
    back: str
    old_holds: int = 0  # hours for which the secret before still holds


def shown_once(request: Request, principal: Principal, once: ShownOnce) -> Response:
    """A sheet, or without HTMX a page; no browser keeps it."""
    template = "sheets/shown_once.html" if is_partial(request) else "shown_once.html"
    response = render(request, template, principal=principal, once=once)
    response.headers["Cache-Control"] = "no-store"
    return response
