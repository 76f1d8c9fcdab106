"""Releases: what shipped together, told to contributors with thanks; publishing one ships its proposals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from review import ballot, versions
from review.audit import record
from review.errors import Conflict, Invalid
from review.permissions import Permission, require
from review.principals import Principal
from review.wording import legible, optional, required
from store.ids import new_id
from store.repositories import proposals, releases
from store.tables import Proposal, Release

TITLE_LIMIT = 200
NOTES_LIMIT = 20_000
PRODUCT_LIMIT = 100
MOST_PROPOSALS = 200


def create(
    session: Session,
    principal: Principal,
    *,
    title: str,
    released_at: datetime,
    notes: str = "",
    product: str = "",
    proposal_ids: Sequence[str] = (),
) -> Release:
    """A draft that contributors do not see yet; its proposals stay as they are until it is published."""
    require(principal, Permission.RELEASE_EDIT)
    now = datetime.now(UTC)
    release = Release(
        id=new_id("release"),
        title=_title(title),
        notes=_notes(notes),
        product=_product(product),
        status="draft",
        released_at=released_at,
        created_by=principal.id,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(release)
    session.flush()
    _name(session, release, proposal_ids)
    record(session, principal, "release.created", "release", release.id, after=_state(session, release))
    session.flush()
    return release


def edit(
    session: Session,
    principal: Principal,
    release_id: str,
    *,
    title: str,
    released_at: datetime,
    notes: str,
    product: str,
    proposal_ids: Sequence[str],
    version: int | None,
) -> Release:
    """Change what it says and which proposals it names. In a published one, added proposals ship at once.

    Conflict `release_published` where a published release would lose a proposal: it has shipped.
    """
    release = _opened(session, principal, release_id, version)
    before = _state(session, release)
    held = {proposal.id for proposal in releases.proposals_of(session, [release_id])[release_id]}
    gone = held - set(proposal_ids)
    if gone and release.status == "published":
        raise Conflict(
            "release_published", "A published release keeps its proposals: they have shipped.",
            "版本已发布，已上线的提案不能移除。", proposals=sorted(gone),
        )  # fmt: skip
    versions.advance(session, release, now=datetime.now(UTC))
    release.title = _title(title)
    release.notes = _notes(notes)
    release.product = _product(product)
    release.released_at = released_at
    releases.unname(session, release_id, gone)
    added = [proposal_id for proposal_id in dict.fromkeys(proposal_ids) if proposal_id not in held]
    _name(session, release, added)
    if release.status == "published":
        _ship(session, principal, added)
    after = _state(session, release)
    record(session, principal, "release.updated", "release", release_id, before=before, after=after)
    session.flush()
    return release


def publish(session: Session, principal: Principal, release_id: str, *, version: int | None) -> Release:
    """Contributors see it from now on, and its proposals become shipped. Cannot be undone."""
    release = _opened(session, principal, release_id, version)
    if release.status == "published":
        raise Conflict("release_published", "The release is published already.", "版本已发布。")
    now = datetime.now(UTC)
    versions.advance(session, release, now=now)
    release.status, release.published_at = "published", now
    named = [proposal.id for proposal in releases.proposals_of(session, [release_id])[release_id]]
    _ship(session, principal, named)
    record(session, principal, "release.published", "release", release_id, after=_state(session, release))
    session.flush()
    return release


def discard(session: Session, principal: Principal, release_id: str, *, version: int | None) -> None:
    """A draft goes; its proposals stay as they are. Conflict for a published one."""
    release = _opened(session, principal, release_id, version)
    if release.status == "published":
        raise Conflict("release_published", "A published release stays.", "已发布的版本不能删除。")
    record(session, principal, "release.discarded", "release", release_id, before=_state(session, release))
    releases.remove(session, release)
    session.flush()


def _opened(session: Session, principal: Principal, release_id: str, version: int | None) -> Release:
    require(principal, Permission.RELEASE_EDIT)
    release = releases.locked(session, release_id)
    if release is None:
        raise versions.not_found("release", release_id)
    versions.check(session, release, version)
    return release


def _title(text: str) -> str:
    title = " ".join(required(text, "title", "标题", limit=TITLE_LIMIT).split())
    return legible(title, "title", "标题")


def _notes(text: str) -> str:
    return legible(optional(text, "notes", "更新内容", limit=NOTES_LIMIT), "notes", "更新内容", lines=True)


def _product(text: str) -> str:
    return legible(optional(text, "product", "产品", limit=PRODUCT_LIMIT), "product", "产品")


def _name(session: Session, release: Release, proposal_ids: Sequence[str]) -> None:
    """Put proposals into the release, or say which of them cannot be."""
    wanted = list(dict.fromkeys(proposal_ids))
    if len(wanted) > MOST_PROPOSALS:
        raise Invalid("too_many_proposals", f"A release names at most {MOST_PROPOSALS} proposals.",
                      f"一个版本最多包含 {MOST_PROPOSALS} 个提案。")  # fmt: skip
    found = proposals.locked(session, wanted)
    for proposal_id in wanted:
        proposal = found.get(proposal_id)
        if proposal is None:
            raise versions.not_found("proposal", proposal_id)
        if proposal.status not in releases.SHIPPABLE:
            raise Conflict(
                "proposal_not_accepted", f"The proposal {proposal.id} is {proposal.status}; only accepted ones ship.",
                f"提案「{proposal.title}」尚未采纳，不能加入版本。", proposal_id=proposal.id, status=proposal.status,
            )  # fmt: skip
    taken = set(wanted) - set(releases.name(session, release.id, wanted))
    if taken:
        raise Conflict(
            "already_released", "Another release names some of these proposals.", "部分提案已属于其他版本。",
            proposals=sorted(taken),
        )  # fmt: skip


def _ship(session: Session, principal: Principal, proposal_ids: Sequence[str]) -> None:
    """Bring the proposals to shipped, step by step as the status flow has it. That the release shipped them needs no
    note: they are linked, and each page says it in its reader's language."""
    found = proposals.locked(session, proposal_ids)
    for proposal_id in proposal_ids:
        proposal = found[proposal_id]
        for status in _steps_to_shipped(proposal):
            ballot.change_status(session, principal, proposal_id, status=status, version=proposal.version)


def _steps_to_shipped(proposal: Proposal) -> tuple[str, ...]:
    if proposal.status not in releases.SHIPPABLE:
        raise Conflict(
            "proposal_not_accepted", f"The proposal {proposal.id} is {proposal.status}; only accepted ones ship.",
            f"提案「{proposal.title}」尚未采纳，不能上线。", proposal_id=proposal.id, status=proposal.status,
        )  # fmt: skip
    return {"accepted": ("in_progress", "shipped"), "in_progress": ("shipped",)}.get(proposal.status, ())


def _state(session: Session, release: Release) -> dict[str, str | int | list[str]]:
    named = releases.proposals_of(session, [release.id])[release.id]
    return {
        "title": release.title,
        "notes": release.notes,
        "product": release.product,
        "status": release.status,
        "released_at": release.released_at.isoformat(),
        "proposals": [proposal.id for proposal in named],
        "n": len(named),
    }
