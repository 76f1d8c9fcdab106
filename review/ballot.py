"""The ballot: proposals and their status, merges that count every voter once. Votes are cast in `review.votes`."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from review import versions
from review.audit import record
from review.errors import Conflict, Invalid
from review.permissions import Permission, require
from review.principals import Principal
from review.theme_status import require_active
from review.wording import optional, required
from store.ids import new_id
from store.repositories import mentions, proposal_evidence, proposals, themes, users, votes
from store.tables import Proposal, Theme, User

TITLE_LIMIT = 200
PROBLEM_LIMIT = 5_000
NOTE_LIMIT = 2_000
FIRST_REPORTERS = 5

OPEN = frozenset({"received", "under_review", "voting", "accepted", "in_progress"})

TRANSITIONS: dict[str, frozenset[str]] = {
    "received": frozenset({"under_review", "declined"}),
    "under_review": frozenset({"voting", "declined"}),
    "voting": frozenset({"accepted", "declined"}),
    "accepted": frozenset({"in_progress", "declined"}),
    "in_progress": frozenset({"shipped", "declined"}),
    "declined": frozenset({"under_review"}),
    "shipped": frozenset(),
    "merged": frozenset(),  # unmerge leads out of it
}


def propose(
    session: Session, principal: Principal, theme_id: str, *, title: str | None = None, version: int | None
) -> Proposal:
    """Put a theme before contributors, in people's words. Conflict where the theme is on the ballot already."""
    require(principal, Permission.THEME_ROUTE)
    theme = themes.locked(session, [theme_id]).get(theme_id)
    if theme is None:
        raise versions.not_found("theme", theme_id)
    versions.check(session, theme, version)
    _require_routable(session, theme)
    title = required(title if title is not None else theme.name, "title", "标题", limit=TITLE_LIMIT)
    evidence = proposal_evidence.of_theme(session, theme_id)
    now = datetime.now(UTC)
    proposal = Proposal(
        id=new_id("proposal"),
        theme_id=theme_id,
        routed_from=theme_id,
        title=title,
        problem="\n".join(f"“{quote['text']}”" for quote in theme.quotes) or theme.name,
        status="received",
        first_reporters=list(mentions.first_authors(session, theme_id, limit=FIRST_REPORTERS)),
        people=theme.authors,
        mentions=evidence.mentions,
        channels=evidence.channels,
        products=evidence.products,
        demand_score=theme.score,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(proposal)
    after = {"theme_id": theme_id, "title": title, "status": "received", "people": theme.authors}
    record(session, principal, "proposal.created", "proposal", proposal.id, after=after)
    record(session, principal, "theme.routed", "theme", theme_id, after={"proposal_id": proposal.id})
    session.flush()
    return proposal


def change_status(
    session: Session,
    principal: Principal,
    proposal_id: str,
    *,
    status: str,
    note: str = "",
    reason: str = "",
    owner_id: str | None = None,
    version: int | None,
) -> Proposal:
    """One step along `TRANSITIONS`, with a note for contributors; declining needs a reason.

    The status it has already is accepted where a note or an owner is given: only those change then.
    """
    require(principal, Permission.PROPOSAL_EDIT)
    note = optional(note, "note", "说明", limit=NOTE_LIMIT)
    reason = optional(reason, "reason", "理由", limit=NOTE_LIMIT)
    proposal = _opened(session, proposal_id, version)
    stays = status == proposal.status and bool(note or owner_id)
    if not stays and status not in TRANSITIONS[proposal.status]:
        raise _wrong_step(proposal, status)
    if status == "declined" and not reason and not stays:
        raise Invalid("reason_required", "Say why it is declined; contributors will read it.", "请填写暂不采纳的理由。")
    if owner_id is not None:
        _known_owner(session, owner_id)
    before = _state(proposal)
    versions.advance(session, proposal, now=datetime.now(UTC))
    proposal.note = note or (proposal.note if stays else "")
    if not stays:
        proposal.status = status
        proposal.reason = reason if status == "declined" else ""
    if owner_id is not None:
        proposal.owner_id = owner_id
    action = "proposal.noted" if stays else "proposal.status_changed"
    record(session, principal, action, "proposal", proposal_id, before=before, after=_state(proposal), note=note)
    session.flush()
    return proposal


def assign(
    session: Session, principal: Principal, proposal_id: str, *, owner_id: str | None, version: int | None
) -> Proposal:
    """Say who of the house answers for the proposal; None: nobody yet."""
    require(principal, Permission.PROPOSAL_EDIT)
    proposal = _opened(session, proposal_id, version)
    owner = _known_owner(session, owner_id) if owner_id else None
    before = {"owner_id": proposal.owner_id}
    versions.advance(session, proposal, now=datetime.now(UTC))
    proposal.owner_id = owner.id if owner else None
    after = {"owner_id": proposal.owner_id, "name": owner.display_name if owner else ""}
    record(session, principal, "proposal.assigned", "proposal", proposal_id, before=before, after=after)
    session.flush()
    return proposal


def reword(
    session: Session, principal: Principal, proposal_id: str, *, title: str, problem: str, version: int | None
) -> Proposal:
    """Change what contributors read: the title, and the problem in people's words, one quote a line."""
    require(principal, Permission.PROPOSAL_EDIT)
    title = required(title, "title", "标题", limit=TITLE_LIMIT)
    problem = required(problem, "problem", "问题描述", limit=PROBLEM_LIMIT)
    proposal = _opened(session, proposal_id, version)
    before = {"title": proposal.title, "problem": proposal.problem}
    versions.advance(session, proposal, now=datetime.now(UTC))
    proposal.title, proposal.problem = title, problem
    after = {"title": title, "problem": problem}
    record(session, principal, "proposal.reworded", "proposal", proposal_id, before=before, after=after)
    session.flush()
    return proposal


def merge(session: Session, principal: Principal, proposal_id: str, *, into: str, version: int | None) -> Proposal:
    """Fold a proposal into another; its voters count there, each once. Returns the target. `unmerge` undoes it."""
    require(principal, Permission.PROPOSAL_EDIT)
    if into == proposal_id:
        raise Invalid("merge_into_itself", "A proposal cannot be merged into itself.", "不能将提案合并到自身。")
    found = proposals.locked(session, [proposal_id, into])
    proposal = _checked(session, found.get(proposal_id), proposal_id, version)
    target = found.get(into)
    if target is None:
        raise versions.not_found("proposal", into)
    for one in (proposal, target):
        if one.status not in OPEN:
            raise Conflict(
                "proposal_not_open", f"The proposal {one.id} is {one.status}; only open ones can be merged.",
                f"提案「{one.title}」已关闭，无法合并。", status=one.status, merged_into=one.merged_into,
            )  # fmt: skip
    _merge(session, principal, proposal, target, with_theme=False)
    return target


def unmerge(session: Session, principal: Principal, proposal_id: str, *, version: int | None) -> Proposal:
    """Take a merge back: the proposal stands as before, with the votes cast for it. Returns it."""
    require(principal, Permission.PROPOSAL_EDIT)
    proposal = _opened(session, proposal_id, version)
    if proposal.status != "merged":
        raise Conflict(
            "not_merged",
            f"The proposal is {proposal.status}, not merged.",
            "该提案并未被合并。",
            status=proposal.status,
        )
    return _unmerge(session, principal, proposal)


def follow_theme_merge(session: Session, principal: Principal, theme_id: str, *, into: str) -> None:
    """A theme was merged: its proposal, if any, goes along. Two open proposals become one; a closed one stays."""
    proposal = proposals.of_theme(session, theme_id)
    if proposal is None:
        return
    target = proposals.of_theme(session, into)
    if target is None:
        _move(session, principal, proposal, to_theme=into)
    elif proposal.status in OPEN and target.status in OPEN:
        locked = proposals.locked(session, [proposal.id, target.id])
        _merge(session, principal, locked[proposal.id], locked[target.id], with_theme=True)


def follow_theme_restore(session: Session, principal: Principal, theme_id: str) -> None:
    """The merge of a theme was undone: what `follow_theme_merge` did with its proposal is undone too."""
    proposal = proposals.of_theme(session, theme_id) or proposals.routed_from(session, theme_id)
    if proposal is None:
        return
    if proposal.theme_id != theme_id:
        _move(session, principal, proposal, to_theme=theme_id)
    if proposal.status == "merged" and proposal.merged_with_theme:
        _unmerge(session, principal, proposal)


def _merge(session: Session, principal: Principal, proposal: Proposal, target: Proposal, *, with_theme: bool) -> None:
    now = datetime.now(UTC)
    before = _state(proposal) | {"votes": votes.counts(session, [target.id])[target.id]}
    versions.advance(session, proposal, now=now)
    versions.advance(session, target, now=now)
    proposal.status_before_merge, proposal.merged_with_theme = proposal.status, with_theme
    proposal.status, proposal.merged_into = "merged", target.id
    session.flush()
    after = _state(proposal) | {"votes": votes.counts(session, [target.id])[target.id]}
    record(session, principal, "proposal.merged", "proposal", proposal.id, before=before, after=after)
    record(session, principal, "proposal.received_merge", "proposal", target.id, after={"from": proposal.id})
    session.flush()


def _unmerge(session: Session, principal: Principal, proposal: Proposal) -> Proposal:
    target = proposal.merged_into
    before = _state(proposal)
    versions.advance(session, proposal, now=datetime.now(UTC))
    proposal.status = proposal.status_before_merge or "received"
    proposal.merged_into = proposal.status_before_merge = None
    proposal.merged_with_theme = False
    record(session, principal, "proposal.unmerged", "proposal", proposal.id, before=before, after=_state(proposal))
    if target:
        record(session, principal, "proposal.lost_merge", "proposal", target, after={"from": proposal.id})
    session.flush()
    return proposal


def _move(session: Session, principal: Principal, proposal: Proposal, *, to_theme: str) -> None:
    before = {"theme_id": proposal.theme_id}
    versions.advance(session, proposal, now=datetime.now(UTC))
    proposal.theme_id = to_theme
    record(session, principal, "proposal.moved", "proposal", proposal.id, before=before, after={"theme_id": to_theme})
    session.flush()


def _opened(session: Session, proposal_id: str, version: int | None) -> Proposal:
    return _checked(session, proposals.locked(session, [proposal_id]).get(proposal_id), proposal_id, version)


def _checked(session: Session, proposal: Proposal | None, proposal_id: str, version: int | None) -> Proposal:
    if proposal is None:
        raise versions.not_found("proposal", proposal_id)
    versions.check(session, proposal, version)
    return proposal


def _known_owner(session: Session, owner_id: str) -> User:
    owner = users.get(session, owner_id)
    if owner is None or not owner.active:
        raise Invalid("owner_unknown", f"There is no user {owner_id}.", "找不到该负责人。", owner_id=owner_id)
    return owner


def _require_routable(session: Session, theme: Theme) -> None:
    require_active(theme)
    existing = proposals.of_theme(session, theme.id)
    if existing is not None:
        raise Conflict(
            "already_on_ballot", f"The theme is on the ballot already, as {existing.id}.", "该主题已在投票列表中。",
            proposal_id=existing.id,
        )  # fmt: skip


def _wrong_step(proposal: Proposal, status: str) -> Conflict:
    allowed = sorted(TRANSITIONS[proposal.status])
    return Conflict(
        "status_not_allowed",
        f"A proposal that is {proposal.status} cannot become {status}; "
        + (f"it can become {', '.join(allowed)}." if allowed else "its status is final."),
        "当前状态不能进行此变更。",
        status=proposal.status,
        allowed=allowed,
    )


def _state(proposal: Proposal) -> dict[str, str | int | None]:
    return {
        "status": proposal.status,
        "reason": proposal.reason,
        "note": proposal.note,
        "owner_id": proposal.owner_id,
        "merged_into": proposal.merged_into,
    }
