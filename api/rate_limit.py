"""Keeps one address from using up the public pages: so many requests in a window, counted in this process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from api.errors import ApiError


class TooManyRequestsError(ApiError):
    """429: this address has asked too often lately."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            429,
            "too_many_requests",
            f"Too many requests from this address; wait {seconds} seconds and try again.",
            f"访问过于频繁，请在 {seconds} 秒后重试。",
            details={"retry_after_s": seconds},
            headers={"Retry-After": str(seconds)},
        )


class RateLimit:
    """Counts in fixed windows. Memory is bounded: the addresses longest unseen are forgotten first."""

    def __init__(
        self,
        *,
        requests: int,
        window: float = 60.0,
        most_addresses: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = requests
        self._window = window
        self._most_addresses = most_addresses
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()  # address -> window's start, requests in it
        self._lock = threading.Lock()

    def take(self, address: str) -> None:
        """Count one request. Raises TooManyRequestsError where the window's are used up."""
        now = self._clock()
        with self._lock:
            start, count = self._seen.get(address, (now, 0))
            if now - start >= self._window:
                start, count = now, 0
            if count >= self._allowed:
                raise TooManyRequestsError(max(1, int(start + self._window - now) + 1))
            self._seen[address] = (start, count + 1)
            self._seen.move_to_end(address)
            while len(self._seen) > self._most_addresses:
                self._seen.popitem(last=False)
