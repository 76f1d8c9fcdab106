"""Adoption: what became of the proposals that were routed, and how soon people heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final, Literal

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from store.tables import Event, Proposal

STATUS_CHANGED = "proposal.status_changed"
_DAY = 86_400.0
Figure = Literal["routed", "accepted", "shipped", "declined", "decided"]
_DECISIONS: Final = ("accepted", "declined")
_REACHED: Final[dict[Figure, tuple[str, ...]]] = {
    "accepted": ("accepted",), "shipped": ("shipped",), "declined": ("declined",), "decided": _DECISIONS
}  # fmt: skip
FIGURES: Final[tuple[Figure, ...]] = ("routed", *_REACHED)


@dataclass(frozen=True, slots=True)
class Counted:
    """The proposals behind a figure of `adoption`, whatever became of them since; decided: those behind its rate."""

    figure: Figure
    since: datetime
    until: datetime

    @property
    def condition(self) -> ColumnElement[bool]:
        """Whether a proposal is one of them."""
        if self.figure == "routed":
            return and_(Proposal.created_at >= self.since, Proposal.created_at < self.until)
        status = Event.after["status"].as_string()
        changed = select(Event.subject_id).where(*_changes(self.since, self.until))
        return Proposal.id.in_(changed.where(status.in_(_REACHED[self.figure])))


@dataclass(frozen=True, slots=True)
class Adoption:
    """What happened on the ballot from `since` (inclusive) to `until` (exclusive); each proposal counts once a field.

    `rate` is accepted / (accepted + declined), by the last such decision of the span on each proposal; None where
    nothing was decided. Days run from the moment of routing; medians are None where there is nothing to measure.
    """

    routed: int
    accepted: int
    shipped: int
    declined: int
    rate: float | None
    days_to_first_answer: float | None  # of proposals whose first status change lies in the span
    days_to_ship: float | None  # of proposals shipped in the span


@dataclass(frozen=True, slots=True)
class StatusStep:
    """One status that a proposal was given, and when."""

    proposal_id: str
    status: str
    at: datetime
    note: str  # what contributors were told; of a declined one the reason


def status_steps(
    session: Session, *, since: datetime | None = None, until: datetime, proposal_ids: Iterable[str] | None = None
) -> tuple[StatusStep, ...]:
    """The status changes on record, earliest first."""
    statement = select(Event.subject_id, Event.after, Event.at, Event.note).where(*_changes(since, until))
    if proposal_ids is not None:
        statement = statement.where(Event.subject_id.in_(sorted(set(proposal_ids))))
    rows = session.execute(statement.order_by(Event.at, Event.id))
    return tuple(
        StatusStep(
            proposal_id, str((after or {}).get("status", "")), at, str((after or {}).get("reason") or "") or note
        )
        for proposal_id, after, at, note in rows
    )


def adoption(session: Session, since: datetime, until: datetime) -> Adoption:
    """The figures of the span."""

    def number(figure: Figure) -> int:
        return session.scalar(select(func.count(Proposal.id)).where(Counted(figure, since, until).condition)) or 0

    steps = status_steps(session, since=since, until=until)
    decided = {step.proposal_id: step.status for step in steps if step.status in _DECISIONS}
    accepted = sum(status == "accepted" for status in decided.values())
    return Adoption(
        routed=number("routed"),
        accepted=number("accepted"),
        shipped=number("shipped"),
        declined=number("declined"),
        rate=accepted / len(decided) if decided else None,
        days_to_first_answer=_median_days(_first_answers(session, steps, since), session),
        days_to_ship=_median_days({s.proposal_id: s.at for s in steps if s.status == "shipped"}, session),
    )


def _changes(since: datetime | None, until: datetime) -> list[ColumnElement[bool]]:
    """Which events are status changes of the span."""
    changes = [Event.action == STATUS_CHANGED, Event.at < until]
    return changes if since is None else [*changes, Event.at >= since]


def _first_answers(session: Session, steps: Iterable[StatusStep], since: datetime) -> dict[str, datetime]:
    """Proposal id -> its first status change, of those that had none before the span."""
    first: dict[str, datetime] = {}
    for step in steps:
        first.setdefault(step.proposal_id, step.at)
    earlier = {step.proposal_id for step in status_steps(session, until=since, proposal_ids=first)} if first else set()
    return {proposal_id: at for proposal_id, at in first.items() if proposal_id not in earlier}


def _median_days(moments: dict[str, datetime], session: Session) -> float | None:
    if not moments:
        return None
    routed = session.execute(select(Proposal.id, Proposal.created_at).where(Proposal.id.in_(sorted(moments))))
    days = [(moments[proposal_id] - created).total_seconds() / _DAY for proposal_id, created in routed]
    return max(median(days), 0.0) if days else None
