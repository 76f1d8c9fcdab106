"""Pages for people: Chinese first, English switch. Pages translate; rules live in `review`."""

from __future__ import annotations

from fastapi import FastAPI

from api.pages import ballot, drafts, events, jobs, knowledge, live, preferences, signin, theme, themes
from api.pages.problems import error_page
from api.pages.rendering import STATIC_FOLDER
from api.pages.static_files import FingerprintedFiles

_ROUTERS = (
    signin.router,
    preferences.router,
    themes.router,  # before `theme`: /themes/merge is no theme
    theme.router,
    drafts.router,
    ballot.router,
    jobs.router,
    live.router,
    knowledge.router,
    events.router,
)


def register_pages(app: FastAPI) -> None:
    """Put all pages and static files into the application, and show problems outside /api/ as pages."""
    for router in _ROUTERS:
        app.include_router(router)
    app.mount("/static", FingerprintedFiles(directory=STATIC_FOLDER), name="static")
    app.state.error_page = error_page
