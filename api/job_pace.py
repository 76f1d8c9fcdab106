"""How fast running jobs go: what was seen of each step, kept for as long as the job runs."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from store.tables import Job

_WINDOW: Final = timedelta(seconds=30)  # the pace of late tells more than that of the whole step
_LEAST: Final = timedelta(seconds=2)
_JOBS: Final = 100


@dataclass(frozen=True, slots=True)
class Pace:
    """Units a second of the present step, and the seconds until it is done."""

    rate: float
    left: float


class JobPaces:
    """One a process. A job's row knows how far its step is, not since when; who watches it knows."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[str, deque[tuple[datetime, int]]]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, job: Job, now: datetime) -> Pace | None:
        """The pace of a running job; None where too little has been seen to say."""
        if job.status != "running" or not job.total:
            return None
        with self._lock:
            step, seen = self._seen.get(job.id, ("", deque()))
            if step != job.step or (seen and seen[-1][1] > job.done):
                seen = deque()
            seen.append((now, job.done))
            while len(seen) > 2 and now - seen[0][0] > _WINDOW:
                seen.popleft()
            self._seen[job.id] = (job.step, seen)
            self._seen.move_to_end(job.id)
            while len(self._seen) > _JOBS:
                self._seen.popitem(last=False)
            first_at, first_done = seen[0]
        passed, done = now - first_at, job.done - first_done
        if passed < _LEAST or done <= 0:
            return None
        rate = done / passed.total_seconds()
        return Pace(rate, max(job.total - job.done, 0) / rate)
