"""Slows the guessing of passwords by address; failures under one name are counted by `review.accounts`."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from api.errors import ApiError


class TooManyAttemptsError(ApiError):
    """429: this address has failed too often lately."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            429,
            "too_many_attempts",
            f"Too many failed sign-ins from this address; wait {seconds} seconds and try again.",
            f"登录失败次数过多，请在 {seconds} 秒后重试。",
            details={"retry_after_s": seconds},
            headers={"Retry-After": str(seconds)},
        )


class SignInThrottle:
    """Counts failures in this process. Memory is bounded: the addresses longest unseen are forgotten first."""

    def __init__(
        self,
        *,
        failures: int = 50,
        window: float = 300.0,
        most_addresses: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = failures
        self._window = window
        self._most_addresses = most_addresses
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raises TooManyAttemptsError where the address has used up its failures of the window."""
        now = self._clock()
        with self._lock:
            failures = self._failures.get(address)
            while failures and failures[0] <= now - self._window:
                failures.popleft()
            if failures and len(failures) >= self._allowed:
                raise TooManyAttemptsError(max(1, int(failures[0] + self._window - now) + 1))

    def failed(self, address: str) -> None:
        """Count one failure."""
        with self._lock:
            self._failures.setdefault(address, deque(maxlen=self._allowed)).append(self._clock())
            self._failures.move_to_end(address)
            while len(self._failures) > self._most_addresses:
                self._failures.popitem(last=False)
