"""What a command costs from start to end in a process of its own: seconds, processor seconds, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.errors import EvaluationError

_SAMPLING = 0.25  # seconds between two looks at memory
_KIB = 1024
_LAST_WORDS = 600  # characters of standard error that a failure shows


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took."""

    wall_seconds: float
    cpu_seconds: float  # user and system, of the process and all it waited for
    peak_process_bytes: int  # largest resident size of any one process (getrusage)
    peak_tree_bytes: int  # largest sum over the process and its children at one moment, shared pages once; 0: unknown


def measure(command: Sequence[str | Path]) -> Cost:
    """Run the command to its end and weigh it. Raises EvaluationError with its last words where it fails."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=said
        )
        watch = _MemoryWatch(process.pid)
        watch.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            watch.stop()
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # it was waited for above: nobody else may
        if process.returncode:
            said.seek(0)
            words = said.read().decode("utf-8", "replace").strip()[-_LAST_WORDS:]
            raise EvaluationError(f"{command[1:4]} ended with {process.returncode}: {words}")
    scale = 1 if sys.platform == "darwin" else _KIB
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale, watch.peak)


class _MemoryWatch(threading.Thread):
    """Looks at the memory of a process and its children until told to stop. Linux only; elsewhere the peak stays 0."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._ended = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._ended.wait(_SAMPLING):
            self.peak = max(self.peak, sum(map(_proportional_bytes, _family(self._root))))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _family(process: int) -> list[int]:
    """The process and its living descendants."""
    found = [process]
    for parent in found:  # grows while it is walked
        try:
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        except OSError:  # ended meanwhile, a thread of it or the whole of it
            continue
    return found


def _proportional_bytes(process: int) -> int:
    """Resident bytes of a process, a page shared with others counted in parts."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * _KIB for line in lines if line.startswith("Pss:")), 0)
