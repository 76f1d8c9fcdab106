"""One address may ask so often in a window and no more; others are not held up by it."""

from __future__ import annotations

import pytest

from api.rate_limit import RateLimit, TooManyRequestsError


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_window_holds_so_many_requests_and_the_next_begins_anew() -> None:
    clock = Clock()
    limit = RateLimit(requests=2, window=60, clock=clock)
    limit.take("a"), limit.take("a")
    with pytest.raises(TooManyRequestsError) as refused:
        limit.take("a")
    assert refused.value.problem.headers["Retry-After"] == "61"
    limit.take("b")
    clock.now = 60.0
    limit.take("a")


def test_memory_is_bounded() -> None:
    limit = RateLimit(requests=1, most_addresses=2, clock=Clock())
    for address in ("a", "b", "c"):
        limit.take(address)
    limit.take("a")  # forgotten, as the longest unseen
    with pytest.raises(TooManyRequestsError):
        limit.take("c")
