"""What anybody may see of the ballot: proposals a person has looked at, of all products or of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from store.paging import Keyset, Page, fetch_page
from store.repositories import votes
from store.repositories.theme_filters import speaks_of
from store.tables import Event, Proposal

# `received` stays inside: nobody has read the words of a proposal that a run routed by itself.
PUBLIC = ("under_review", "voting", "accepted", "in_progress", "shipped", "declined")
_STEPS = ("proposal.status_changed", "proposal.noted")


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing contributors were told about a proposal."""

    event_id: str
    proposal_id: str
    at: datetime
    status: str
    note: str
    reason: str


def listed(
    session: Session,
    *,
    product: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int = 30,
) -> Page[Proposal]:
    """Most votes first; of equal ones those that more people asked for."""
    wanted = [status] if status in PUBLIC else list(PUBLIC)
    statement = select(Proposal).where(Proposal.status.in_(wanted))
    if product is not None:
        statement = statement.where(speaks_of(Proposal.theme_id, product=product))
    totals = votes.totals()
    statement = statement.outerjoin(totals, totals.c.proposal_id == Proposal.id)
    # demand is at most 100: the fraction orders equal votes and never outweighs one
    worth = func.coalesce(totals.c.votes, 0) + Proposal.demand_score / 1000.0
    keyset = Keyset("public", worth, float, Proposal.id)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])


def one(session: Session, proposal_id: str, *, products: Iterable[str] | None = None) -> Proposal | None:
    """The proposal, if it is public and, where `products` are given, about one of them."""
    statement = select(Proposal).where(Proposal.id == proposal_id, *_public(products))
    return session.scalar(statement)


def public_of(session: Session, proposal_ids: Iterable[str], *, products: Iterable[str] | None) -> frozenset[str]:
    """Those of the proposals that `one` would find."""
    wanted = sorted(set(proposal_ids))
    statement = select(Proposal.id).where(Proposal.id.in_(wanted), *_public(products))
    return frozenset(session.scalars(statement)) if wanted else frozenset()


def _public(products: Iterable[str] | None) -> tuple[ColumnElement[bool], ...]:
    public = Proposal.status.in_(PUBLIC)
    if products is None:
        return (public,)
    return public, or_(false(), *(speaks_of(Proposal.theme_id, product=product) for product in products))


def progress(
    session: Session, *, proposal_id: str | None = None, product: str | None = None, limit: int = 50
) -> tuple[tuple[Progress, Proposal], ...]:
    """What contributors were told, latest first; only of proposals that are public now, and of public steps."""
    statement = (
        select(Event, Proposal)
        .join(Proposal, Proposal.id == Event.subject_id)
        .where(Event.subject_type == "proposal", Event.action.in_(_STEPS), Proposal.status.in_(PUBLIC))
    )
    if proposal_id is not None:
        statement = statement.where(Proposal.id == proposal_id)
    if product is not None:
        statement = statement.where(speaks_of(Proposal.theme_id, product=product))
    statement = statement.order_by(Event.at.desc(), Event.id.desc()).limit(limit)
    found = []
    for event, proposal in session.execute(statement):
        after = event.after or {}
        status = str(after.get("status") or "")
        if status in PUBLIC and (event.action == "proposal.status_changed" or event.note):
            found.append(
                (
                    Progress(
                        event.id, proposal.id, event.at, status, event.note,
                        str(after.get("reason") or "") if status == "declined" else "",
                    ),
                    proposal,
                )
            )  # fmt: skip
    return tuple(found)
