"""The application over the invented community, and clients for who may knock; no browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import attach
from api.security import SESSION_COOKIE
from pipeline.settings import Settings
from review import accounts
from store.database import Database
from store.tables import User
from tests.pages.town import Town, build

ORIGIN = "http://testserver"
Filled = tuple[Path, Town, dict[str, str]]
ClientOf = Callable[..., TestClient]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A migrated and filled database file to copy, and a session for everyone."""
    path = tmp_path_factory.mktemp("pages") / "town.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with database.session() as session:
        town = build(session)
        sessions = {
            username: accounts.open_session(session, session.get_one(User, user_id))
            for username, user_id in town.users.items()
        }
    database.dispose()
    return path, town, sessions


@pytest.fixture
def town(filled: Filled) -> Town:
    return filled[1]


@pytest.fixture
def app(built_app: FastAPI, filled: Filled, tmp_path: Path) -> Iterator[FastAPI]:
    path = tmp_path / "zhongsheng.sqlite"
    shutil.copy(filled[0], path)
    url = f"sqlite:///{path}"
    attach(built_app, Settings(_env_file=None, state=tmp_path / "state", database_url=url, secret="x" * 32))
    yield built_app
    built_app.state.database.dispose()


@pytest.fixture
def database(app: FastAPI) -> Database:
    found: Database = app.state.database
    return found


@pytest.fixture
def client_of(app: FastAPI, filled: Filled) -> ClientOf:
    """A browser's client: signed in as `who`, in a language, as HTMX or not."""

    def client(who: str = "", *, language: str = "", htmx: bool = False) -> TestClient:
        made = TestClient(app, base_url=ORIGIN, follow_redirects=False)
        made.headers["Origin"] = ORIGIN
        if who:
            made.cookies.set(SESSION_COOKIE, filled[2][who])
        if language:
            made.cookies.set("zhongsheng_language", language)
        if htmx:
            made.headers["HX-Request"] = "true"
        return made

    return client
