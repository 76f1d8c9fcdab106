"""Demand: why a theme ranks where it does. Counts people and pain, never messages."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nlp.settings import DemandWeights
from nlp.types import Demand

_DAY = 86_400.0
_FACETS = ("channel", "product", "region")


@dataclass(frozen=True, slots=True)
class Voice:
    """One needing mention, reduced to what demand looks at."""

    author: str  # never empty: a post without author is its own person
    post_id: str
    time: datetime | None
    severity: float  # 0..1
    tier: str = "regular"
    channel: str = ""
    product: str = ""
    region: str = ""
    engagement: float = 0.0  # likes + replies of the post
    duplicate_group: str = ""  # same for near-identical texts; "" where the text is its own
    fresh: bool = False  # the author says nothing else in the corpus


@dataclass(frozen=True, slots=True)
class Crowd:
    """What the whole corpus looks like: the yardstick for every theme."""

    people: int
    start: datetime | None
    latest: datetime | None  # "now" of the ranking: the latest post, not the wall clock
    engagement_cap: float  # winsorising limit for one post
    facet_values: Mapping[str, int]  # number of distinct non-empty values of channel, product, region


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the demand of one theme rests on."""

    voices: Sequence[Voice]  # needing mentions only
    mentions: int  # all mentions of the theme, praise and chatter too
    votes: int
    crowd: Crowd


def people_of(voices: Iterable[Voice], weights: DemandWeights) -> dict[str, float]:
    """How much each author counts as a person, before tiers.

    Every author is one person however often they speak. Fresh authors (who say nothing else) of one burst of
    near-identical texts together count as 1 + ln(k)/2 people, not k: copies are cheap.
    """
    by_author: dict[str, list[Voice]] = defaultdict(list)
    for voice in voices:
        by_author[voice.author].append(voice)
    share = dict.fromkeys(by_author, 1.0)
    suspects: dict[str, list[tuple[datetime | None, str]]] = defaultdict(list)
    for author, said in by_author.items():
        groups = {voice.duplicate_group for voice in said}
        if len(groups) == 1 and said[0].duplicate_group and all(voice.fresh for voice in said):
            times = [voice.time for voice in said if voice.time is not None]
            suspects[said[0].duplicate_group].append((min(times, default=None), author))
    for members in suspects.values():
        for burst in _bursts(members, timedelta(hours=weights.burst_hours)):
            for author in burst:
                share[author] = (1 + math.log(len(burst)) / 2) / len(burst)
    return share


def _bursts(members: list[tuple[datetime | None, str]], gap: timedelta) -> list[list[str]]:
    """Authors grouped so that neighbours in time are at most `gap` apart; unknown times are one burst."""
    bursts: list[list[str]] = []
    undated = sorted(author for time, author in members if time is None)
    if undated:
        bursts.append(undated)
    last: datetime | None = None
    for time, author in sorted((time, author) for time, author in members if time is not None):
        if last is None or time - last > gap:
            bursts.append([])
        bursts[-1].append(author)
        last = time
    return bursts


def growth_rate(
    voices: Sequence[Voice], share: Mapping[str, float], crowd: Crowd, weights: DemandWeights
) -> tuple[float, float, float]:
    """(ln((recent + k) / (expected + k)), recent people, people expected from the theme's own baseline).

    Recent is the last window before the corpus's latest post (at most a third of its span); expected is the
    distinct people a window of the time before it. k shrinks small counts towards 0. Without times: 0.
    """
    if crowd.latest is None or crowd.start is None:
        return 0.0, 0.0, 0.0
    span = (crowd.latest - crowd.start).total_seconds() / _DAY
    window = min(weights.growth_window_days, span / 3)
    if window < 1.0:
        return 0.0, 0.0, 0.0
    recent: set[str] = set()
    before: dict[int, set[str]] = defaultdict(set)  # distinct people per window of the past
    for voice in voices:
        if voice.time is None:
            continue
        age = (crowd.latest - voice.time).total_seconds() / _DAY
        if age < window:
            recent.add(voice.author)
        else:
            before[int(age // window)].add(voice.author)
    recent_people = sum(share[author] for author in recent)
    baseline_people = sum(share[author] for authors in before.values() for author in authors)
    expected = baseline_people * window / (span - window)
    k = weights.growth_prior_people
    return math.log((recent_people + k) / (expected + k)), recent_people, expected


def demand(evidence: Evidence, weights: DemandWeights) -> Demand:
    """Score 0..100 = 100 x weighted mean of the parts x share of needing mentions; parts are 0..1 each.

    reach       p / (p + h), p = tier-weighted people, h = max(5, sqrt(people of the corpus))
    growth      logistic(1.5 x growth rate): 0.5 is flat
    severity    half the mean, half the 90th percentile over people of each person's gravest mention
    recency     mean over people of 0.5 ** (age of their last mention / half-life); 0.5 where undated
    breadth     evenness over channels, products and regions: (effective number - 1) / (number there - 1)
    engagement  likes and replies, each post capped at the corpus quantile, saturating
    votes       v / (v + half)
    Severity, recency, growth, breadth and engagement of a theme of few people are scaled by p / (p + 2).
    """
    voices = evidence.voices
    share = people_of(voices, weights)
    tier = {voice.author: weights.of_tier(voice.tier) for voice in voices}
    distinct = sum(share.values())
    weighted = sum(share[author] * tier[author] for author in share)
    thin = distinct / (distinct + weights.thin_theme_people)
    growth, recent, expected = growth_rate(voices, share, evidence.crowd, weights)
    engaged = _engagement(voices, evidence.crowd)
    half = max(5.0, math.sqrt(evidence.crowd.people))
    parts = {
        "reach": weighted / (weighted + half),
        "growth": thin / (1 + math.exp(-1.5 * growth)),
        "severity": thin * _severity(voices, share),
        "recency": thin * _recency(voices, share, evidence.crowd, weights),
        "breadth": thin * _breadth(voices, share, evidence.crowd),
        "engagement": thin * engaged / (engaged + 4 * max(evidence.crowd.engagement_cap, 1.0)),
        "votes": max(evidence.votes, 0) / (max(evidence.votes, 0) + weights.votes_half),
    }
    need_share = len(voices) / evidence.mentions if evidence.mentions else 0.0
    of_part = weights.of_part()
    score = 100 * need_share * sum(of_part[name] * parts[name] for name in parts) / sum(of_part.values())
    return Demand(
        score=round(score, 2),
        parts={name: round(value, 4) for name, value in parts.items()},
        evidence={
            "people": float(len(share)),
            "people_counted": round(distinct, 2),  # after discounting bursts of copies
            "people_weighted": round(weighted, 2),  # after tiers
            "posts": float(len({voice.post_id for voice in voices})),
            "needing_mentions": float(len(voices)),
            "mentions": float(evidence.mentions),
            "need_share": round(need_share, 4),
            "recent_people": round(recent, 2),
            "expected_people": round(expected, 2),
            "growth": round(growth, 4),
            "engagement": round(engaged, 2),
            "votes": float(evidence.votes),
        },
    )


def _severity(voices: Sequence[Voice], share: Mapping[str, float]) -> float:
    gravest: dict[str, float] = defaultdict(float)
    for voice in voices:
        gravest[voice.author] = max(gravest[voice.author], voice.severity)
    total = sum(share.values())
    if not total:
        return 0.0
    mean = sum(share[author] * value for author, value in gravest.items()) / total
    seen = 0.0
    high = 0.0
    for author, value in sorted(gravest.items(), key=lambda item: (item[1], item[0])):
        seen += share[author]
        high = value
        if seen >= 0.9 * total:
            break
    return (mean + high) / 2


def _recency(voices: Sequence[Voice], share: Mapping[str, float], crowd: Crowd, weights: DemandWeights) -> float:
    total = sum(share.values())
    if not total:
        return 0.0
    last: dict[str, datetime] = {}
    for voice in voices:
        if voice.time is not None and (voice.author not in last or voice.time > last[voice.author]):
            last[voice.author] = voice.time
    value = 0.0
    for author, weight in share.items():
        if author in last and crowd.latest is not None:
            age = max((crowd.latest - last[author]).total_seconds() / _DAY, 0.0)
            value += weight * 0.5 ** (age / weights.recency_half_life_days)
        else:
            value += weight * 0.5
    return value / total


def _breadth(voices: Sequence[Voice], share: Mapping[str, float], crowd: Crowd) -> float:
    """Mean over the facets the corpus varies in of how evenly the theme's people spread (exp of entropy)."""
    spreads = []
    for facet in _FACETS:
        there = min(crowd.facet_values.get(facet, 0), 8)
        if there < 2:
            continue
        people: Counter[str] = Counter()
        counted: set[tuple[str, str]] = set()
        for voice in voices:
            value = str(getattr(voice, facet))
            if value and (voice.author, value) not in counted:
                counted.add((voice.author, value))
                people[value] += share[voice.author]  # type: ignore[assignment]
        total = sum(people.values())
        if not total:
            continue
        entropy = -sum(n / total * math.log(n / total) for n in people.values() if n)
        spreads.append(min((math.exp(entropy) - 1) / (there - 1), 1.0))
    return sum(spreads) / len(spreads) if spreads else 0.0


def _engagement(voices: Sequence[Voice], crowd: Crowd) -> float:
    by_post = {voice.post_id: voice.engagement for voice in voices}
    return sum(min(max(value, 0.0), crowd.engagement_cap) for value in by_post.values())
