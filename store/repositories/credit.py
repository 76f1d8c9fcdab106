"""Whom the loop owes thanks: first reporters, everyone who voiced the need, and the names that people agreed to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from store.expressions import changed
from store.paging import AnySelect, Keyset, Page, fetch_page
from store.repositories.authors import PERSON
from store.repositories.merge_tree import merge_tree
from store.repositories.theme_filters import NEED_INTENTS
from store.tables import Credit, Mention, Post, Proposal

_AT_ONCE = 5_000  # ids in one statement: both databases limit the parameters


def get(session: Session, author_id: str) -> Credit | None:
    return session.get(Credit, author_id)


def names(session: Session, author_ids: Iterable[str]) -> dict[str, str]:
    """Author id -> the name they agreed to be thanked by; those without consent are left out."""
    found: dict[str, str] = {}
    for some in _portions(frozenset(author_ids)):
        statement = select(Credit.author_id, Credit.display_name).where(Credit.author_id.in_(some))
        found.update(session.execute(statement).all())
    return found


def remove(session: Session, author_id: str) -> bool:
    """Whether there was a consent to remove."""
    return changed(session, delete(Credit).where(Credit.author_id == author_id)) == 1


def listed(session: Session, *, cursor: str | None = None, limit: int = 50) -> Page[Credit]:
    """All consents, latest first."""
    keyset = Keyset("credits", Credit.agreed_at, datetime, Credit.author_id)
    return fetch_page(session, select(Credit), keyset, cursor=cursor, limit=limit, build=lambda row: row[0])


def first_reporters(session: Session, proposal_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Proposal id -> those who said it first, its own before those of proposals merged into it; each once."""
    wanted = sorted(set(proposal_ids))
    if not wanted:
        return {}
    tree = merge_tree(wanted)
    statement = (
        select(tree.c.top, Proposal.id, Proposal.first_reporters)
        .join(Proposal, Proposal.id == tree.c.id)
        .order_by(tree.c.top, (Proposal.id != tree.c.top), Proposal.created_at, Proposal.id)
    )
    found: dict[str, dict[str, None]] = {proposal_id: {} for proposal_id in wanted}
    for top, _, reporters in session.execute(statement):
        found[top].update(dict.fromkeys(reporters))
    return {proposal_id: tuple(reporters) for proposal_id, reporters in found.items()}


def voices(
    session: Session, proposal_ids: Iterable[str], *, of: Collection[str] | None = None
) -> dict[str, frozenset[str]]:
    """Proposal id -> authors who voiced its need, merged ones included; of: only these authors (None: all).

    Praise and chatter are no such voices.
    """
    wanted = sorted(set(proposal_ids))
    found: dict[str, set[str]] = {proposal_id: set() for proposal_id in wanted}
    portions: Iterable[list[str] | None] = [None] if of is None else _portions(of)
    for authors in portions if wanted else ():
        tree = merge_tree(wanted)
        statement = _voicing(select(tree.c.top, Post.author_id).join(Proposal, Proposal.id == tree.c.id)).distinct()
        statement = statement.where(Post.author_id.is_not(None))
        if authors is not None:
            statement = statement.where(Post.author_id.in_(authors))
        for top, author_id in session.execute(statement):
            found[top].add(author_id or "")
    return {proposal_id: frozenset(authors) for proposal_id, authors in found.items()}


def voice_counts(session: Session, proposal_ids: Iterable[str]) -> dict[str, int]:
    """Proposal id -> how many `voices` there are; a post of unknown author is a person of its own, as everywhere."""
    wanted = sorted(set(proposal_ids))
    found = dict.fromkeys(wanted, 0)
    if wanted:
        tree = merge_tree(wanted)
        statement = select(tree.c.top, func.count(PERSON.distinct())).join(Proposal, Proposal.id == tree.c.id)
        found.update(session.execute(_voicing(statement).group_by(tree.c.top)).all())
    return found


def _voicing(statement: AnySelect) -> AnySelect:
    """Joined to the posts that voice a need of the theme of each proposal."""
    return (
        statement.join(Mention, Mention.theme_id == Proposal.theme_id)
        .join(Post, Post.id == Mention.post_id)
        .where(Mention.intent.in_(NEED_INTENTS))
    )


def _portions(author_ids: Collection[str]) -> Iterator[list[str]]:
    """As many at a time as one statement takes."""
    ordered = sorted(author_ids)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]
