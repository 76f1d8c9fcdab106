"""When something that could not be sent is tried again: sooner at first, then rarely, for about three days."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

# The schedule that the specification of Standard Webhooks gives as its example: ten tries within 76 hours.
WAITS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
_JITTER: Final = 0.2  # so that what failed together does not come back together
_LONGEST: Final = 86_400  # seconds: longer than this nobody may ask us to wait


def next_wait(tries: int, *, asked: float | None = None, chance: float | None = None) -> timedelta | None:
    """How long to wait after the `tries`-th failure; None where it was the last try.

    asked: seconds from a Retry-After header, which are waited at least. chance: 0..1, drawn where not given.
    """
    if tries > len(WAITS):
        return None
    drawn = random.random() if chance is None else chance  # noqa: S311 - spreads load, hides nothing
    wait = WAITS[tries - 1] * (1 + _JITTER * (2 * drawn - 1))
    return timedelta(seconds=max(wait, min(asked or 0.0, _LONGEST)))
