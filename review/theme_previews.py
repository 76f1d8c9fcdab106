"""What an edit of themes would do, before it is done: people counted once, mentions, weeks, votes, drafts, conflicts.

Every preview carries the basis it rests on (see review.preview_basis).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from review import preview_basis, versions
from review.ballot import OPEN
from review.errors import Invalid
from review.permissions import Permission, require
from review.principals import Principal
from review.theme_counts import ThemeCounts, count, people
from review.theme_status import require_active
from store.repositories import board, mentions, proposals, theme_people, themes, votes
from store.tables import Mention, Proposal, Theme

MOST_MERGED = 50
MOST_SPLIT = 1_000  # mentions that are named one by one; what was circled on the map goes by its own limit
_QUOTES = 3

Effect = Literal["moves", "joins", "stays", "remains"]
Caution = Literal["two_owners", "names_given", "different_intents", "closed_proposal", "family", "on_ballot"]


@dataclass(frozen=True, slots=True)
class Side:
    """One theme of a preview, as it is now."""

    id: str
    name: str
    version: int
    people: int
    mentions: int
    intent: str
    owner: str
    weekly: tuple[tuple[str, int], ...]
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BallotEffect:
    """What becomes of a proposal: it moves to the target, joins the target's, stays where it is (being closed), or
    remains on the ballot though its theme goes."""

    effect: Effect
    id: str
    title: str
    status: str
    votes: int
    into_title: str  # of the proposal it joins
    votes_after: int  # people, each once


@dataclass(frozen=True, slots=True)
class MergePreview:
    """Several themes as one."""

    target: Side
    sources: tuple[Side, ...]
    union: ThemeCounts
    shared_people: int  # who speak of more than one: counted once in the union
    ballot: tuple[BallotEffect, ...]
    drafts: int  # replies that wait for a moderator; they stay in the queue
    cautions: tuple[Caution, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class SplitPreview:
    """Some mentions as a theme of their own."""

    theme: Side
    leaving: ThemeCounts
    staying: ThemeCounts
    people_in_both: int
    quotes: tuple[str, ...]  # of the theme, that go along
    mentions: tuple[Mention, ...]
    ballot: tuple[BallotEffect, ...]
    drafts: int
    basis: str


@dataclass(frozen=True, slots=True)
class DismissPreview:
    """A theme that is none."""

    theme: Side
    ballot: tuple[BallotEffect, ...]
    drafts: int
    children: tuple[str, ...]  # names of the themes below it, which lose their parent
    cautions: tuple[Caution, ...]
    basis: str


def merge(session: Session, principal: Principal, theme_ids: Collection[str], *, into: str) -> MergePreview:
    """What merging these themes into one of them, or into another, would do."""
    require(principal, Permission.THEME_EDIT)
    sources = [theme_id for theme_id in dict.fromkeys(theme_ids) if theme_id != into]
    if not sources or len(sources) > MOST_MERGED:
        raise Invalid(
            "pick_two", f"Name at least two themes and at most {MOST_MERGED + 1}, one of them to keep.",
            "请至少选择两个主题，并指定保留哪一个。",
        )  # fmt: skip
    found = themes.by_ids(session, [*sources, into])
    target = _active(found.get(into), into)
    merged = [_active(found.get(theme_id), theme_id) for theme_id in sources]
    everything = [target, *merged]
    ids = [theme.id for theme in everything]
    facts = [mentions.facts_of_theme(session, theme_id) for theme_id in ids]
    heard_in = Counter(person for of_one in facts for person in people(of_one))
    on_ballot = proposals.by_themes(session, ids)
    owners = board.owners_of(session, ids)
    sides = [_side(session, theme, owners[theme.id].name if theme.id in owners else "") for theme in everything]
    ballot = _ballot_after(session, target, merged, on_ballot)
    return MergePreview(
        target=sides[0],
        sources=tuple(sides[1:]),
        union=count([fact for of_one in facts for fact in of_one]),
        shared_people=sum(number > 1 for number in heard_in.values()),
        ballot=ballot,
        drafts=theme_people.waiting_drafts(session, theme_ids=sources),
        cautions=_cautions(target, merged, sides, ballot),
        basis=_basis(everything, on_ballot),
    )


def split(session: Session, principal: Principal, theme_id: str, mention_ids: Collection[str]) -> SplitPreview:
    """What splitting these mentions off would do. Mentions that are not in the theme (any more) are left out."""
    require(principal, Permission.THEME_EDIT)
    theme = _active(themes.get(session, theme_id), theme_id)
    chosen = tuple(one for one in mentions.by_ids(session, mention_ids) if one.theme_id == theme_id)
    keys = {one.key for one in chosen}
    facts = mentions.keyed_facts_of_theme(session, theme_id)
    leaving = count([fact for key, fact in facts if key in keys])
    staying = count([fact for key, fact in facts if key not in keys])
    texts = {(one.post_id, one.text) for one in chosen}
    on_ballot = proposals.by_themes(session, [theme_id])
    return SplitPreview(
        theme=_side(session, theme, ""),
        leaving=leaving,
        staying=staying,
        people_in_both=leaving.authors + staying.authors - count([fact for _, fact in facts]).authors,
        quotes=tuple(quote["text"] for quote in theme.quotes if (quote["post_id"], quote["text"]) in texts),
        mentions=chosen,
        ballot=tuple(_remains(session, proposal) for proposal in on_ballot.values()),
        drafts=theme_people.waiting_drafts(session, post_ids={one.post_id for one in chosen}),
        basis=_basis([theme], on_ballot),
    )


def dismissal(session: Session, principal: Principal, theme_id: str) -> DismissPreview:
    """What marking this as not a theme would do."""
    require(principal, Permission.THEME_EDIT)
    theme = _active(themes.get(session, theme_id), theme_id)
    on_ballot = proposals.by_themes(session, [theme_id])
    still_open = any(proposal.status in OPEN for proposal in on_ballot.values())
    return DismissPreview(
        theme=_side(session, theme, ""),
        ballot=tuple(_remains(session, proposal) for proposal in on_ballot.values()),
        drafts=theme_people.waiting_drafts(session, theme_ids=[theme_id]),
        children=tuple(child.name for child in themes.children(session, theme_id)),
        cautions=("on_ballot",) if still_open else (),
        basis=_basis([theme], on_ballot),
    )


def require_previewed(session: Session, basis: str | None, theme_ids: Collection[str]) -> None:
    """Raise Conflict where a preview was shown (`basis` is not None) and what it showed is no longer so."""
    if basis is None:
        return
    found = themes.by_ids(session, theme_ids)
    preview_basis.require_unchanged(basis, found.values(), proposals.by_themes(session, theme_ids).values())


def _basis(seen: Sequence[Theme], on_ballot: Mapping[str, Proposal]) -> str:
    grounds = [preview_basis.ground_of(theme) for theme in seen]
    return preview_basis.written([*grounds, *(preview_basis.ground_of(proposal) for proposal in on_ballot.values())])


def _active(theme: Theme | None, theme_id: str) -> Theme:
    if theme is None:
        raise versions.not_found("theme", theme_id)
    require_active(theme)
    return theme


def _side(session: Session, theme: Theme, owner: str) -> Side:
    return Side(
        id=theme.id,
        name=theme.name,
        version=theme.version,
        people=theme_people.together(session, [theme.id]),
        mentions=theme.size,
        intent=theme.intent,
        owner=owner,
        weekly=tuple((str(week), int(people)) for week, people in theme.weekly),
        quotes=tuple(quote["text"] for quote in theme.quotes[:_QUOTES]),
    )


def _ballot_after(
    session: Session, target: Theme, merged: Sequence[Theme], on_ballot: dict[str, Proposal]
) -> tuple[BallotEffect, ...]:
    """As review.ballot.follow_theme_merge will do it, theme by theme."""
    effects = []
    holder = on_ballot.get(target.id)
    joined: list[str] = [holder.id] if holder else []
    for theme in merged:
        proposal = on_ballot.get(theme.id)
        if proposal is None:
            continue
        own = votes.counts(session, [proposal.id])[proposal.id]
        if holder is None:
            effects.append(BallotEffect("moves", proposal.id, proposal.title, proposal.status, own, "", own))
            holder, joined = proposal, [proposal.id]
        elif proposal.status in OPEN and holder.status in OPEN:
            joined.append(proposal.id)
            after = votes.union_of(session, joined)
            effects.append(
                BallotEffect("joins", proposal.id, proposal.title, proposal.status, own, holder.title, after)
            )
        else:
            effects.append(BallotEffect("stays", proposal.id, proposal.title, proposal.status, own, "", own))
    return tuple(effects)


def _remains(session: Session, proposal: Proposal) -> BallotEffect:
    own = votes.counts(session, [proposal.id])[proposal.id]
    return BallotEffect("remains", proposal.id, proposal.title, proposal.status, own, "", own)


def _cautions(
    target: Theme, merged: Sequence[Theme], sides: Sequence[Side], ballot: Sequence[BallotEffect]
) -> tuple[Caution, ...]:
    found: list[Caution] = []
    if len({side.owner for side in sides if side.owner}) > 1:
        found.append("two_owners")
    if any(theme.named_by_person for theme in merged):
        found.append("names_given")
    if len({side.intent for side in sides}) > 1:
        found.append("different_intents")
    if any(effect.effect == "stays" for effect in ballot):
        found.append("closed_proposal")
    if any(theme.id == target.parent_id or theme.parent_id == target.id for theme in merged):
        found.append("family")
    return tuple(found)
