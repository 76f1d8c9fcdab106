"""Pages for people: Chinese first, English switch. Pages translate; rules live in `review`."""

from __future__ import annotations

from fastapi import FastAPI

from api.pages import (
    answers,
    ballot,
    changelog,
    connectors,
    credit,
    draft_groups,
    drafts,
    events,
    insights,
    integrations,
    jobs,
    knowledge,
    live,
    merging,
    people,
    posts,
    preferences,
    public,
    public_entry,
    public_feeds,
    reports,
    signin,
    theme,
    theme_company,
    theme_edits,
    theme_map,
    themes,
    votes,
    webhooks,
)
from api.pages.problems import error_page
from api.pages.rendering import STATIC_FOLDER
from api.pages.static_files import FingerprintedFiles

_ROUTERS = (
    signin.router,
    preferences.router,
    themes.router,  # before `theme`: /themes/merge is no theme
    theme.router,
    theme_edits.router,
    theme_company.router,
    theme_map.router,
    draft_groups.router,  # before `drafts`: /drafts/groups is no draft
    answers.router,  # before `drafts`: /drafts/decided is no draft
    drafts.router,
    ballot.router,
    merging.router,
    votes.router,
    credit.router,
    changelog.router,
    reports.router,
    public.router,
    public_entry.router,
    public_feeds.router,
    jobs.router,
    live.router,
    insights.router,
    posts.router,
    people.router,
    knowledge.router,
    integrations.router,
    webhooks.router,
    connectors.router,
    events.router,
)


def register_pages(app: FastAPI) -> None:
    """Put all pages and static files into the application, and show problems outside /api/ as pages."""
    for router in _ROUTERS:
        app.include_router(router)
    app.mount("/static", FingerprintedFiles(directory=STATIC_FOLDER), name="static")
    app.state.error_page = error_page
