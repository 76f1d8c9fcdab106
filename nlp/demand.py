"""Demand: why a theme ranks where it does. Counts people and pain, never messages."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from nlp.demand_parts import Shares, breadth_of, engagement_of, growth_of, recency_of, severity_of
from nlp.demand_weights import DemandWeights
from nlp.people import people_of
from nlp.types import Demand
from nlp.voices import Evidence, Voice


def demand(evidence: Evidence, weights: DemandWeights) -> Demand:
    """Score 0..100 = 100 x weighted mean of the parts x share of people in need; parts are 0..1 each.

    reach       p / (p + h), p = tier-weighted people, h = max(5, sqrt(people of the corpus))
    growth      logistic(1.5 x growth rate): 0.5 is flat
    severity    half the mean, half the 90th percentile over people of each person's gravest mention
    recency     mean over people of 0.5 ** (age of their last mention / half-life); 0.5 where undated
    breadth     evenness over channels, products and regions: (effective number - 1) / (number there - 1)
    engagement  likes and replies of each person's most answered post, capped at the corpus quantile, saturating
    votes       v / (v + half)
    Severity, recency, growth, breadth and engagement of a theme of few people are scaled by p / (p + 2).
    All but the last factor look at needing mentions; docs/demand.md explains each part and its default weight.
    """
    share = people_of(evidence.voices, weights)
    voices = [voice for voice in evidence.voices if voice.needs]
    needing = {voice.author for voice in voices}
    distinct = math.fsum(share[author] for author in needing)
    weighted = _tier_weighted(voices, share, weights)
    thin = distinct / (distinct + weights.thin_theme_people)
    growth = growth_of(voices, share, evidence.crowd, weights)
    engaged = engagement_of(voices, share, evidence.crowd)
    half = max(5.0, math.sqrt(evidence.crowd.people))
    votes = max(evidence.votes, 0)
    parts = {
        "reach": weighted / (weighted + half),
        "growth": thin / (1 + math.exp(-1.5 * growth.rate)),
        "severity": thin * severity_of(voices, share),
        "recency": thin * recency_of(voices, share, evidence.crowd, weights),
        "breadth": thin * breadth_of(voices, share, evidence.crowd),
        "engagement": thin * engaged / (engaged + 4 * max(evidence.crowd.engagement_cap, 1.0)),
        "votes": votes / (votes + weights.votes_half),
    }
    need_share = _need_share(evidence.voices, share)
    of_part = weights.of_part()
    score = 100 * need_share * math.fsum(of_part[name] * parts[name] for name in parts) / sum(of_part.values())
    return Demand(
        score=round(score, 2),
        parts={name: round(value, 4) for name, value in parts.items()},
        evidence={
            "people": float(len(needing)),
            "people_counted": round(distinct, 2),  # after discounting bursts of copies
            "people_weighted": round(weighted, 2),  # after tiers
            "posts": float(len({voice.post_id for voice in voices})),
            "needing_mentions": float(len(voices)),
            "mentions": float(len(evidence.voices)),
            "need_share": round(need_share, 4),
            "recent_people": round(growth.recent, 2),
            "expected_people": round(growth.expected, 2),
            "growth": round(growth.rate, 4),
            "engagement": round(engaged, 2),
            "votes": float(evidence.votes),
        },
    )


def _tier_weighted(voices: Sequence[Voice], share: Shares, weights: DemandWeights) -> float:
    """People after tiers; who appears in two tiers counts in the higher."""
    tiers: dict[str, float] = {}
    for voice in voices:
        tiers[voice.author] = max(tiers.get(voice.author, 0.0), weights.of_tier(voice.tier))
    return math.fsum(share[author] * tier for author, tier in tiers.items())


def _need_share(voices: Sequence[Voice], share: Shares) -> float:
    """Of the people of a theme, the share in need; one who complains and praises is divided by their mentions."""
    said = Counter(voice.author for voice in voices)
    needing = Counter(voice.author for voice in voices if voice.needs)
    total = math.fsum(share[author] for author in said)
    if not total:
        return 0.0
    return math.fsum(share[author] * needing[author] / said[author] for author in needing) / total
