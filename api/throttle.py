"""Slows the guessing of passwords: failed sign-ins by name and by address are counted in a sliding window."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from api.errors import ApiError


class TooManyAttemptsError(ApiError):
    """429: this name or this address has failed too often lately."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            429,
            "too_many_attempts",
            f"Too many failed sign-ins; wait {seconds} seconds and try again.",
            f"登录失败次数过多，请在 {seconds} 秒后重试。",
            details={"retry_after_seconds": seconds},
            headers={"Retry-After": str(seconds)},
        )


class SignInThrottle:
    """Counts failures in this process. Memory is bounded: the keys longest unseen are forgotten first."""

    def __init__(
        self,
        *,
        failures_per_name: int = 10,
        failures_per_address: int = 50,
        window: float = 300.0,
        most_keys: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = {"name": failures_per_name, "address": failures_per_address}
        self._window = window
        self._most_keys = most_keys
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, name: str, address: str) -> None:
        """Raises TooManyAttemptsError where name or address has used up its failures of the window."""
        now = self._clock()
        with self._lock:
            for kind, value in (("name", name.casefold()), ("address", address)):
                failures = self._recent((kind, value), now)
                if failures is not None and len(failures) >= self._limits[kind]:
                    raise TooManyAttemptsError(max(1, int(failures[0] + self._window - now) + 1))

    def failed(self, name: str, address: str) -> None:
        """Count one failure."""
        now = self._clock()
        with self._lock:
            for key in (("name", name.casefold()), ("address", address)):
                failures = self._recent(key, now)
                if failures is None:
                    failures = self._failures.setdefault(key, deque())
                failures.append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > self._most_keys:
                self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name that has signed in."""
        with self._lock:
            self._failures.pop(("name", name.casefold()), None)

    def _recent(self, key: tuple[str, str], now: float) -> deque[float] | None:
        failures = self._failures.get(key)
        if failures is None:
            return None
        while failures and failures[0] <= now - self._window:
            failures.popleft()
        return failures
