"""The application over a small filled database, and clients for everyone who may knock."""

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
from review.principals import SYSTEM, Role
from store.database import Database
from tests.api.world import ORIGIN, PASSWORD, Everyone, World, populate


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World, Everyone]:
    """A migrated and filled database file to copy, so that passwords are hashed once."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    world, everyone = populate(database)
    database.dispose()  # the last connection to close writes the log back into the file
    return path, world, everyone


@pytest.fixture
def world(template: tuple[Path, World, Everyone]) -> World:
    return template[1]


@pytest.fixture
def everyone(template: tuple[Path, World, Everyone]) -> Everyone:
    return template[2]


@pytest.fixture
def settings(tmp_path: Path, template: tuple[Path, World, Everyone]) -> Settings:
    path = tmp_path / "zhongsheng.sqlite"
    shutil.copy(template[0], path)
    return Settings(_env_file=None, state=tmp_path / "state", database_url=f"sqlite:///{path}", secret="x" * 32)


@pytest.fixture
def app(built_app: FastAPI, settings: Settings) -> Iterator[FastAPI]:
    attach(built_app, settings)
    yield built_app
    built_app.state.database.dispose()


@pytest.fixture
def database(app: FastAPI) -> Database:
    found: Database = app.state.database
    return found


ClientOf = Callable[[str], TestClient]


@pytest.fixture
def client_of(app: FastAPI, everyone: Everyone) -> ClientOf:
    """A client as: stranger, admin, product_manager, moderator, token, bare_token, or a token's secret."""

    def client(who: str) -> TestClient:
        made = TestClient(app, base_url=ORIGIN, follow_redirects=False)
        if who in everyone.sessions:
            made.cookies.set(SESSION_COOKIE, everyone.sessions[who])
            made.headers["Origin"] = ORIGIN
        elif who != "stranger":
            secret = {"token": everyone.token, "bare_token": everyone.bare_token}.get(who, who)
            made.headers["Authorization"] = f"Bearer {secret}"
        return made

    return client


@pytest.fixture
def admin(client_of: ClientOf) -> TestClient:
    return client_of("admin")


@pytest.fixture
def manager(client_of: ClientOf) -> TestClient:
    return client_of("product_manager")


@pytest.fixture
def moderator(client_of: ClientOf) -> TestClient:
    return client_of("moderator")


@pytest.fixture
def stranger(client_of: ClientOf) -> TestClient:
    return client_of("stranger")


@pytest.fixture
def second_moderator(app: FastAPI, database: Database) -> TestClient:
    """Another person with the same role."""
    with database.session() as session:
        user = accounts.create_user(
            session, SYSTEM, username="moderator2", password=PASSWORD, role=Role.MODERATOR, display_name="二号"
        )
        session.flush()
        secret = accounts.open_session(session, user)
    client = TestClient(app, base_url=ORIGIN, follow_redirects=False, headers={"Origin": ORIGIN})
    client.cookies.set(SESSION_COOKIE, secret)
    return client
