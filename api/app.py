"""The web application: REST under /api/v1, pages, and what guards them."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI

from api.access_log import AccessLog
from api.errors import install_error_handlers
from api.insights_memory import InsightsMemory
from api.job_pace import JobPaces
from api.live_channel import LiveChannel
from api.map_answer import MapAnswers
from api.pages import register_pages
from api.pages.jobs import PREVIEW_PATH, UPLOAD_PATH
from api.public_access import install_limits
from api.routes import register_routes
from api.security import (
    KNOWLEDGE_BODY_LIMIT,
    MULTIPART_OVERHEAD,
    POSTS_BODY_LIMIT,
    BodyLimit,
    SameSiteWrites,
    SecurityHeaders,
)
from api.throttle import SignInThrottle
from pipeline.finder import Finder
from pipeline.jobs import JobRunner
from pipeline.settings import Settings
from pipeline.work import Workshop
from store.database import Database


def create_app(settings: Settings, *, runner: JobRunner | None = None) -> FastAPI:
    """The application over the database of `settings`, which must be migrated.

    runner: starts and cancels jobs; the one of `settings` without it.
    """
    app = FastAPI(
        title="众声 Zhongsheng",
        version=version("zhongsheng"),
        openapi_url=None,  # served to those signed in, by api.routes.description
        docs_url=None,  # both pages load scripts from a CDN
        redoc_url=None,
    )
    attach(app, settings, runner=runner)
    install_error_handlers(app)
    register_routes(app)
    register_pages(app)
    limits = {
        "/api/v1/posts": POSTS_BODY_LIMIT,
        "/api/v1/knowledge/import": KNOWLEDGE_BODY_LIMIT,
        "/api/v1/sources": settings.upload_limit + MULTIPART_OVERHEAD,
        PREVIEW_PATH: settings.upload_limit + MULTIPART_OVERHEAD,
        UPLOAD_PATH: settings.upload_limit + MULTIPART_OVERHEAD,
    }
    # the last added is the outermost
    app.add_middleware(BodyLimit, limits=limits)
    app.add_middleware(SameSiteWrites)
    app.add_middleware(AccessLog)
    app.add_middleware(SecurityHeaders)
    return app


def attach(app: FastAPI, settings: Settings, *, runner: JobRunner | None = None) -> None:
    """Give the application a database, and everything that it remembers about one, afresh."""
    app.state.settings = settings
    database = Database(settings.database)
    app.state.database = database
    app.state.runner = runner or JobRunner(settings, database)
    app.state.finder = Finder(Workshop(settings, database))
    app.state.live = LiveChannel(database)
    app.state.insights = InsightsMemory(settings.answer_promise)
    app.state.job_paces = JobPaces()
    app.state.token_use = {}  # token id -> when its use was last noted; see api.dependencies
    app.state.sign_in_throttle = SignInThrottle()
    app.state.map_answers = MapAnswers()
    install_limits(app)
