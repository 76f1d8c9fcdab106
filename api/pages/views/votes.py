"""Votes under review: who voted how it came here, what speaks against it, what was set aside and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.people import actor_names, alias
from review.fraud import Recount, preview
from review.voting_rules import TIERS, VotingRules
from store.repositories import users, vote_signals, votes
from store.repositories.votes import Tally, VoteRow
from store.tables import Proposal, VoteFlag

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class TierShare:
    """How many of a tier voted, and what one of their votes weighs."""

    name: str
    people: int
    weight: float


@dataclass(frozen=True, slots=True)
class TallyView:
    """All counts of a proposal, side by side."""

    counted: int
    cast: int
    set_aside: int
    weighted: float | None  # None where every vote weighs the same
    tiers: tuple[TierShare, ...]
    flagged: int


@dataclass(frozen=True, slots=True)
class VoteItem:
    """One vote in the list."""

    id: str
    voter: str
    tier: str
    at: datetime
    entered_by: str  # empty: the voter themselves
    why: str
    link: str
    flags: tuple[str, ...]  # in words
    set_aside: bool
    set_aside_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class VotesView:
    """The page of a proposal's votes."""

    id: str
    title: str
    version: int
    tally: TallyView
    flagged_only: bool
    rows: tuple[VoteItem, ...]
    more: str


@dataclass(frozen=True, slots=True)
class RecountSheet:
    """Votes about to be set aside, or to count again."""

    id: str
    version: int
    votes: tuple[str, ...]
    counting: bool
    recount: Recount


def tally_view(session: Session, rules: VotingRules, proposal_id: str) -> TallyView:
    """The counts of one proposal."""
    tally = votes.tallies(session, [proposal_id]).get(proposal_id, Tally())
    flagged = vote_signals.flagged(session, [proposal_id]).get(proposal_id, 0)
    tiers = tuple(
        TierShare(name, tally.by_tier[name], rules.weights.get(name, 1.0)) for name in TIERS if name in tally.by_tier
    )
    weighted = rules.weight_of(tally.by_tier) if rules.weighted else None
    return TallyView(tally.counted, tally.cast, tally.set_aside, weighted, tiers, flagged)


def votes_view(
    session: Session, t: Translator, rules: VotingRules, proposal: Proposal, *, flagged_only: bool, cursor: str | None
) -> VotesView:
    """Latest vote first; with `flagged_only` those flagged or set aside."""
    page = votes.with_flags(session, proposal.id, flagged_only=flagged_only, cursor=cursor, limit=_PAGE)
    pairs = {"flagged": "1" if flagged_only else "", "cursor": page.next_cursor or ""}
    query = urlencode({name: value for name, value in pairs.items() if value})
    return VotesView(
        id=proposal.id,
        title=proposal.title,
        version=proposal.version,
        tally=tally_view(session, rules, proposal.id),
        flagged_only=flagged_only,
        rows=_items(session, t, page.items),
        more=f"/ballot/{proposal.id}/votes?{query}" if page.next_cursor else "",
    )


def recount_sheet(session: Session, proposal: Proposal, vote_ids: Sequence[str], *, counting: bool) -> RecountSheet:
    """The consequence, before it happens."""
    recount = preview(session, proposal.id, vote_ids, counting=counting)
    return RecountSheet(proposal.id, proposal.version, tuple(vote_ids), counting, recount)


def _items(session: Session, t: Translator, rows: Sequence[VoteRow]) -> tuple[VoteItem, ...]:
    people = users.names(session, {row.vote.voter for row in rows})
    actors = {row.vote.cast_by for row in rows} | {row.vote.excluded_by for row in rows if row.vote.excluded_by}
    names = actor_names(session, t, actors)
    return tuple(
        VoteItem(
            id=row.vote.id,
            voter=people.get(row.vote.voter) or alias(t, row.vote.voter),
            tier=row.tier,
            at=row.vote.created_at,
            entered_by="" if row.vote.cast_by == row.vote.voter else names[row.vote.cast_by],
            why=row.vote.provenance,
            link=row.vote.link,
            flags=tuple(_flag_words(t, flag) for flag in row.flags),
            set_aside=row.vote.excluded_at is not None,
            set_aside_by=names[row.vote.excluded_by] if row.vote.excluded_by else "",
            reason=row.vote.exclusion_reason,
        )
        for row in rows
    )


def _flag_words(t: Translator, flag: VoteFlag) -> str:
    """The signal with its figures."""
    detail = flag.detail
    if flag.signal == "burst":
        return t("flag.burst", n=detail.get("votes", 0), minutes=detail.get("minutes", 0))
    if flag.signal == "shared_text":
        return t("flag.shared_text", n=detail.get("voters", 0))
    days = detail.get("days")
    return t("flag.no_trace") if days is None else t("flag.fresh_account", n=days)
