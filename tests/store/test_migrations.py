"""The schema: models and migrations agree, migrating twice changes nothing, down leads back to nothing."""

from __future__ import annotations

import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from store.database import Database, normalise_url
from store.migrations import LOCK_TIMEOUT, configuration, upgrade
from store.tables import Base


def test_models_and_migrations_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_makes_an_empty_database_current_and_twice_is_no_mistake(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert not database.is_current()
    database.migrate()
    assert database.is_current()
    database.migrate()
    assert database.is_current()
    database.dispose()


def test_two_processes_may_migrate_at_once(empty_database_url: str) -> None:
    failures: list[BaseException] = []

    def migrate() -> None:
        own = Database(empty_database_url)
        try:
            own.migrate()
        except BaseException as failure:
            failures.append(failure)
        finally:
            own.dispose()

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    database = Database(empty_database_url)
    assert database.is_current()
    database.dispose()


def test_a_downgrade_leaves_nothing_behind(database: Database) -> None:
    with database.engine.begin() as connection:
        command.downgrade(configuration(connection), "base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    database.migrate()
    assert database.is_current()


def test_the_lock_timeout_holds_while_migrating_only(postgres_database: Database) -> None:
    with postgres_database.engine.begin() as connection:
        upgrade(connection)
        assert connection.scalar(text("SHOW lock_timeout")) == LOCK_TIMEOUT
    with postgres_database.engine.begin() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "0"


@pytest.mark.parametrize("given", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg2://u:p@h/d"])
def test_every_spelling_of_a_postgresql_url_gets_the_one_driver(given: str) -> None:
    assert normalise_url(given).render_as_string(hide_password=False) == "postgresql+psycopg://u:p@h/d"


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mysql"):
        normalise_url("mysql://h/d")
