"""Authors: known by pseudonym, and forgotten on demand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from store.expressions import any_element, changed, insert_new
from store.tables import Author, ContributorKey, Credit, Follow, Post, Proposal, Vote

PERSON = func.coalesce(Post.author_id, Post.id)  # whoever wrote a post: one of unknown author is a person of its own


@dataclass(frozen=True, slots=True)
class Replaced:
    """How many rows led to a person and no longer do."""

    posts: int
    votes: int


def get(session: Session, author_id: str) -> Author | None:
    return session.get(Author, author_id)


def make_known(session: Session, author_id: str, *, platform: str) -> None:
    """A person of whom nothing has been read yet; one who is known already stays as they are."""
    row = {"id": author_id, "platform": platform, "tier": "regular", "first_seen": None}
    insert_new(session, Author, [row], unique=["id"])


def locked(session: Session, author_id: str) -> Author | None:
    """The author, fresh, with their row locked until the transaction ends."""
    return session.get(Author, author_id, with_for_update=True, populate_existing=True)


def locked_with_credits(session: Session, author_id: str) -> Author | None:
    """As `locked`, with the proposals that name the author: first these, as whoever votes goes that way too."""
    session.scalars(_credited(author_id).with_for_update()).all()
    return locked(session, author_id)


def _credited(author_id: str) -> Select[Proposal]:
    named = any_element(Proposal.first_reporters, equals=author_id)
    return select(Proposal).where(named).order_by(Proposal.id).execution_options(populate_existing=True)


def replace_by_nobody(session: Session, author: Author, nobody: str) -> Replaced:
    """Remove the author; what they wrote loses its raw text and passes, with their votes, to the id `nobody`.

    Their consent to credit, what they follow and their keys go, and so does what was noted of them beside their votes.
    """
    session.add(Author(id=nobody, platform="erased", tier=author.tier, first_seen=None))
    session.flush()
    posts = changed(session, update(Post).where(Post.author_id == author.id).values(author_id=nobody, raw=""))
    theirs = update(Vote).where(Vote.voter == author.id)
    votes = changed(session, theirs.values(voter=nobody, provenance="", link=""))
    session.execute(update(Vote).where(Vote.cast_by == author.id).values(cast_by=nobody))
    for proposal in session.scalars(_credited(author.id)):
        proposal.first_reporters = [reporter for reporter in proposal.first_reporters if reporter != author.id]
    session.execute(delete(Credit).where(Credit.author_id == author.id))
    session.execute(delete(Follow).where(Follow.follower == author.id))
    session.execute(delete(ContributorKey).where(ContributorKey.author_id == author.id))
    session.delete(author)
    session.flush()
    return Replaced(posts=posts, votes=votes)
