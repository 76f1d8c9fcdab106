"""How sure a drafter is of its reply, as a word and a percentage: one reading for the queue and for groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["high", "middle", "low"]
_HIGH: Final = 70  # per cent
_MIDDLE: Final = 40


@dataclass(frozen=True, slots=True)
class Confidence:
    """`percent` is 0..100; `level` names the word and the colour that go with it."""

    percent: int
    level: Level


def confidence_of(share: float) -> Confidence:
    """A drafter's confidence, 0..1, as it is shown."""
    percent = round(share * 100)
    return Confidence(percent, "high" if percent >= _HIGH else "middle" if percent >= _MIDDLE else "low")
