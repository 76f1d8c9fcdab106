"""Which worker is alive: each holds a numbered slot, and the system takes it back the moment the process dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

SLOTS = 64  # workers side by side on one database
_ADVISORY_CLASS = 0x5A53  # "ZS": keeps our advisory locks apart from other programs' on the same server
_LOCK = text("SELECT pg_try_advisory_lock(:area, :slot)")
_UNLOCK = text("SELECT pg_advisory_unlock(:area, :slot)")
_HELD = text(
    "SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :area"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Leases(Protocol):
    """Slots of one database. A slot held by a dead process is free."""

    def take(self, slot: int) -> bool:
        """Hold `slot` until `release` or death. False where a living process holds it."""
        ...

    def release(self, slot: int) -> None: ...

    def candidates(self) -> Iterable[int]:
        """Slots that may be held; the others are free for certain."""
        ...


class FileLeases:
    """Slots as locked files in a folder: for SQLite, whose workers share a machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[int, int] = {}

    def take(self, slot: int) -> bool:
        if slot in self._held:
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._file(slot), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._held[slot] = descriptor
        return True

    def release(self, slot: int) -> None:
        os.close(self._held.pop(slot))

    def candidates(self) -> Iterable[int]:
        return [slot for slot in range(SLOTS) if self._file(slot).exists()]

    def _file(self, slot: int) -> Path:
        return self._folder / f"worker-{slot}.lock"


class AdvisoryLeases:
    """Slots as PostgreSQL advisory locks, each on its own connection: workers may run on many machines."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._held: dict[int, Connection] = {}

    def take(self, slot: int) -> bool:
        if slot in self._held:
            return False
        connection = self._engine.connect()
        got = connection.execute(_LOCK, {"area": _ADVISORY_CLASS, "slot": slot}).scalar_one()
        if not got:
            connection.close()
            return False
        self._held[slot] = connection
        return True

    def release(self, slot: int) -> None:
        # Unlocked before closing: the server may see the connection's end only a moment later.
        with self._held.pop(slot) as connection:
            connection.execute(_UNLOCK, {"area": _ADVISORY_CLASS, "slot": slot})

    def candidates(self) -> Iterable[int]:
        with self._engine.connect() as connection:
            return list(connection.execute(_HELD, {"area": _ADVISORY_CLASS}).scalars())


def take_free_slot(leases: Leases) -> int:
    """The lowest free slot, now held. A restarted worker so gets the slot, and the work, of the one that died.

    Raises RuntimeError where all are taken.
    """
    for slot in range(SLOTS):
        if leases.take(slot):
            return slot
    raise RuntimeError(f"{SLOTS} workers already run on this database")


def anyone_alive(leases: Leases) -> bool:
    """Whether a worker runs on this database."""
    for slot in leases.candidates():
        with borrowed(leases, slot) as free:
            if not free:
                return True
    return False


@contextmanager
def borrowed(leases: Leases, slot: int) -> Iterator[bool]:
    """Hold `slot` for the block where it is free; yields whether it was, that is, whether its worker is dead."""
    got = leases.take(slot)
    try:
        yield got
    finally:
        if got:
            leases.release(slot)
