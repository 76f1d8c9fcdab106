"""The API is what its OpenAPI description says: schemathesis sends well-formed and malformed requests to every
endpoint, over a filled database with real ids, and compares each answer with the description."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.openapi import describe
from api.security import SESSION_COOKIE
from pipeline.settings import Settings
from review import accounts
from store.database import Database
from store.repositories import users
from tests.api.world import ORIGIN, Everyone, World

EXAMPLES = 4  # drawn requests per endpoint, beside those that cover every constraint of the description


class Later:
    """Stands for the application while tests are collected, before there is a database for it."""

    app: FastAPI | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


later = Later()


def _described() -> schemathesis.BaseSchema:
    """The description alone; no database is opened for it."""
    config = schemathesis.Config.from_dict(
        {"phases": {"coverage": {"unexpected-methods": ["PUT"]}}, "generation": {"max-examples": EXAMPLES}}
    )
    unopened = create_app(Settings(_env_file=None, database_url="sqlite://", secret="x" * 32))
    described = schemathesis.openapi.from_dict(describe(unopened), config=config)
    described.app = later
    described.config.update(base_url=ORIGIN)
    return described


schema = _described()
known: dict[str, tuple[str, ...]] = {}  # path parameter -> ids that are there; filled when the database is


@schema.hook
def map_path_parameters(_context: schemathesis.HookContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Three of four well-formed ids become those of things that are there."""
    for name, value in (parameters or {}).items():
        drawn = zlib.crc32(str(value).encode("utf-8", "replace"))
        if name in known and isinstance(value, str) and drawn % 4:
            parameters[name] = known[name][drawn % len(known[name])]
    return parameters


@pytest.fixture(scope="module")
def filled(template: tuple[Path, World, Everyone], tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application over a filled database of its own, which all these requests may change."""
    path = tmp_path_factory.mktemp("schemathesis") / "zhongsheng.sqlite"
    shutil.copy(template[0], path)
    made = create_app(
        Settings(_env_file=None, state=path.parent / "state", database_url=f"sqlite:///{path}", secret="x" * 32)
    )
    world = template[1]
    known.update(
        theme_id=world.themes,
        draft_id=world.drafts,
        proposal_id=world.proposals,
        post_id=world.posts,
        source_id=(world.source,),
        knowledge_id=(world.knowledge,),
        job_id=(world.job,),
        note_id=(world.note,),
        view_id=(world.saved_view,),
        release_id=(world.release,),
        author_id=(world.author,),
        endpoint_id=(world.webhook,),
        delivery_id=(world.delivery,),
        connector_id=(world.connector,),
        item_id=(world.connector_item,),
    )
    later.app = made
    yield made
    made.state.database.dispose()


@schema.parametrize()
@settings(
    deadline=None,
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case, filled: FastAPI) -> None:
    case.call_and_validate(
        headers=_administrator(filled),
        excluded_checks=[positive_data_acceptance],
        additional_checks=[what_is_well_formed_is_never_called_malformed],
    )


def what_is_well_formed_is_never_called_malformed(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Stands for `positive_data_acceptance`, which cannot know that a well-formed request may still be against the
    rules (a missing version, a key used before): those are answered 4xx too, but never as `validation_failed`."""
    if case.meta is not None and case.meta.generation.mode.is_positive and response.status_code == 422:
        assert response.json()["error"]["code"] != "validation_failed", response.text


def _administrator(app: FastAPI) -> dict[str, str]:
    """A fresh session each time: one of the endpoints ends it."""
    database: Database = app.state.database
    with database.session() as session:
        admin = users.by_username(session, "admin")
        assert admin is not None
        secret = accounts.open_session(session, admin)
    return {"Cookie": f"{SESSION_COOKIE}={secret}", "Origin": ORIGIN}
