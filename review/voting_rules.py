"""What a vote weighs and how many one person may have open, by tier. Without settings everyone is equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TIERS = ("core", "fan", "regular", "staff")  # of authors; staff: those who sign in


@dataclass(frozen=True, slots=True)
class VotingRules:
    """Dials of the ballot. A tier that is not named weighs 1 and has no limit."""

    weights: Mapping[str, float] = field(default_factory=dict)
    open_votes: Mapping[str, int] = field(default_factory=dict)

    @property
    def weighted(self) -> bool:
        """Whether any tier weighs more or less than another: then both counts are shown."""
        return any(weight != 1.0 for weight in self.weights.values())

    def weight_of(self, by_tier: Mapping[str, int]) -> float:
        """Votes counted by tier, each by the weight of its tier."""
        return round(sum(self.weights.get(tier, 1.0) * number for tier, number in by_tier.items()), 2)


EQUAL = VotingRules()
