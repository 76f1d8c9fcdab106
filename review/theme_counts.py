"""Recounting a theme from its mentions after people moved some; demand itself is the next run's affair."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from nlp.types import NEEDS, Intent
from review import theme_digests
from store.repositories import mentions
from store.repositories.mentions import MentionFact
from store.tables import Theme


@dataclass(frozen=True, slots=True)
class ThemeCounts:
    """The plain counts of a theme, by the same rules as mining uses."""

    size: int
    posts: int
    authors: int  # people; a post of unknown author is a person of its own
    intent: Intent | None  # what most mentions do; None without mentions
    severity: float
    weekly: tuple[tuple[str, int], ...]  # (ISO date of the week's Monday, people), oldest first, no week left out
    first_seen: datetime | None
    last_seen: datetime | None


def count(facts: Sequence[MentionFact]) -> ThemeCounts:
    """Counts over the mentions; severity and weeks over those that carry a need, where there are any."""
    needing = [fact for fact in facts if fact.intent in NEEDS]
    times = [fact.posted_at for fact in facts if fact.posted_at]
    intents = Counter(Intent(fact.intent) for fact in facts)
    order = list(Intent)
    return ThemeCounts(
        size=len(facts),
        posts=len({fact.post_id for fact in facts}),
        authors=len(people(facts)),
        intent=min(intents, key=lambda intent: (-intents[intent], order.index(intent)), default=None),
        severity=round(sum(fact.severity for fact in needing) / len(needing), 4) if needing else 0.0,
        weekly=_weekly(needing or facts),
        first_seen=min(times, default=None),
        last_seen=max(times, default=None),
    )


def people(facts: Iterable[MentionFact]) -> frozenset[str]:
    """Who said it, each once; a post of unknown author is a person of its own."""
    return frozenset(_person(fact) for fact in facts)


def recount(session: Session, theme: Theme) -> None:
    """Bring the counts of a theme in line with the mentions it holds now; its score and quotes stay."""
    recount_alone(session, theme)
    theme_digests.after_recount(session, theme)


def recount_alone(session: Session, theme: Theme) -> None:
    """As `recount`, where all digests are made anew afterwards."""
    session.flush()
    found = count(mentions.facts_of_theme(session, theme.id))
    theme.size, theme.posts, theme.authors = found.size, found.posts, found.authors
    theme.severity = found.severity
    theme.weekly = [list(week) for week in found.weekly]
    theme.first_seen, theme.last_seen = found.first_seen, found.last_seen


def _person(fact: MentionFact) -> str:
    return fact.author_id or f"post:{fact.post_id}"


def _weekly(facts: Sequence[MentionFact]) -> tuple[tuple[str, int], ...]:
    speakers: dict[str, set[str]] = defaultdict(set)
    mondays = []
    for fact in facts:
        if fact.posted_at is None:
            continue
        day = fact.posted_at.date()
        monday = day - timedelta(days=day.weekday())
        mondays.append(monday)
        speakers[monday.isoformat()].add(_person(fact))
    if not mondays:
        return ()
    first, last = min(mondays), max(mondays)
    weeks = [(first + timedelta(days=offset)).isoformat() for offset in range(0, (last - first).days + 1, 7)]
    return tuple((week, len(speakers.get(week, ()))) for week in weeks)
