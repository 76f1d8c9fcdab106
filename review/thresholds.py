"""The number of votes at which others should hear of a proposal: told once, however often the count crosses it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from review.audit import record
from review.ballot import OPEN
from review.principals import SYSTEM
from store.repositories import events, proposals, votes
from store.tables import Event

ACTION = "proposal.threshold_reached"


def note_threshold(session: Session, proposal_id: str, *, threshold: int) -> Event | None:
    """Record that an open proposal has as many votes as `threshold`; None where it has not, or was noted before.

    A threshold that was raised since is news again. 0 means that there is none.
    """
    if threshold <= 0:
        return None
    found = proposals.locked(session, [proposal_id]).get(proposal_id)  # of two votes at once, one notes it
    if found is None or found.status not in OPEN:
        return None
    count = votes.counts(session, [proposal_id])[proposal_id]
    if count < threshold:
        return None
    before = events.latest_of(session, "proposal", proposal_id, actions=[ACTION])
    if before is not None and before.after is not None and before.after.get("threshold", 0) >= threshold:
        return None
    after = {"votes": count, "threshold": threshold}
    event = record(session, SYSTEM, ACTION, "proposal", proposal_id, after=after)
    session.flush()
    return event
