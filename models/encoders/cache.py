"""Where unpacked weights are kept between runs, and how they get there whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path

CACHE_VARIABLE = "ZHONGSHENG_CACHE"
_COMPLETE = "complete"  # written last: a folder without it is a torn copy


def cache_folder() -> Path:
    """$ZHONGSHENG_CACHE, else the platform's cache directory for this program."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else user_cache_path("zhongsheng", appauthor=False)


def build_once(name: str, build: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache, filled by `build` the first time it is asked for.

    `build` writes into a temporary folder that is renamed when complete: a killed process leaves nothing that is
    taken for whole, and of two processes at once one wins and both get the same folder.
    """
    root = cache_folder()
    target = root / name
    if (target / _COMPLETE).exists():
        return target
    root.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=root))
    try:
        build(temporary)
        (temporary / _COMPLETE).touch()
        temporary.chmod(0o755)
        _move_into_place(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def _move_into_place(temporary: Path, target: Path) -> None:
    try:
        temporary.rename(target)
    except OSError:
        if (target / _COMPLETE).exists():  # another process was first
            return
        if not target.exists():
            raise
        shutil.rmtree(target)  # torn by something older than us
        temporary.rename(target)
