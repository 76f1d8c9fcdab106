"""What the first visitor would otherwise wait for is made before the door opens: routes, templates, dictionaries."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy.orm import configure_mappers
from starlette.types import Scope

from api.pages.language import LANGUAGES, catalogue
from api.pages.rendering import environment
from nlp.segmentation import segmenter


def warm_up(app: FastAPI) -> None:
    """About a second of one core at start, in place of one more at the first request."""
    configure_mappers()
    for language in LANGUAGES:
        catalogue(language)
    segmenter()
    templates = environment()
    for name in templates.list_templates(extensions=("html",)):
        templates.get_template(name)
    _route(app)


def _route(app: FastAPI) -> None:
    """FastAPI builds what a route takes and gives when a request first comes by: send one past all of them."""
    nowhere: Scope = {"type": "http", "method": "GET", "path": "/-", "root_path": "", "headers": [], "app": app}
    for route in app.router.routes:
        route.matches(dict(nowhere))
