"""Releases: what shipped together, for the changelog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store.expressions import insert_new
from store.paging import Keyset, Page, fetch_page
from store.tables import Proposal, Release, ReleasedProposal

SHIPPABLE = ("accepted", "in_progress", "shipped")  # statuses of proposals that a release may name


def get(session: Session, release_id: str) -> Release | None:
    return session.get(Release, release_id)


def locked(session: Session, release_id: str) -> Release | None:
    """The release, fresh, with its row locked until the transaction ends."""
    return session.get(Release, release_id, with_for_update=True, populate_existing=True)


def listed(
    session: Session,
    *,
    status: str | None = None,
    products: Iterable[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Release]:
    """Latest date first. `products` keeps theirs and those of all products."""
    statement = select(Release)
    if status:
        statement = statement.where(Release.status == status)
    if products is not None:
        statement = statement.where(Release.product.in_([*products, ""]))
    if since:
        statement = statement.where(Release.released_at >= since)
    if until:
        statement = statement.where(Release.released_at < until)
    keyset = Keyset("releases", Release.released_at, datetime, Release.id)
    return fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])


def is_public(release: Release, *, products: Collection[str] | None) -> bool:
    """Whether contributors see it in the changelog: published, and of all products or of one that is open."""
    return release.status == "published" and (products is None or release.product in ("", *products))


def proposals_of(session: Session, release_ids: Iterable[str]) -> dict[str, tuple[Proposal, ...]]:
    """Release id -> its proposals, most wanted first."""
    wanted = sorted(set(release_ids))
    found: dict[str, list[Proposal]] = defaultdict(list)
    statement = (
        select(ReleasedProposal.release_id, Proposal)
        .join(Proposal, Proposal.id == ReleasedProposal.proposal_id)
        .where(ReleasedProposal.release_id.in_(wanted))
        .order_by(Proposal.people.desc(), Proposal.id)
    )
    for release_id, proposal in session.execute(statement) if wanted else ():
        found[release_id].append(proposal)
    return {release_id: tuple(found[release_id]) for release_id in wanted}


def of_proposals(session: Session, proposal_ids: Iterable[str]) -> dict[str, Release]:
    """Proposal id -> the release that names it; those without one are left out."""
    wanted = sorted(set(proposal_ids))
    statement = (
        select(ReleasedProposal.proposal_id, Release)
        .join(Release, Release.id == ReleasedProposal.release_id)
        .where(ReleasedProposal.proposal_id.in_(wanted))
    )
    return dict(session.execute(statement).all()) if wanted else {}


def candidates(session: Session, *, limit: int = 200) -> tuple[Proposal, ...]:
    """Proposals that may still be named by a release: in development first, then accepted, then shipped without one."""
    named = select(ReleasedProposal.proposal_id)
    statement = (
        select(Proposal)
        .where(Proposal.status.in_(SHIPPABLE), Proposal.id.not_in(named))
        .order_by(
            (Proposal.status != "in_progress"), (Proposal.status != "accepted"), Proposal.updated_at.desc(), Proposal.id
        )
        .limit(limit)
    )
    return tuple(session.scalars(statement))


def name(session: Session, release_id: str, proposal_ids: Iterable[str]) -> tuple[str, ...]:
    """Add proposals to the release; those that another release took a moment ago are left out of the answer."""
    wanted = sorted(set(proposal_ids))
    rows = [{"proposal_id": proposal_id, "release_id": release_id} for proposal_id in wanted]
    insert_new(session, ReleasedProposal, rows, unique=["proposal_id"])
    ours = select(ReleasedProposal.proposal_id).where(
        ReleasedProposal.release_id == release_id, ReleasedProposal.proposal_id.in_(wanted)
    )
    return tuple(session.scalars(ours.order_by(ReleasedProposal.proposal_id)))


def unname(session: Session, release_id: str, proposal_ids: Iterable[str]) -> None:
    """Take proposals out of the release."""
    statement = delete(ReleasedProposal).where(
        ReleasedProposal.release_id == release_id, ReleasedProposal.proposal_id.in_(sorted(set(proposal_ids)))
    )
    session.execute(statement)


def remove(session: Session, release: Release) -> None:
    """The release goes; its proposals are free for another."""
    session.execute(delete(ReleasedProposal).where(ReleasedProposal.release_id == release.id))
    session.delete(release)
