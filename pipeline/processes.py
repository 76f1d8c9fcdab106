"""Work on batches in several processes: in order, deterministic, and in this process where others cannot be had."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ingest.prepare import Each

_PAYS_FROM = 1024 * 1024  # bytes of input; less is read before another process would have begun
_AHEAD = 2  # batches a process has waiting

A = TypeVar("A")
B = TypeVar("B")


def processors() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def each_batch(processes: int) -> Iterator[Each]:
    """`map` where `processes` is below two, else a map in that many other processes, started now.

    Functions and batches are sent to them, so both must be picklable; few batches are under way at a time. Started
    early, they are small: they hold what this process held by then. Where one is killed, the work goes on here.
    """
    if processes < 2:
        yield map
        return
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin) as pool:
        for started in [pool.submit(os.getpid) for _ in range(processes)]:
            started.result()
        yield _Spread(pool, processes * _AHEAD)


def processes_for(paths: Sequence[Path], wanted: int) -> int:
    """Processes that pay for these files; `wanted` of 0 means one a core. A file that is not there weighs nothing."""
    size = sum(path.stat().st_size for path in paths if path.is_file())
    return (wanted or processors()) if size >= _PAYS_FROM else 1


class _Spread:
    """Sends batches to a pool, a few at a time, and gives results in order."""

    def __init__(self, pool: ProcessPoolExecutor, ahead: int) -> None:
        self._pool = pool
        self._ahead = ahead

    def __call__(self, function: Callable[[A], B], batches: Iterable[A], /) -> Iterator[B]:
        waiting: deque[tuple[A, Future[B] | None]] = deque()
        for batch in batches:
            waiting.append((batch, self._sent(function, batch)))
            if len(waiting) > self._ahead:
                yield _result(function, *waiting.popleft())
        while waiting:
            yield _result(function, *waiting.popleft())

    def _sent(self, function: Callable[[A], B], batch: A) -> Future[B] | None:
        try:
            return self._pool.submit(function, batch)
        except BrokenProcessPool:
            return None


def _result(function: Callable[[A], B], batch: A, future: Future[B] | None) -> B:
    if future is None:
        return function(batch)
    try:
        return future.result()
    except BrokenProcessPool:  # killed, most likely for want of memory
        return function(batch)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told of Ctrl-C and ends its children
