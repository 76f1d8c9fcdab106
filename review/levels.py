"""Levels of contributors: earned by suggestions that were adopted, never by how much somebody writes.

Somebody's suggestion was adopted when a proposal that they were among the first to report, or whose need they voiced
in a post, was accepted. A proposal counts once for a person, however often they wrote; praise and chatter count for
nothing. Whom a brand credits is `review.credit`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from store.repositories import credit
from store.repositories import proposals as stored
from store.repositories.adoption import status_steps

ADOPTED = ("accepted", "in_progress", "shipped")  # statuses of a proposal that was adopted and still is


@dataclass(frozen=True, slots=True)
class Level:
    """A level and the fewest adopted suggestions it takes."""

    name: str
    least: int


LEVELS = (Level("gold", 10), Level("silver", 3), Level("bronze", 1))


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one person's suggestions came to."""

    adopted: int  # proposals
    first: int  # of these, as one of the first reporters


@dataclass(frozen=True, slots=True)
class Contributor:
    """One person who contributed in a span: what was adopted then, and the level they have reached with it."""

    author_id: str
    in_span: Contribution
    ever: Contribution
    level: Level


def level_of(adopted: int) -> Level | None:
    """The highest level that so many adopted suggestions reach; None below the first."""
    return next((level for level in LEVELS if adopted >= level.least), None)


def contributions(
    session: Session, proposal_ids: Iterable[str], *, of: Collection[str] | None = None
) -> dict[str, Contribution]:
    """Author id -> what these proposals, taken as adopted, count for them; merged proposals included.

    of: only these authors (None: everybody).
    """
    wanted = sorted(set(proposal_ids))
    reporters = credit.first_reporters(session, wanted)
    voices = credit.voices(session, wanted, of=of)
    found: dict[str, Contribution] = {}
    for proposal_id in wanted:
        first = {author_id for author_id in reporters[proposal_id] if of is None or author_id in of}
        for author_id in first | voices[proposal_id]:
            before = found.get(author_id, Contribution(0, 0))
            found[author_id] = Contribution(before.adopted + 1, before.first + (author_id in first))
    return found


def contributors_of(session: Session, since: datetime, until: datetime, *, limit: int = 20) -> tuple[Contributor, ...]:
    """Whose suggestions were accepted or shipped in the span and still stand: first reports before voices, then by
    what was ever adopted of theirs.

    A proposal accepted in one month and shipped in another counts in both: each is news to those who asked for it.
    """
    steps = status_steps(session, since=since, until=until)
    adopted = set(stored.of_statuses(session, ADOPTED))
    now = contributions(session, {s.proposal_id for s in steps if s.status in ("accepted", "shipped")} & adopted)
    leading = _leading(now, limit)
    ever = contributions(session, adopted, of=leading)
    order = sorted(leading, key=lambda who: (-now[who].first, -now[who].adopted, -ever[who].adopted, who))
    found = []
    for author_id in order[:limit]:
        level = level_of(ever[author_id].adopted)
        assert level is not None  # one adopted suggestion is enough for the first level
        found.append(Contributor(author_id, now[author_id], ever[author_id], level))
    return tuple(found)


def _leading(now: Mapping[str, Contribution], limit: int) -> frozenset[str]:
    """Those whose contributions of the span put them among the first `limit`, with all who came out even with the last:
    only between them does it matter what was ever adopted of theirs."""
    ranks = sorted((one.first, one.adopted) for one in now.values())
    last = ranks[-limit] if len(ranks) > limit else (0, 0)
    return frozenset(who for who, one in now.items() if (one.first, one.adopted) >= last)
