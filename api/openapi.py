"""The OpenAPI description, made true: one error shape under every status an endpoint can answer with."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api import errors

TAGS = [
    {"name": "posts", "description": "What people wrote, as received and as shown"},
    {"name": "sources", "description": "Files and pushes that were read, and the rows they could not give"},
    {"name": "themes", "description": "Recurring needs, ranked by demand"},
    {"name": "map", "description": "Where every mention lies, and moves of mentions that were circled there"},
    {"name": "drafts", "description": "Proposed replies; only a person publishes one"},
    {"name": "proposals", "description": "The voting backlog"},
    {"name": "releases", "description": "What shipped together, and the thanks that go with it"},
    {"name": "contributors", "description": "Who agreed to be named, and links that let a contributor in"},
    {"name": "knowledge", "description": "What a reply may rest on"},
    {"name": "insights", "description": "What was heard and done in some weeks, against the weeks before"},
    {"name": "jobs", "description": "Long work: ingest and mining runs"},
    {"name": "events", "description": "The audit log"},
    {"name": "webhooks", "description": "What other systems are told, and what became of it"},
    {"name": "connectors", "description": "Boards of other systems that proposals are pushed to"},
    {"name": "people", "description": "Who may act: you, users, tokens, sessions"},
    {"name": "health", "description": "Whether the service is well"},
]


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every route that is part of the API, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title="众声 Zhongsheng",
            version=app.version,
            description="Chinese posts in; pain points ranked by demand, reviewed, voted on and answered, out.",
            routes=app.routes,
            tags=TAGS,
        )
        _drop_default_validation_errors(schema)
        _drop_null_from_parameters(schema)
        _close_forms(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _drop_default_validation_errors(schema: dict[str, Any]) -> None:
    """FastAPI documents its own 422 shape, which this service never sends."""
    for methods in schema["paths"].values():
        for operation in methods.values():
            answer = operation["responses"].get("422")
            if answer and "HTTPValidationError" in str(answer):
                operation["responses"].update(
                    {
                        str(status): {
                            "description": entry["description"],
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}}},
                        }
                        for status, entry in errors.documented(422).items()
                    }
                )
    for name in ("HTTPValidationError", "ValidationError"):
        schema.get("components", {}).get("schemas", {}).pop(name, None)


def _drop_null_from_parameters(schema: dict[str, Any]) -> None:
    """A query or header is left out, never null: FastAPI takes the Python type `str | None` at its word."""
    for methods in schema["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                choices = parameter["schema"].get("anyOf", [])
                real = [choice for choice in choices if choice != {"type": "null"}]
                if len(real) == 1 and len(choices) == 2:
                    rest = {key: value for key, value in parameter["schema"].items() if key != "anyOf"}
                    parameter["schema"] = real[0] | rest


def _close_forms(schema: dict[str, Any]) -> None:
    """A form takes no other fields (`api.uploads` refuses them), as JSON bodies take none."""
    for name, component in schema["components"]["schemas"].items():
        if name.startswith("Body_"):
            component["additionalProperties"] = False
