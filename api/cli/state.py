"""Settings and the migrated database, for commands that work on the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.settings import Settings
from store.database import Database


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[tuple[Settings, Database]]:
    """Settings and their database, its schema brought up to date."""
    settings = settings or Settings()
    database = Database(settings.database)
    try:
        database.migrate()
        yield settings, database
    finally:
        database.dispose()
