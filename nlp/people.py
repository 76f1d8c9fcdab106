"""How many people stand behind the voices of a theme: one author is one, a burst of copies is a few."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from nlp.demand_weights import DemandWeights
from nlp.voices import Voice


def people_of(voices: Iterable[Voice], weights: DemandWeights) -> dict[str, float]:
    """How much each author counts as a person, 0..1, before tiers.

    Every author is one person however often they speak. Fresh authors who say nothing in this theme but copies of one
    text, in one burst, together count as 1 + ln(k)/2 people, not k: copies are cheap. An author of several copied
    texts counts with the one most others share.
    """
    by_author: dict[str, list[Voice]] = defaultdict(list)
    for voice in voices:
        by_author[voice.author].append(voice)
    share = dict.fromkeys(sorted(by_author), 1.0)
    copying = {author: said for author, said in by_author.items() if all(v.fresh and v.duplicate_group for v in said)}
    sharers = Counter(group for said in copying.values() for group in {voice.duplicate_group for voice in said})
    suspects: dict[str, list[tuple[datetime | None, str]]] = defaultdict(list)
    for author, said in copying.items():
        group = min((v.duplicate_group for v in said), key=lambda name: (-sharers[name], name))
        suspects[group].append((min((v.time for v in said if v.time is not None), default=None), author))
    for members in suspects.values():
        for burst in _bursts(members, timedelta(hours=weights.burst_hours)):
            for author in burst:
                share[author] = (1 + math.log(len(burst)) / 2) / len(burst)
    return share


def _bursts(members: Sequence[tuple[datetime | None, str]], gap: timedelta) -> list[list[str]]:
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
