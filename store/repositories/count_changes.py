"""When the votes of a proposal changed last. Votes move neither its version nor its `updated_at`: nobody edited it, and
who decides on it must not be refused because somebody voted. The log knows the moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Subquery, case, func, select
from sqlalchemy.orm import Session

from store.repositories.merge_tree import merge_tree
from store.tables import Event, Proposal

# What changes a count, or what is known of its votes, of the proposal or of one that was merged into it.
_ACTIONS: Final = (
    "vote.cast", "vote.withdrawn", "vote.flagged", "vote.excluded", "vote.restored", "proposal.received_merge",
    "proposal.lost_merge",
)  # fmt: skip
# An expression, so that no planner walks every vote there is by the index of actions.
_told: Final = func.coalesce(Event.action, "")


def last_changes(proposal_ids: Iterable[str] | None = None, *, since: datetime | None = None) -> Subquery:
    """proposal_id, at: of those of the proposals (None: all) whose votes changed, at or after `since` if given."""
    tree = merge_tree(proposal_ids, name="counted_over")
    statement = (
        select(tree.c.top.label("proposal_id"), func.max(Event.at).label("at"))
        .join(Event, Event.subject_id == tree.c.id)
        .where(_told.in_(_ACTIONS))  # all of them are told of proposals
        .group_by(tree.c.top)
    )
    if since is not None:
        return statement.where(Event.at >= since).subquery()  # by the index of times
    # by the index of subjects, which has the kind before the id
    meant = (Event.subject_type == "proposal", Event.subject_id.in_(select(tree.c.id)))
    return statement.where(*meant).subquery()


def changed_at(changes: Subquery) -> ColumnElement[datetime]:
    """Of a proposal, outer-joined with `last_changes`: when it or its votes changed last."""
    return case((changes.c.at > Proposal.updated_at, changes.c.at), else_=Proposal.updated_at)


def changed_at_of(session: Session, proposal_ids: Iterable[str]) -> dict[str, datetime]:
    """Proposal id -> when it or its votes changed last."""
    wanted = sorted(set(proposal_ids))
    changes = last_changes(wanted)
    statement = (
        select(Proposal.id, changed_at(changes))
        .outerjoin(changes, changes.c.proposal_id == Proposal.id)
        .where(Proposal.id.in_(wanted))
    )
    return {row[0]: row[1] for row in session.execute(statement)} if wanted else {}
