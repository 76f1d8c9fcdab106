"""What a result rests on: the data, the versions and the machine. Results without it cannot be compared."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LIBRARIES = (
    "numpy", "scipy", "scikit-learn", "hdbscan", "torch", "transformers", "sentence-transformers", "sentencepiece",
    "rjieba", "jieba", "bertopic", "umap-learn", "numba",
)  # fmt: skip
_CPU_NAME = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DataSource:
    """One file that was measured on."""

    name: str  # of the set it is part of
    file: str
    rows: int  # posts of the set, whichever of its files they are in
    sha256: str


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it ran."""

    system: str
    cpu: str
    cores: int  # that this process may use
    memory_gib: float


@dataclass(frozen=True, slots=True)
class Environment:
    """The versions in use and the machine."""

    version: str
    python: str
    machine: Machine
    libraries: dict[str, str]


def data_source(name: str, path: Path, rows: int) -> DataSource:
    """The file with its hash."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return DataSource(name, path.name, rows, digest)


def environment(libraries: Sequence[str] = _LIBRARIES) -> Environment:
    """This machine and the versions in use; libraries that are not installed are left out."""
    found = {name: installed_version(name) for name in libraries}
    return Environment(
        version=installed_version("zhongsheng") or "unknown",
        python=platform.python_version(),
        machine=machine(),
        libraries={name: version for name, version in found.items() if version},
    )


def machine() -> Machine:
    """This machine."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(f"{platform.system()} {platform.machine()}", _cpu(), usable, _memory_gib())


def installed_version(distribution: str) -> str:
    """The version of an installed distribution, else ""."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _cpu() -> str:
    try:
        found = _CPU_NAME.search(Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or "unknown"


def _memory_gib() -> float:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):  # not every system tells
        return 0.0
