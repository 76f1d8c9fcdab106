"""The changelog: releases with what shipped and thanks; the form of a release and what publishing it would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.thanks import ThanksView, thanks_view
from review.credit import people_counts, thanks_for
from store.repositories import follows, public_board, releases, votes
from store.tables import Proposal, Release


@dataclass(frozen=True, slots=True)
class ShippedItem:
    """A proposal of a release."""

    id: str
    title: str
    votes: int
    people: int
    thanks: ThanksView


@dataclass(frozen=True, slots=True)
class ReleaseEntry:
    """A release as it is read."""

    id: str
    version: int
    title: str
    notes: str
    product: str
    released_at: datetime
    published: bool
    shipped: tuple[ShippedItem, ...]


@dataclass(frozen=True, slots=True)
class ChangelogView:
    """The changelog: drafts apart, then what came out, latest first."""

    drafts: tuple[ReleaseEntry, ...]
    entries: tuple[ReleaseEntry, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal that the release may name."""

    id: str
    title: str
    status: str
    votes: int
    people: int
    chosen: bool
    fixed: bool  # shipped with this release already


@dataclass(frozen=True, slots=True)
class ReleaseForm:
    """A release being written."""

    id: str  # empty: a new one
    version: int
    title: str
    day: str
    product: str
    notes: str
    published: bool
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class PublishSheet:
    """What publishing would do."""

    id: str
    version: int
    title: str
    moving: tuple[str, ...]  # titles of proposals that become shipped
    followers: int
    named: int  # people thanked by name
    first: int  # people thanked


def entries_of(session: Session, t: Translator, found: Iterable[Release]) -> tuple[ReleaseEntry, ...]:
    """Releases with their proposals, votes and thanks."""
    rows = tuple(found)
    return _entries(session, t, rows, releases.proposals_of(session, [release.id for release in rows]))


def public_entries_of(
    session: Session, t: Translator, found: Iterable[Release], *, products: Iterable[str] | None
) -> tuple[ReleaseEntry, ...]:
    """As `entries_of`, with those of their proposals that anybody may see: of open products, None where all are."""
    rows = tuple(found)
    named = releases.proposals_of(session, [release.id for release in rows])
    ids = [proposal.id for proposals in named.values() for proposal in proposals]
    public = public_board.public_of(session, ids, products=products)
    shown = {
        release_id: tuple(proposal for proposal in proposals if proposal.id in public)
        for release_id, proposals in named.items()
    }
    return _entries(session, t, rows, shown)


def _entries(
    session: Session, t: Translator, rows: tuple[Release, ...], proposals: Mapping[str, tuple[Proposal, ...]]
) -> tuple[ReleaseEntry, ...]:
    ids = [proposal.id for named in proposals.values() for proposal in named]
    counted = votes.counts(session, ids)
    thanks = thanks_for(session, ids)

    def shipped(proposal: Proposal) -> ShippedItem:
        owed = thanks[proposal.id]
        return ShippedItem(proposal.id, proposal.title, counted[proposal.id], owed.people, thanks_view(t, owed))

    return tuple(
        ReleaseEntry(
            id=release.id,
            version=release.version,
            title=release.title,
            notes=release.notes,
            product=release.product,
            released_at=release.released_at,
            published=release.status == "published",
            shipped=tuple(shipped(proposal) for proposal in proposals[release.id]),
        )
        for release in rows
    )


def changelog_view(session: Session, t: Translator, *, cursor: str | None, with_drafts: bool) -> ChangelogView:
    """Published releases, and the drafts for those who may edit them."""
    page = releases.listed(session, status="published", cursor=cursor)
    drafts = releases.listed(session, status="draft", limit=50).items if with_drafts and not cursor else ()
    more = f"/changelog?cursor={page.next_cursor}" if page.next_cursor else ""
    return ChangelogView(entries_of(session, t, drafts), entries_of(session, t, page.items), more)


def release_form(session: Session, t: Translator, release: Release | None, *, today: date) -> ReleaseForm:
    """The form, empty or filled, with the proposals that may be named."""
    named = releases.proposals_of(session, [release.id])[release.id] if release else ()
    free = releases.candidates(session)
    ids = [proposal.id for proposal in (*named, *free)]
    counted, people = votes.counts(session, ids), people_counts(session, ids)
    published = release is not None and release.status == "published"
    candidates = tuple(
        Candidate(
            proposal.id,
            proposal.title,
            proposal.status,
            counted[proposal.id],
            people[proposal.id],
            chosen=chosen,
            fixed=chosen and published,
        )
        for proposals, chosen in ((named, True), (free, False))
        for proposal in proposals
    )
    return ReleaseForm(
        id=release.id if release else "",
        version=release.version if release else 0,
        title=release.title if release else "",
        day=t.day(release.released_at) if release else today.isoformat(),
        product=release.product if release else "",
        notes=release.notes if release else "",
        published=published,
        candidates=candidates,
    )


def publish_sheet(session: Session, release: Release) -> PublishSheet:
    """The consequence, before it happens."""
    named = releases.proposals_of(session, [release.id])[release.id]
    ids = [proposal.id for proposal in named]
    thanks = thanks_for(session, ids).values()
    return PublishSheet(
        id=release.id,
        version=release.version,
        title=release.title,
        moving=tuple(proposal.title for proposal in named if proposal.status != "shipped"),
        followers=sum(follows.counts(session, ids).values()),
        named=len({author for part in thanks for author in part.names}),
        first=len({author for part in thanks for author in part.first}),
    )
