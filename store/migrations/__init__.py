"""The schema's history and how to move along it, without a configuration file."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

LOCK_TIMEOUT = "10s"  # a migration that cannot get its lock gives up rather than stopping the service behind it
_ADVISORY_LOCK = 7_264_001  # any fixed number: two processes that migrate at once queue behind it


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration in code; migrations run on `connection`, inside its transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to `revision` on this connection."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": LOCK_TIMEOUT})
    command.upgrade(configuration(connection), revision)


def revision_of(connection: Connection) -> set[str]:
    """The revisions the database is at; empty for a database without our schema."""
    return set(MigrationContext.configure(connection).get_current_heads())


def heads() -> set[str]:
    """The newest revisions known to this version of the program."""
    return set(ScriptDirectory.from_config(configuration()).get_heads())
