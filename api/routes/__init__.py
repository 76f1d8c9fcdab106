"""REST resources under /api/v1, one module a resource. Routes translate; rules live in `review`."""

from __future__ import annotations

from fastapi import FastAPI

from api.errors import ALWAYS, documented
from api.routes import (
    connectors,
    contributors,
    description,
    drafts,
    events,
    health,
    insights,
    jobs,
    knowledge,
    mention_moves,
    people,
    posts,
    proposals,
    releases,
    sources,
    theme_company,
    theme_map,
    theme_previews,
    theme_views,
    themes,
    votes,
    webhooks,
)

_GUARDED = (
    theme_previews.router,  # before `themes`: /themes/search is no theme
    themes.router,
    theme_company.router,
    theme_views.router,
    theme_map.router,
    mention_moves.router,
    drafts.router,
    proposals.router,
    votes.router,
    releases.router,
    contributors.router,
    posts.router,
    sources.router,
    knowledge.router,
    jobs.router,
    insights.router,
    events.router,
    people.router,
    webhooks.router,
    connectors.router,
    description.router,
)


def register_routes(app: FastAPI) -> None:
    """Put every resource into the application."""
    for router in _GUARDED:
        app.include_router(router, prefix="/api/v1", responses=documented(*ALWAYS))
    app.include_router(people.open_router, prefix="/api/v1")
    app.include_router(health.router)
