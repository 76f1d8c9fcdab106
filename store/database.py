"""One database by one URL: SQLite (WAL) or PostgreSQL, the same behaviour from both."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from store.migrations import heads, revision_of, upgrade

BUSY_TIMEOUT_MS = 30_000  # how long a SQLite writer waits for the one before it
MAPPED_BYTES = 256 * 2**20  # of a SQLite file read as memory, not by calls: counts over time take a quarter less
READONLY = "zhongsheng_readonly"  # execution option and Session.info key


class Database:
    """An engine, its sessions and its schema. One a process; safe to share between threads."""

    def __init__(self, url: str | URL) -> None:
        self.url = normalise_url(url)
        self.engine = _sqlite_engine(self.url) if is_sqlite(self.url) else _postgres_engine(self.url)

    @contextmanager
    def session(self, *, readonly: bool = False) -> Iterator[Session]:
        """One transaction: committed on exit, rolled back on any error.

        Use ``readonly=True`` for plain reading: on SQLite such a session never waits for a writer, while any
        other takes the write lock at its first statement, so that two writers queue instead of failing.
        Objects stay usable after the session has ended.
        """
        options = {READONLY: True} if readonly else {}
        bind = self.engine.execution_options(**options) if options else self.engine
        with Session(bind, expire_on_commit=False, info=dict(options)) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Bring the schema to the newest revision. Safe to call from several processes at once."""
        with self.engine.begin() as connection:
            upgrade(connection)

    def is_current(self) -> bool:
        """Whether the schema is at the newest revision."""
        with self.engine.connect() as connection:
            return revision_of(connection) == heads()

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def normalise_url(url: str | URL) -> URL:
    """The URL with the driver this project uses; ``postgres://`` is accepted. ValueError for other databases."""
    text = url.render_as_string(hide_password=False) if isinstance(url, URL) else url
    if text.startswith("postgres://"):
        text = "postgresql://" + text.removeprefix("postgres://")
    try:
        parsed = make_url(text)
    except ArgumentError:  # the message does not repeat the text: it may hold a password
        raise ValueError("DATABASE_URL is no URL; write for example postgresql://user:password@host/database") from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return parsed
    raise ValueError(f"DATABASE_URL must begin with sqlite: or postgresql:, not {backend}:")


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _to_json(value: Any) -> str:
    # Readable Chinese in the column, so that a substring search finds it.
    return json.dumps(value, ensure_ascii=False)


def _postgres_engine(url: URL) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, json_serializer=_to_json)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get(READONLY):
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    return engine


def _sqlite_engine(url: URL) -> Engine:
    if url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, json_serializer=_to_json)

    @event.listens_for(engine, "connect")
    def _connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None  # the driver must not begin transactions of its own: see _begin
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "foreign_keys=ON", f"mmap_size={MAPPED_BYTES}",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later would fail at once ("database is locked") when another
        # writer committed in between; taking the write lock first makes it wait instead.
        readonly = connection.get_execution_options().get(READONLY)
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine
