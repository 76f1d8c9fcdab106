"""How long work tells whoever waits how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable

Progress = Callable[[str, int, int], None]  # (step, done, total); total 0: not known


def unheard(step: str, done: int, total: int) -> None:  # the shape of Progress
    """For callers who do not watch."""


class Throttled:
    """Passes on at most one report every `seconds`, but always a step's first and last."""

    def __init__(self, report: Progress, seconds: float = 0.5) -> None:
        self._report = report
        self._seconds = seconds
        self._step = ""
        self._last = float("-inf")

    def __call__(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if step == self._step and now - self._last < self._seconds and (not total or done < total):
            return
        self._step, self._last = step, now
        self._report(step, done, total)
