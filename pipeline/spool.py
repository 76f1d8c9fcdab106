"""Uploaded files kept in the state folder until their job has read them, so that a restarted worker finds them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_PREFIX = "upload-"
_CHUNK = 1 << 20


class UploadTooLargeError(ValueError):
    """The upload is larger than the settings allow."""


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """One file in the spool."""

    file: str  # its name inside the spool
    sha256: str
    size: int  # bytes


class Spool:
    """A folder of files, each written to the end and synced before anything refers to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, stream: BinaryIO, *, limit: int | None = None) -> SpooledFile:
        """Copy a stream in. Raises UploadTooLargeError, leaving nothing, beyond `limit` bytes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=_PREFIX, dir=self.folder)
        path = Path(name)
        digest = hashlib.sha256()
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in _limited(stream, limit):
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return SpooledFile(file=path.name, sha256=digest.hexdigest(), size=path.stat().st_size)

    def path(self, file: str) -> Path:
        """Where a spooled file lies. Raises ValueError for a name that is not one of the spool's."""
        if not file.startswith(_PREFIX) or Path(file).name != file:
            raise ValueError(f"{file!r} is not a spooled file")
        return self.folder / file

    def remove(self, file: str) -> None:
        """Forget a file; one that is gone already is fine."""
        self.path(file).unlink(missing_ok=True)

    def sweep(self, needed: Collection[str], *, older_than: float = 3600.0) -> int:
        """Remove files nothing needs that are older than so many seconds (their request failed). Returns how many."""
        if not self.folder.is_dir():
            return 0
        oldest = time.time() - older_than
        stale = [
            path
            for path in self.folder.glob(f"{_PREFIX}*")
            if path.name not in needed and path.stat().st_mtime < oldest
        ]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def free_bytes(self) -> int:
        """Room left on the spool's disk."""
        folder = self.folder
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free


def _limited(stream: BinaryIO, limit: int | None) -> Iterator[bytes]:
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if limit is not None and size > limit:
            raise UploadTooLargeError(f"the file is larger than {limit:,} bytes; split it into smaller ones")
        yield chunk
