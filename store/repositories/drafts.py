"""Drafts: the queue, one draft with what it answers and rests on, and claims that only one can win."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from store.aliases import alias_of
from store.expressions import changed
from store.paging import Keyset, Page, fetch_page
from store.repositories.draft_order import QueueOrder
from store.tables import AdoptedAnswer, Channel, Draft, DraftSkip, Knowledge, Post, Theme, User


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft with the post it answers, the theme it belongs to, and the knowledge its sentences cite, by id."""

    draft: Draft
    post: Post
    channel_name: str
    theme_name: str | None
    claimed_by_name: str | None
    knowledge_id: str | None  # what its reply became
    sources: dict[str, Knowledge]

    @property
    def author_alias(self) -> str:
        return alias_of(self.post.author_id)


def get(session: Session, draft_id: str) -> Draft | None:
    return session.get(Draft, draft_id)


def locked(session: Session, draft_id: str) -> Draft | None:
    """The draft, fresh, its row locked until the transaction ends."""
    return session.get(Draft, draft_id, with_for_update=True, populate_existing=True)


def fresh(session: Session, draft_id: str) -> Draft:
    """The draft as the database has it now, whatever this session read before."""
    return session.get_one(Draft, draft_id, populate_existing=True)


def of_post(session: Session, post_id: str) -> Draft | None:
    return session.scalar(select(Draft).where(Draft.post_id == post_id))


def queue(
    session: Session,
    order: QueueOrder,
    *,
    status: Sequence[str] = ("proposed",),
    theme_id: str | None = None,
    claimed_by: str | None = None,
    needs_person: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[DraftRow]:
    """Most urgent first, as of the moment of the first page. An empty `status` means all."""
    order, cursor = order.resumed(cursor)
    statement = order.joined(select(Draft))
    if status:
        statement = statement.where(Draft.status.in_(list(status)))
    if theme_id:
        statement = statement.where(Draft.theme_id == theme_id)
    if claimed_by:
        statement = statement.where(Draft.claimed_by == claimed_by)
    if needs_person is not None:
        statement = statement.where(Draft.needs_person == needs_person)
    keyset = Keyset("drafts", order.place, float, Draft.id)
    page: Page[Draft] = fetch_page(session, statement, keyset, cursor=cursor, limit=limit, build=lambda row: row[0])
    return Page(items=_with_context(session, page.items), next_cursor=order.marked(page.next_cursor))


def details(session: Session, draft_id: str) -> DraftRow | None:
    draft = get(session, draft_id)
    return _with_context(session, [draft])[0] if draft else None


def _with_context(session: Session, drafts: Sequence[Draft]) -> tuple[DraftRow, ...]:
    if not drafts:
        return ()
    cited = {source for draft in drafts for sentence in draft.sentences for source in sentence.get("sources", ())}
    found = session.scalars(select(Knowledge).where(Knowledge.id.in_(sorted(cited)))) if cited else ()
    knowledge = {item.id: item for item in found}
    statement = (
        select(Draft.id, Post, Channel.name, Theme.name, User.display_name, AdoptedAnswer.knowledge_id)
        .join(Post, Post.id == Draft.post_id)
        .join(Channel, Channel.id == Post.channel_id)
        .outerjoin(Theme, Theme.id == Draft.theme_id)
        .outerjoin(User, User.id == Draft.claimed_by)
        .outerjoin(AdoptedAnswer, AdoptedAnswer.draft_id == Draft.id)
        .where(Draft.id.in_([draft.id for draft in drafts]))
    )
    context = {row[0]: row for row in session.execute(statement)}
    rows = []
    for draft in drafts:
        _, post, channel_name, theme_name, claimed_by_name, knowledge_id = context[draft.id]
        own = {source for sentence in draft.sentences for source in sentence.get("sources", ())}
        sources = {source: knowledge[source] for source in sorted(own) if source in knowledge}
        rows.append(DraftRow(draft, post, channel_name, theme_name, claimed_by_name, knowledge_id, sources))
    return tuple(rows)


def count_by_status(session: Session) -> dict[str, int]:
    return dict(session.execute(select(Draft.status, func.count()).group_by(Draft.status)).all())


def claim(session: Session, draft_id: str, *, user_id: str, now: datetime, expires_at: datetime) -> bool:
    """Take the draft if nobody holds it now; of several at once exactly one succeeds.

    Who has it already keeps it longer, at the same version: what they see in another window stays true.
    """
    own = and_(Draft.status == "claimed", Draft.claimed_by == user_id)
    statement = (
        update(Draft)
        .where(Draft.id == draft_id, or_(free(now), own))
        .values(
            status="claimed",
            claimed_by=user_id,
            claim_expires_at=expires_at,
            version=case((own, Draft.version), else_=Draft.version + 1),
            updated_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    return changed(session, statement) == 1


def free(now: datetime) -> ColumnElement[bool]:
    """Nobody holds it now."""
    return or_(Draft.status == "proposed", and_(Draft.status == "claimed", Draft.claim_expires_at <= now))


def first_free(session: Session, order: QueueOrder, *, now: datetime, exclude: Collection[str] = ()) -> str | None:
    """The id of the first draft of the queue that nobody holds now. Claim it: only that decides who has it."""
    statement = order.joined(select(Draft.id)).where(free(now))
    if exclude:
        statement = statement.where(Draft.id.not_in(sorted(exclude)))
    statement = statement.order_by(order.place.desc(), Draft.id.desc()).limit(1)
    return session.scalar(statement)


def held_by(session: Session, user_id: str, *, now: datetime) -> tuple[Draft, ...]:
    """What this person has claimed and not let go, what was claimed last first."""
    statement = select(Draft).where(
        Draft.status == "claimed", Draft.claimed_by == user_id, Draft.claim_expires_at > now
    )
    return tuple(session.scalars(statement.order_by(Draft.claim_expires_at.desc(), Draft.id.desc())))


def skip(session: Session, draft_id: str, *, user_id: str, now: datetime) -> None:
    """This person passes the draft over; once more moves it further back."""
    known = session.get(DraftSkip, (user_id, draft_id))
    if known is None:
        session.add(DraftSkip(user_id=user_id, draft_id=draft_id, skipped_at=now))
    else:
        known.skipped_at = now
    session.flush()
