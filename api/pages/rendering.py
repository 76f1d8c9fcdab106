"""Templates to answers: one environment, the context every page has, and partial answers for HTMX."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.dependencies import settings_of
from api.pages.flash import FLASH_COOKIE, Flash, read_flash
from api.pages.language import LANGUAGE_COOKIE, Translator, chosen_language
from pipeline.settings import zone
from review.permissions import Permission, may
from review.principals import Principal

API_FOLDER: Final = Path(__file__).parent.parent
STATIC_FOLDER: Final = API_FOLDER / "static"
APPEARANCE_COOKIE: Final = "zhongsheng_appearance"


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the main navigation."""

    href: str
    label: str  # message key
    icon: str
    current: bool


_SECTIONS: Final = (
    ("/themes", "nav.themes", "themes", Permission.THEME_READ),
    ("/map", "nav.map", "map", Permission.THEME_READ),
    ("/drafts", "nav.drafts", "drafts", Permission.DRAFT_READ),
    ("/ballot", "nav.ballot", "ballot", Permission.PROPOSAL_READ),
    ("/insights", "nav.insights", "insights", Permission.THEME_READ),
    ("/jobs", "nav.jobs", "jobs", Permission.JOB_READ),
    ("/knowledge", "nav.knowledge", "knowledge", Permission.KNOWLEDGE_READ),
    ("/integrations", "nav.integrations", "integrations", Permission.INTEGRATION_READ),
    ("/people", "nav.people", "people", Permission.USER_MANAGE),
    ("/events", "nav.events", "events", Permission.EVENT_READ),
)
_PARTS: Final = {"/changelog": "/ballot", "/reports": "/ballot"}  # sections reached by the tabs of another


@lru_cache(maxsize=256)
def static(path: str) -> str:
    """The address of a static file, with its fingerprint, so that browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC_FOLDER / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


@lru_cache
def environment() -> Environment:
    """Templates escape everything and refuse names they were not given."""
    made = Environment(
        loader=FileSystemLoader(API_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static
    return made


def translator(request: Request) -> Translator:
    """The translator of this request's language and the product's time zone."""
    return Translator(
        language=chosen_language(request.cookies.get(LANGUAGE_COOKIE)),
        zone=zone(settings_of(request).timezone),
        now=datetime.now(UTC),
    )


def is_partial(request: Request) -> bool:
    """Whether HTMX asks for a part of a page."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def wants_rows(request: Request) -> bool:
    """Whether HTMX asks for further rows of a list only."""
    return is_partial(request) and request.headers.get("x-part") == "rows"


def is_background(request: Request) -> bool:
    """Whether a part of a page asks by itself, to follow along, and nobody waits for the answer."""
    return is_partial(request) and "x-background" in request.headers


def _appearance(request: Request) -> str:
    chosen = request.cookies.get(APPEARANCE_COOKIE, "")
    return chosen if chosen in ("light", "dark") else "auto"


def here(request: Request) -> str:
    """The address being looked at, to come back to."""
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _navigation(request: Request, principal: Principal) -> list[NavigationItem]:
    path = request.url.path
    path = next((home for part, home in _PARTS.items() if path == part or path.startswith(f"{part}/")), path)
    return [
        NavigationItem(href, label, icon, current=path == href or path.startswith(f"{href}/"))
        for href, label, icon, permission in _SECTIONS
        if may(principal, permission)
    ]


def render(
    request: Request,
    template: str,
    *,
    principal: Principal | None = None,
    status: int = 200,
    flash: Flash | None = None,
    **context: Any,
) -> HTMLResponse:
    """The template as an answer. `flash` is shown as a toast; without one, that of the previous answer is."""
    from_cookie = read_flash(request.cookies.get(FLASH_COOKIE)) if flash is None and not is_partial(request) else None
    t = translator(request)
    shown = flash or from_cookie
    body = (
        environment()
        .get_template(template)
        .render(
            t=t,
            request=request,
            here=here(request),
            principal=principal,
            may=(lambda name: may(principal, Permission(name))) if principal else (lambda _name: False),
            navigation=_navigation(request, principal) if principal else [],
            appearance=_appearance(request),
            flash=shown.translated(t) if shown else None,
            **context,
        )
    )
    response = HTMLResponse(body, status_code=status, headers={"Vary": "HX-Request, X-Part, Cookie"})
    if from_cookie is not None:
        response.delete_cookie(FLASH_COOKIE, path="/")
    return response


def go(request: Request, to: str, flash: Flash | None = None) -> Response:
    """Send the browser on after a write; the page it comes to shows the toast. With or without HTMX."""
    if is_partial(request):
        response = Response(status_code=204, headers={"HX-Redirect": to})
    else:
        response = RedirectResponse(to, status_code=303)
    if flash is not None:
        response.set_cookie(FLASH_COOKIE, flash.packed(), max_age=60, path="/", httponly=True, samesite="lax")
    return response
