"""Public pages as answers: no script at all, frames only where a setting allows them, an ETag for strangers."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.conditional import names
from api.dependencies import settings_of
from api.errors import Problem
from api.pages.language import LANGUAGE_COOKIE, Language, Translator, chosen_language
from api.pages.problem_words import message_of, title_of
from api.pages.rendering import environment
from api.public_access import ALL
from pipeline.settings import zone
from review.principals import Principal

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {}"
)
_FRESH_SECONDS: Final = 30
_REFUSALS: Final = frozenset({403, 409, 422})  # they say in their own words what is in the way


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the public pages somebody is, and how they want to see them."""

    board: str  # "all" or a product
    boards: tuple[str, ...]
    language: Language
    embedded: bool

    def to(self, path: str, **query: str) -> str:
        """An address of the public pages that keeps language and frame; `**query` without what is empty."""
        pairs = {name: value for name, value in query.items() if value}
        pairs |= {"lang": "en"} if self.language == "en" else {}
        pairs |= {"embed": "1"} if self.embedded else {}
        return f"{path}?{urlencode(pairs)}" if pairs else path

    @property
    def unframed(self) -> Place:
        """The same outside a frame: what opens in a window of its own can be voted on."""
        return replace(self, embedded=False)

    @property
    def home(self) -> str:
        """The path of the board."""
        return "/public" if self.board == ALL else f"/public/boards/{self.board}"


def place_of(request: Request, board: str) -> Place:
    """Chinese, but for `lang=en`; in a frame for `embed=1`."""
    query = request.query_params
    language: Language = "en" if query.get("lang") == "en" else "zh"
    return Place(board, settings_of(request).boards, language, embedded=query.get("embed") == "1")


def translator_of(request: Request, place: Place) -> Translator:
    """The translator of the page's language and the product's time zone."""
    return Translator(place.language, zone(settings_of(request).timezone), datetime.now(UTC))


def is_public(path: str) -> bool:
    """Whether the path belongs to the public pages."""
    return path == "/public" or path.startswith("/public/")


def public_page(
    request: Request, template: str, place: Place, visitor: Principal | None, *, path: str = "", **context: Any
) -> Response:
    """The template as an answer; a stranger's may be kept for a moment and asked again by its ETag.

    `path` is the page's own where the request was sent elsewhere, as a form is.
    """
    t = translator_of(request, place)
    text = (
        environment()
        .get_template(template)
        .render(
            t=t,
            place=place,
            visitor=visitor,
            done=_done(request, t),
            language_switch=_other_language(request, path or request.url.path),
            **context,
        )
    )
    return cached(request, text.encode(), "text/html; charset=utf-8", visitor=visitor, embedded=place.embedded)


def public_problem(request: Request, problem: Problem, visitor: Principal | None, *, came_from: str) -> Response:
    """What went wrong, as strangers and contributors see it; never kept, and with the way back or to the board.

    The way to the desk is shown only outside the public pages: there, its address may have been meant.
    """
    settings = settings_of(request)
    place = place_of(request, settings.boards[0])
    if "lang" not in request.query_params:
        place = replace(place, language=chosen_language(request.cookies.get(LANGUAGE_COOKIE)))
    t = translator_of(request, place)
    title, message = title_of(t, problem), message_of(t, problem)
    if problem.status in _REFUSALS:
        stopped = unicodedata.category(message[-1]) == "Po"  # a heading ends without a stop
        title, message = message[:-1] if stopped else message, ""
    text = (
        environment()
        .get_template("public/problem.html")
        .render(
            t=t,
            place=place,
            visitor=visitor,
            done="",
            language_switch=replace(place, language=t.other).to(place.home),
            title=title,
            message=message,
            back=came_from,
            to_desk=not is_public(request.url.path) and not place.embedded,
        )
    )
    origins = settings.embed_origins if place.embedded else ""
    headers = {"Content-Security-Policy": _POLICY.format(origins or "'none'"), "Cache-Control": "no-store"}
    return HTMLResponse(text, status_code=problem.status, headers=headers | dict(problem.headers))


def cached(
    request: Request, body: bytes, media_type: str, *, visitor: Principal | None = None, embedded: bool = False
) -> Response:
    """The body with its safety headers: 304 where the asker has it already, never stored for a contributor."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    origins = settings_of(request).embed_origins if embedded else ""
    headers = {"Content-Security-Policy": _POLICY.format(origins or "'none'"), "Vary": "Cookie", "ETag": tag}
    if visitor is None:
        headers["Cache-Control"] = f"public, max-age={_FRESH_SECONDS}"
        if names(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def after_write(place: Place, path: str, done: str) -> Response:
    """Back to the page, which says what was done."""
    return RedirectResponse(place.to(path, done=done), status_code=303)


def _other_language(request: Request, path: str) -> str:
    """This page in the other language."""
    query = {name: value for name, value in request.query_params.items() if name not in ("lang", "done")}
    query |= {} if request.query_params.get("lang") == "en" else {"lang": "en"}
    return f"{path}?{urlencode(query)}" if query else path


def _done(request: Request, t: Translator) -> str:
    """What the write before this page did, in words; the address may name nothing but our own messages."""
    key = f"public.done.{request.query_params.get('done', '')}"
    return t.either(key, "")
