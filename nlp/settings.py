"""The dials of mining, with the defaults the product ships. Every one is recorded with a mining run."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlp.clustering import ClusterSettings
from nlp.demand_weights import DemandWeights
from nlp.intents import IntentDials


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
