"""The public board: proposals with status, votes and thanks, nothing that leads to a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.public_rendering import Place
from api.pages.views.excerpts import shortened
from api.pages.views.thanks import ThanksView, thanks_view
from ingest.masking import mask
from review.credit import people_counts, thanks_for
from review.principals import Principal
from review.voting_rules import VotingRules
from store.repositories import authors, follows, public_board, releases, votes
from store.repositories.public_board import PUBLIC
from store.tables import Proposal

_PAGE: Final = 30
_QUOTES: Final = 5
_QUOTE_LENGTH: Final = 120


@dataclass(frozen=True, slots=True)
class PublicItem:
    """A proposal in the list."""

    id: str
    title: str
    quote: str
    status: str
    votes: int
    weighted: float | None  # None where every vote weighs the same
    followers: int
    people: int
    note: str
    voted: bool
    followed: bool


@dataclass(frozen=True, slots=True)
class Tab:
    """One status to choose."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class PublicBoard:
    """A page of the board."""

    items: tuple[PublicItem, ...]
    tabs: tuple[Tab, ...]
    status: str
    more: str


@dataclass(frozen=True, slots=True)
class PublicStep:
    """One thing contributors were told."""

    at: datetime
    status: str
    note: str
    reason: str


@dataclass(frozen=True, slots=True)
class PublicProposal:
    """The page of one proposal."""

    item: PublicItem
    quotes: tuple[str, ...]
    reason: str
    thanks: ThanksView
    steps: tuple[PublicStep, ...]
    release_id: str
    release_title: str
    set_aside: int
    open_votes: int | None  # how many the visitor has; None where nothing limits them
    limit: int | None


def board_view(
    session: Session,
    place: Place,
    visitor: Principal | None,
    t: Translator,
    rules: VotingRules,
    *,
    product: str | None,
    status: str,
    cursor: str | None,
) -> PublicBoard:
    """Most votes first, all or of one status."""
    status = status if status in PUBLIC else ""
    page = public_board.listed(session, product=product, status=status or None, cursor=cursor, limit=_PAGE)
    tabs = tuple(
        Tab(
            t(f"proposal.status.{name}") if name else t("ballot.all"),
            place.to(place.home, status=name),
            current=name == status,
        )
        for name in ("", *PUBLIC)
    )
    more = place.to(place.home, status=status, cursor=page.next_cursor) if page.next_cursor else ""
    return PublicBoard(_items(session, visitor, rules, page.items), tabs, status, more)


def proposal_view(
    session: Session,
    visitor: Principal | None,
    t: Translator,
    rules: VotingRules,
    proposal: Proposal,
    *,
    products: Collection[str] | None,
) -> PublicProposal:
    """One proposal with what contributors were told, earliest first. products: those that are open, None for all."""
    (item,) = _items(session, visitor, rules, [proposal])
    told = public_board.progress(session, proposal_id=proposal.id)
    release = releases.of_proposals(session, [proposal.id]).get(proposal.id)
    shown = release if release and releases.is_public(release, products=products) else None
    limit, used = _limit(session, visitor, rules)
    return PublicProposal(
        item=item,
        quotes=tuple(_quotes(proposal.problem)[:_QUOTES]),
        reason=proposal.reason,
        thanks=thanks_view(t, thanks_for(session, [proposal.id])[proposal.id]),
        steps=tuple(PublicStep(step.at, step.status, step.note, step.reason) for step, _ in reversed(told)),
        release_id=shown.id if shown else "",
        release_title=shown.title if shown else "",
        set_aside=votes.tallies(session, [proposal.id])[proposal.id].set_aside,
        open_votes=used,
        limit=limit,
    )


def _items(
    session: Session, visitor: Principal | None, rules: VotingRules, found: Sequence[Proposal]
) -> tuple[PublicItem, ...]:
    ids = [proposal.id for proposal in found]
    tallies = votes.tallies(session, ids) if rules.weighted else {}  # tiers are looked up only where they count
    counted = votes.counts(session, ids)
    followers = follows.counts(session, ids)
    people = people_counts(session, ids)
    author = visitor.author if visitor else None
    voted = votes.voted(session, ids, author) if author else frozenset()
    followed = follows.followed(session, ids, author) if author else frozenset()
    return tuple(
        PublicItem(
            id=proposal.id,
            title=proposal.title,
            quote=next(iter(_quotes(proposal.problem)), ""),
            status=proposal.status,
            votes=counted[proposal.id],
            weighted=rules.weight_of(tallies[proposal.id].by_tier) if rules.weighted else None,
            followers=followers[proposal.id],
            people=people[proposal.id],
            note=proposal.reason or proposal.note,
            voted=proposal.id in voted,
            followed=proposal.id in followed,
        )
        for proposal in found
    )


def _quotes(problem: str) -> list[str]:
    """People's words, one a line, masked once more: this is the one place where strangers read them."""
    lines = [line.strip().strip("“”") for line in problem.splitlines()]
    return [mask(shortened(line, _QUOTE_LENGTH)).text for line in lines if line]


def _limit(session: Session, visitor: Principal | None, rules: VotingRules) -> tuple[int | None, int | None]:
    """How many votes the visitor may have open and has; None where nothing limits them."""
    author = authors.get(session, visitor.author) if visitor and visitor.author else None
    limit = rules.open_votes.get(author.tier) if author else None
    return (limit, votes.open_of(session, author.id)) if author and limit is not None else (None, None)
