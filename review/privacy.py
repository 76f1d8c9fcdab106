"""Personal data: each look at raw text is on record, and a person can be erased."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session

from review import versions
from review.audit import record
from review.errors import NotFound
from review.permissions import Permission, require
from review.principals import Principal
from store.repositories import authors, posts

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased."""

    posts: int  # lost their raw text and their link to the person
    votes: int  # count on, as somebody's


def read_raw(session: Session, principal: Principal, post_id: str) -> str:
    """A post as it was received; empty after an erasure. The look itself is recorded, so the session must write."""
    require(principal, Permission.POST_READ_RAW)
    post = posts.get(session, post_id)
    if post is None:
        raise versions.not_found("post", post_id)
    record(session, principal, "post.raw_read", "post", post_id)
    session.flush()
    return post.raw


def erase_author(session: Session, principal: Principal, author_id: str) -> Erasure:
    """Forget a person: raw text goes, and posts and votes pass to a nobody that nothing leads back from.

    The nobody keeps every count as it was: the posts still come from one person, the votes from one voter.
    """
    require(principal, Permission.AUTHOR_ERASE)
    author = authors.locked_with_credits(session, author_id)  # a vote of this moment is seen, or refused
    if author is None:
        raise NotFound("author_not_found", f"There is no author {author_id}.", "找不到该用户。", id=author_id)
    nobody = "aut_" + "".join(secrets.choice(_LETTERS) for _ in range(26))
    replaced = authors.replace_by_nobody(session, author, nobody)
    after = {"posts": replaced.posts, "votes": replaced.votes}
    record(session, principal, "author.erased", "author", author_id, after=after)
    session.flush()
    return Erasure(posts=replaced.posts, votes=replaced.votes)
