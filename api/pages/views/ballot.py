"""The ballot: proposals with votes, status flow, evidence and history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.counted import CountedQuery
from api.pages.views.people import actor_names, alias
from api.pages.views.story import Chapter, story_of
from api.pages.views.thanks import ThanksView, thanks_view
from api.pages.views.votes import TallyView, tally_view
from review.ballot import OPEN, TRANSITIONS
from review.credit import thanks_for
from review.principals import Principal
from review.voting_rules import VotingRules
from store.repositories import follows, mentions, proposal_evidence, proposals, releases, users, votes
from store.repositories.proposal_evidence import EvidenceCounts
from store.repositories.proposals import ProposalRow

PAGE_SIZE: Final = 30
STATUSES: Final = ("received", "under_review", "voting", "accepted", "in_progress", "shipped", "declined", "merged")
_FLOW: Final = STATUSES[:6]
_VOTERS: Final = 200
_BEHALF: Final = 5
# every single one would drown what people did; counts and the list of votes tell them
_TOLD_IN_NUMBERS: Final = ("vote.cast", "vote.withdrawn", "vote.flagged", "proposal.followed", "proposal.unfollowed")
Sort = Literal["votes", "updated"]


@dataclass(frozen=True, slots=True)
class VoteView:
    """The vote button of a proposal."""

    proposal_id: str
    count: int
    open: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class ProposalItem:
    """A proposal in the list."""

    id: str
    title: str
    problem: str
    status: str
    note: str
    people: int
    score: float
    updated_at: datetime
    vote: VoteView


@dataclass(frozen=True, slots=True)
class BallotView:
    """The list of proposals."""

    status: str
    statuses: tuple[str, ...]
    counted: CountedQuery | None  # they are those behind a figure
    q: str
    sort: Sort
    rows: tuple[ProposalItem, ...]
    more: str


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One status of the usual way, and whether it lies behind, now or ahead."""

    name: str
    state: Literal["done", "now", "ahead"]


@dataclass(frozen=True, slots=True)
class BehalfVote:
    """A vote entered for somebody else, with where it was said."""

    voter: str
    provenance: str
    link: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceThen:
    """What stood behind a proposal when it was routed; None: not noted then."""

    people: int
    mentions: int | None
    channels: int | None
    products: int | None


@dataclass(frozen=True, slots=True)
class MergedInto:
    """Another thing that this one is part of, or that is part of it."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ProposalView:
    """The page of a proposal."""

    id: str
    version: int
    title: str
    problem: str
    status: str
    reason: str
    note: str
    flow: tuple[FlowStep, ...]
    steps: tuple[str, ...]
    vote: VoteView
    score: float
    owner: str
    theme_id: str
    problem_quotes: list[str]
    behalf: list[BehalfVote]
    tally: TallyView
    followers: int
    then: EvidenceThen
    now: EvidenceCounts
    thanks: ThanksView
    merged_into: MergedInto | None
    merged_here: tuple[MergedInto, ...]
    release: MergedInto | None
    open: bool
    story: list[Chapter]


@dataclass(frozen=True, slots=True)
class StatusSheet:
    """A proposal about to change its status."""

    id: str
    version: int
    to: str


@dataclass(frozen=True, slots=True)
class Voter:
    """Somebody a vote can be entered for."""

    id: str
    alias: str


@dataclass(frozen=True, slots=True)
class BehalfSheet:
    """A proposal, and the people of its theme who have not voted yet."""

    id: str
    voters: tuple[Voter, ...]


def vote_view(session: Session, principal: Principal, row: ProposalRow) -> VoteView:
    """The votes of one proposal, as this person sees them."""
    mine = row.proposal.id in votes.voted(session, [row.proposal.id], principal.id)
    return VoteView(row.proposal.id, row.votes, row.proposal.status == "voting", mine)


def ballot_view(
    session: Session,
    t: Translator,
    principal: Principal,
    *,
    status: str,
    q: str,
    sort: Sort,
    cursor: str | None,
    counted: CountedQuery,
) -> BallotView:
    """Proposals by votes or by latest change."""
    wanted, behind = status if status in STATUSES else "", counted.wanted(t)
    page = proposals.backlog(
        session,
        status=wanted or None,
        counted=behind,
        q=q.strip() or None,
        sort=sort,
        cursor=cursor,
        limit=PAGE_SIZE,
    )
    mine = votes.voted(session, [row.proposal.id for row in page.items], principal.id)
    rows = tuple(
        ProposalItem(
            id=row.proposal.id,
            title=row.proposal.title,
            problem=row.proposal.problem,
            status=row.proposal.status,
            note=row.proposal.reason or row.proposal.note,
            people=row.theme.authors,
            score=row.theme.score,
            updated_at=row.proposal.updated_at,
            vote=VoteView(row.proposal.id, row.votes, row.proposal.status == "voting", row.proposal.id in mine),
        )
        for row in page.items
    )
    pairs = {"status": wanted, "q": q, "sort": sort, "cursor": page.next_cursor or ""}
    pairs |= counted.pairs if behind else {}
    more = f"/ballot?{urlencode({k: v for k, v in pairs.items() if v})}" if page.next_cursor else ""
    return BallotView(wanted, STATUSES, counted if behind else None, q, sort, rows, more)


def proposal_view(
    session: Session, t: Translator, principal: Principal, rules: VotingRules, row: ProposalRow
) -> ProposalView:
    """Everything on the page of a proposal."""
    proposal, theme = row.proposal, row.theme
    target = proposals.get(session, proposal.merged_into) if proposal.merged_into else None
    release = releases.of_proposals(session, [proposal.id]).get(proposal.id)
    return ProposalView(
        id=proposal.id,
        version=proposal.version,
        title=proposal.title,
        problem=proposal.problem,
        status=proposal.status,
        reason=proposal.reason,
        note=proposal.note,
        flow=_flow(proposal.status),
        steps=next_steps(proposal.status),
        vote=vote_view(session, principal, row),
        score=theme.score,
        owner=row.owner_name or "",
        theme_id=theme.id,
        problem_quotes=_quoted(proposal.problem),
        behalf=_behalf(session, t, proposal.id),
        tally=tally_view(session, rules, proposal.id),
        followers=follows.counts(session, [proposal.id])[proposal.id],
        then=EvidenceThen(proposal.people, proposal.mentions, proposal.channels, proposal.products),
        now=proposal_evidence.of_theme(session, theme.id),
        thanks=thanks_view(t, thanks_for(session, [proposal.id])[proposal.id]),
        merged_into=MergedInto(target.id, target.title) if target else None,
        merged_here=tuple(MergedInto(one.id, one.title) for one in proposals.merged_into(session, proposal.id)),
        release=MergedInto(release.id, release.title) if release else None,
        open=proposal.status in OPEN,
        story=story_of(session, t, "proposal", proposal.id, without=_TOLD_IN_NUMBERS),
    )


def _quoted(problem: str) -> list[str]:
    """The quotes a problem consists of; none where it was written as a text."""
    lines = [line for line in problem.splitlines() if line]
    if all(line.startswith("“") and line.endswith("”") for line in lines):
        return [line[1:-1] for line in lines]
    return []


def next_steps(status: str) -> tuple[str, ...]:
    """Where the proposal may go from here, the usual way first, declining last."""
    steps = TRANSITIONS.get(status, frozenset())
    return tuple(sorted(steps, key=lambda step: (step == "declined", STATUSES.index(step))))


def behalf_sheet(session: Session, t: Translator, row: ProposalRow) -> BehalfSheet:
    """Who has spoken of the theme and not voted yet."""
    spoken = mentions.first_authors(session, row.theme.id, limit=_VOTERS)
    cast = {vote.voter for vote in votes.listed(session, row.proposal.id, limit=500).items}
    return BehalfSheet(
        row.proposal.id, tuple(Voter(author, alias(t, author)) for author in spoken if author not in cast)
    )


def _flow(status: str) -> tuple[FlowStep, ...]:
    if status not in _FLOW:
        return ()
    now = _FLOW.index(status)

    def state(index: int) -> Literal["done", "now", "ahead"]:
        if index == now:
            return "now"
        return "done" if index < now else "ahead"

    return tuple(FlowStep(name, state(index)) for index, name in enumerate(_FLOW))


def _behalf(session: Session, t: Translator, proposal_id: str) -> list[BehalfVote]:
    listed = votes.listed(session, proposal_id, limit=200).items
    entered = [vote for vote in listed if vote.cast_by != vote.voter][:_BEHALF]
    names = actor_names(session, t, {vote.cast_by for vote in entered})
    people = users.names(session, {vote.voter for vote in entered})
    return [
        BehalfVote(
            voter=people.get(vote.voter) or alias(t, vote.voter),
            provenance=vote.provenance,
            link=vote.link,
            who=names[vote.cast_by],
            at=vote.created_at,
        )
        for vote in entered
    ]
