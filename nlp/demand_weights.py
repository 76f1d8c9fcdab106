"""How much each part of demand weighs, and its shape. docs/demand.md explains every dial."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemandWeights:
    """How much each part of demand weighs (any positive scale; the score divides by their sum), and its shape."""

    reach: float = 0.45
    growth: float = 0.10
    severity: float = 0.15
    recency: float = 0.08
    breadth: float = 0.06
    engagement: float = 0.06
    votes: float = 0.10

    tier_core: float = 3.0  # a 核心 contributor counts as three people, a 铁粉 as two: said openly, set here
    tier_fan: float = 2.0
    tier_regular: float = 1.0

    recency_half_life_days: float = 30.0
    growth_window_days: float = 14.0
    growth_prior_people: float = 3.0  # pseudo-count that shrinks the growth of small themes towards flat
    thin_theme_people: float = 2.0  # people at which the parts other than reach count half
    votes_half: float = 10.0  # votes at which the votes part is one half
    engagement_quantile: float = 0.95  # likes and replies of one post are capped at this quantile of the corpus
    burst_hours: float = 72.0  # near-identical texts this close together are one burst
    duplicate_min_characters: int = 10  # shorter texts are alike by nature, not by copying

    def of_part(self) -> dict[str, float]:
        """The weight of each part by the part's name."""
        return {
            "reach": self.reach,
            "growth": self.growth,
            "severity": self.severity,
            "recency": self.recency,
            "breadth": self.breadth,
            "engagement": self.engagement,
            "votes": self.votes,
        }

    def of_tier(self, tier: str) -> float:
        """How many people an author of this tier counts as."""
        return {"core": self.tier_core, "fan": self.tier_fan}.get(tier, self.tier_regular)
