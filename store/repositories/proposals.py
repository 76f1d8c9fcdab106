"""Proposals: the voting backlog, with votes counted through merges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from store.expressions import substring
from store.paging import Keyset, Page, fetch_page
from store.repositories import count_changes, votes
from store.repositories.adoption import Counted
from store.repositories.theme_filters import speaks_of
from store.tables import Proposal, Theme, User

Sort = Literal["updated", "votes", "changes"]


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal with its votes (every voter once, merged proposals included) and its theme."""

    proposal: Proposal
    votes: int
    theme: Theme
    owner_name: str | None


def get(session: Session, proposal_id: str) -> Proposal | None:
    return session.get(Proposal, proposal_id)


def locked(session: Session, proposal_ids: Iterable[str]) -> dict[str, Proposal]:
    """The proposals, fresh, with their rows locked until the transaction ends; always in one order."""
    statement = select(Proposal).where(Proposal.id.in_(sorted(set(proposal_ids)))).order_by(Proposal.id)
    found = session.scalars(statement.with_for_update().execution_options(populate_existing=True))
    return {proposal.id: proposal for proposal in found}


def held(session: Session, proposal_id: str) -> Proposal | None:
    """The proposal, fresh, kept from changing until the transaction ends; several may hold it at once."""
    return session.get(Proposal, proposal_id, with_for_update={"read": True}, populate_existing=True)


def of_theme(session: Session, theme_id: str) -> Proposal | None:
    return session.scalar(select(Proposal).where(Proposal.theme_id == theme_id))


def by_themes(session: Session, theme_ids: Iterable[str]) -> dict[str, Proposal]:
    """Theme id -> its proposal; themes without one are left out."""
    wanted = sorted(set(theme_ids))
    found = session.scalars(select(Proposal).where(Proposal.theme_id.in_(wanted))) if wanted else ()
    return {proposal.theme_id: proposal for proposal in found}


def routed_from(session: Session, theme_id: str) -> Proposal | None:
    """The proposal that began as this theme, wherever merges have carried it."""
    statement = select(Proposal).where(Proposal.routed_from == theme_id).order_by(Proposal.created_at, Proposal.id)
    return session.scalars(statement.limit(1)).first()


def merged_into(session: Session, proposal_id: str) -> tuple[Proposal, ...]:
    """The proposals merged into this one directly."""
    statement = select(Proposal).where(Proposal.merged_into == proposal_id).order_by(Proposal.id)
    return tuple(session.scalars(statement))


def backlog(
    session: Session,
    *,
    status: str | Sequence[str] | None = None,
    channel: str | None = None,
    product: str | None = None,
    min_votes: int = 0,
    updated_since: datetime | None = None,
    counted: Counted | None = None,
    q: str | None = None,
    sort: Sort = "updated",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ProposalRow]:
    """Latest change first, most votes first (equal votes: higher demand first), or in the order of changes.

    Merged proposals show only where `status` asks for them, in the order of changes (being merged is a change), and
    where they were `counted`: a figure and what is behind it are the same proposals.
    For `updated_since` and the order of changes a change of its votes is a change of the proposal.
    channel (an id), product: one mention at least of the proposal's theme speaks there, or of that.
    """
    statement = select(Proposal)
    wanted = [status] if isinstance(status, str) else list(status or ())
    if counted:
        statement = statement.where(counted.condition)
    if wanted or not (counted or sort == "changes"):
        statement = statement.where(Proposal.status.in_(wanted) if wanted else Proposal.status != "merged")
    moment: ColumnElement[datetime] = Proposal.updated_at.expression
    if updated_since or sort == "changes":
        changes = count_changes.last_changes(since=updated_since)
        statement = statement.outerjoin(changes, changes.c.proposal_id == Proposal.id)
        moment = count_changes.changed_at(changes)
    if updated_since:
        statement = statement.where(moment >= updated_since)
    if q:
        statement = statement.where(substring(q, Proposal.title, Proposal.problem))
    statement = statement.where(speaks_of(Proposal.theme_id, channel=channel, product=product))
    totals = votes.totals()
    if sort == "votes" or min_votes:
        statement = statement.outerjoin(totals, totals.c.proposal_id == Proposal.id)
        statement = statement.where(func.coalesce(totals.c.votes, 0) >= min_votes)
    if sort == "votes":
        # Demand is at most 100: the fraction orders equal votes and never outweighs one.
        worth = func.coalesce(totals.c.votes, 0) + Proposal.demand_score / 1000.0
        keyset = Keyset("proposals:votes", worth, float, Proposal.id)
    elif sort == "changes":
        keyset = Keyset("proposals:changes", moment, datetime, Proposal.id, descending=False)
    else:
        keyset = Keyset("proposals:updated", Proposal.updated_at, datetime, Proposal.id)
    page: Page[Proposal] = fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])
    return Page(items=_with_context(session, page.items), next_cursor=page.next_cursor)


def details(session: Session, proposal_id: str) -> ProposalRow | None:
    proposal = get(session, proposal_id)
    return _with_context(session, [proposal])[0] if proposal else None


def _with_context(session: Session, proposals: Sequence[Proposal]) -> tuple[ProposalRow, ...]:
    if not proposals:
        return ()
    ids = [proposal.id for proposal in proposals]
    counts = votes.counts(session, ids)
    statement = (
        select(Proposal.id, Theme, User.display_name)
        .join(Theme, Theme.id == Proposal.theme_id)
        .outerjoin(User, User.id == Proposal.owner_id)
        .where(Proposal.id.in_(ids))
    )
    context = {row[0]: (row[1], row[2]) for row in session.execute(statement)}
    return tuple(
        ProposalRow(proposal, counts[proposal.id], context[proposal.id][0], context[proposal.id][1])
        for proposal in proposals
    )


def by_ids(session: Session, proposal_ids: Iterable[str]) -> tuple[Proposal, ...]:
    """Unknown ids are left out."""
    wanted = sorted(set(proposal_ids))
    statement = select(Proposal).where(Proposal.id.in_(wanted)).order_by(Proposal.id)
    return tuple(session.scalars(statement)) if wanted else ()


def of_statuses(session: Session, statuses: Sequence[str]) -> tuple[str, ...]:
    """Ids of the proposals that have one of these statuses."""
    return tuple(session.scalars(select(Proposal.id).where(Proposal.status.in_(statuses)).order_by(Proposal.id)))


def count_by_status(session: Session) -> dict[str, int]:
    return dict(session.execute(select(Proposal.status, func.count()).group_by(Proposal.status)).all())
