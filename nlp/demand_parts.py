"""The parts of demand that people, not messages, make up: growth, severity, recency, breadth, engagement."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nlp.demand_weights import DemandWeights
from nlp.voices import DAY, Crowd, Voice

Shares = Mapping[str, float]  # how much each author counts as a person, see `nlp.people`

FACETS = ("channel", "product", "region")
_MOST_VALUES = 8  # of a facet: who is in eight channels is everywhere
_HIGH = 0.9  # quantile over people that stands for the gravest cases
_UNDATED = 0.5  # recency of a person whose mentions have no time


@dataclass(frozen=True, slots=True)
class Growth:
    """rate = ln((recent + k) / (expected + k)), 0 is flat; the people of the last window and of a usual one."""

    rate: float
    recent: float
    expected: float


def growth_of(voices: Sequence[Voice], share: Shares, crowd: Crowd, weights: DemandWeights) -> Growth:
    """Recent people against those expected from the theme's own past.

    Recent is the last window before the corpus's latest post (at most a third of its span); expected is the
    distinct people a window of the time before it, less where the whole crowd has gone quiet since: a holiday, or an
    export that ends thinly, is no theme's fading. k shrinks small counts towards 0. Without times: flat.
    """
    window = crowd.window_days(weights.growth_window_days)
    if not window or crowd.latest is None or crowd.start is None:
        return Growth(0.0, 0.0, 0.0)
    recent, past = people_by_window([(v.time, v.author) for v in voices], share, crowd.latest, window)
    span = (crowd.latest - crowd.start).total_seconds() / DAY
    expected = past * window / (span - window) * min(crowd.tide, 1.0)
    k = weights.growth_prior_people
    return Growth(math.log((recent + k) / (expected + k)), recent, expected)


def people_by_window(
    said: Iterable[tuple[datetime | None, str]], share: Shares | None, latest: datetime, window: float
) -> tuple[float, float]:
    """People of the last window of `window` days, and summed over the earlier ones; each counts once a window.

    said: when, by whom. share: how much each author counts, by default one.
    """
    recent: set[str] = set()
    before: set[tuple[int, str]] = set()
    for time, author in said:
        if time is None:
            continue
        age = (latest - time).total_seconds() / DAY
        if age < window:
            recent.add(author)
        else:
            before.add((int(age // window), author))
    if share is None:
        return float(len(recent)), float(len(before))
    return math.fsum(share[author] for author in recent), math.fsum(share[author] for _, author in before)


def severity_of(voices: Sequence[Voice], share: Shares) -> float:
    """Half the mean, half the 90th percentile over people of each person's gravest mention; 0..1."""
    gravest: dict[str, float] = defaultdict(float)
    for voice in voices:
        gravest[voice.author] = max(gravest[voice.author], voice.severity)
    total = math.fsum(share[author] for author in gravest)
    if not total:
        return 0.0
    mean = math.fsum(share[author] * value for author, value in gravest.items()) / total
    seen = high = 0.0
    for author, value in sorted(gravest.items(), key=lambda item: (item[1], item[0])):
        seen += share[author]
        high = value
        if seen >= _HIGH * total:
            break
    return (mean + high) / 2


def recency_of(voices: Sequence[Voice], share: Shares, crowd: Crowd, weights: DemandWeights) -> float:
    """Mean over people of 0.5 ** (age of their last mention / half-life); 0..1, 0.5 for the undated."""
    last: dict[str, datetime | None] = {}
    for voice in voices:
        known = last.setdefault(voice.author, voice.time)
        if voice.time is not None and (known is None or voice.time > known):
            last[voice.author] = voice.time
    total = math.fsum(share[author] for author in last)
    if not total:
        return 0.0
    values = []
    for author, time in last.items():
        fresh = _UNDATED
        if time is not None and crowd.latest is not None:
            age = max((crowd.latest - time).total_seconds() / DAY, 0.0)
            fresh = 0.5 ** (age / weights.recency_half_life_days)
        values.append(share[author] * fresh)
    return math.fsum(values) / total


def breadth_of(voices: Sequence[Voice], share: Shares, crowd: Crowd) -> float:
    """Mean over the facets the corpus varies in of how evenly the theme's people spread; 0..1.

    (effective number of values - 1) / (number there - 1), the effective number being exp of the entropy (Hill 1973).
    A person who speaks in several places is divided among them: one person is never a crowd. Scaled by the share of
    people whose place is known.
    """
    everybody = math.fsum(share[author] for author in {voice.author for voice in voices})
    spreads = []
    for facet in FACETS:
        there = min(crowd.facet_values.get(facet, 0), _MOST_VALUES)
        if there < 2:
            continue
        values: dict[str, set[str]] = defaultdict(set)
        for voice in voices:
            value = str(getattr(voice, facet))
            if value:
                values[voice.author].add(value)
        people: Counter[str] = Counter()
        for author in sorted(values):
            for value in sorted(values[author]):
                people[value] += share[author] / len(values[author])  # type: ignore[assignment]
        total = math.fsum(people.values())
        if total:
            entropy = -math.fsum(n / total * math.log(n / total) for n in people.values() if n)
            spreads.append(min((math.exp(entropy) - 1) / (there - 1), 1.0) * min(total / everybody, 1.0))
    return sum(spreads) / len(spreads) if spreads else 0.0


def engagement_of(voices: Sequence[Voice], share: Shares, crowd: Crowd) -> float:
    """Likes and replies: over people, those of each one's most answered post, capped; a person is no longer a crowd."""
    most: dict[str, float] = defaultdict(float)
    for voice in voices:
        most[voice.author] = max(most[voice.author], min(voice.engagement, crowd.engagement_cap))
    return math.fsum(share[author] * value for author, value in most.items())
