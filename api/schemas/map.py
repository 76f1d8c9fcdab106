"""Which points of the theme map fit a filter."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from api.schemas.fields import Output


class FittingOut(Output):
    """Points of the map."""

    points: int = Field(description="How many fit")
    steps: list[int] = Field(
        description="Their numbers, ascending, each as difference to the one before, as in the map"
    )


def fitting_out(found: Sequence[tuple[int, str | None]]) -> FittingOut:
    """Points (number, theme) by number, as they are sent."""
    numbers = [number for number, _ in found]
    return FittingOut(
        points=len(numbers), steps=[number - before for before, number in zip([0, *numbers], numbers, strict=False)]
    )
