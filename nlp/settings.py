"""The dials of mining, with the defaults the product ships. Every one is recorded with a mining run."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlp.clustering import ClusterSettings
from nlp.intents import IntentDials


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


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """When a cluster is the theme of an earlier run."""

    survive_overlap: float = 0.2  # least Jaccard of mention keys for an id to go on
    split_share: float = 0.4  # share of a new cluster's known mentions from one theme that makes it a split of it
    merge_share: float = 0.5  # share of a lost theme's mentions in one cluster that makes it merged into it
    decided_share: float = 0.5  # share from a theme people merged or dismissed that obliges a cluster to follow
    named_bonus: float = 0.1  # preference for a theme a person has named where two compete for one cluster
    change_share: float = 0.3  # share of a theme that must have come or gone before its structure is looked at again
    same_need: float = 0.85  # new mentions this like standing themes, against their likeness to each other, are theirs
    least_evidence: int = 5  # fewer mentions than this change no theme, and make none of what fits nowhere


@dataclass(frozen=True, slots=True)
class MiningSettings:
    """Everything a mining run can be told, apart from its texts, its encoder and people's edits."""

    clustering: ClusterSettings = field(default_factory=ClusterSettings)
    demand: DemandWeights = field(default_factory=DemandWeights)
    registry: RegistrySettings = field(default_factory=RegistrySettings)
    intents: IntentDials = field(default_factory=IntentDials)
    chatter_confidence: float = 0.95  # chatter at least this sure gets no theme
    keyphrases: int = 6
    quotes: int = 3
    name_candidates: int = 10  # phrases a theme whose closeness to the prototype is measured
