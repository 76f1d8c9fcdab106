"""How a contributor comes to act on the public pages: another system that knows them vouches with a link.

The forum asks for a link for one author and shows it to that person, signed in there. The link works once and soon
expires; it opens a session of that one author, who may vote, follow and agree to be named, as nobody else.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from review import versions
from review.audit import record
from review.errors import Forbidden, Invalid
from review.permissions import Permission, require
from review.principals import Principal
from store.aliases import alias_of
from store.ids import new_id
from store.repositories import authors, contributors
from store.tables import ContributorKey

LINK_MINUTES = 15
SESSION_DAYS = 30


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link for one author; its secret is shown once."""

    author_id: str
    secret: str
    expires_at: datetime


def invite(session: Session, principal: Principal, author_id: str, *, platform: str | None = None) -> Invitation:
    """A link that lets this author in once, within `LINK_MINUTES`. Who asks for it vouches for the person.

    `platform`: the person has an account there but may not have said anything yet; they become known by this.
    NotFound for an author who is not known, without it; Invalid for nobody at all.
    """
    require(principal, Permission.CONTRIBUTOR_INVITE)
    if not author_id:
        raise Invalid("person_required", "Name an author_id, or platform and user.", "请指明用户。")
    now = datetime.now(UTC)
    if platform is not None:
        authors.make_known(session, author_id, platform=platform)
    elif authors.get(session, author_id) is None:
        raise versions.not_found("author", author_id)
    contributors.sweep(session, now=now)
    secret, expires = secrets.token_urlsafe(32), now + timedelta(minutes=LINK_MINUTES)
    _keep(session, "link", author_id, secret, created_by=principal.id, now=now, expires=expires)
    record(session, principal, "contributor.invited", "author", author_id)
    session.flush()
    return Invitation(author_id, secret, expires)


def whose_link(session: Session, secret: str) -> str | None:
    """The author a link is for, without using it up; None where it was used or is over."""
    link = contributors.by_secret(session, _fingerprint(secret), kind="link", now=datetime.now(UTC))
    return link.author_id if link else None


def enter(session: Session, secret: str) -> str:
    """Use a link up and open a session of `SESSION_DAYS`; returns its secret, for the cookie. Forbidden for a link
    that was used or is over.
    """
    now = datetime.now(UTC)
    link = contributors.by_secret(session, _fingerprint(secret), kind="link", now=now)
    if link is None or not contributors.use_up(session, link.id):
        raise Forbidden(
            "link_over", "This link was used already or is over; ask for a new one where you got it.",
            "该链接已使用或已过期，请回到社区重新获取。",
        )  # fmt: skip
    opened = secrets.token_urlsafe(32)
    expires = now + timedelta(days=SESSION_DAYS)
    key = _keep(session, "session", link.author_id, opened, created_by=link.created_by, now=now, expires=expires)
    session.flush()
    # the actor is the session: nothing leads from it to the person once they are erased
    record(session, _principal(key), "contributor.entered", "contributor", key.id)
    session.flush()
    return opened


def principal_of(session: Session, secret: str) -> Principal | None:
    """Who this session is; None where it is unknown or over."""
    found = contributors.author_of_session(session, _fingerprint(secret), now=datetime.now(UTC))
    return _principal(found[0]) if found else None


def leave(session: Session, secret: str) -> None:
    """End the session; ending it twice is no mistake."""
    key = contributors.by_secret(session, _fingerprint(secret), kind="session", now=datetime.now(UTC))
    if key is not None:
        contributors.use_up(session, key.id)


def revoke(session: Session, principal: Principal, author_id: str) -> int:
    """End every link and session of the author; how many there were."""
    require(principal, Permission.CONTRIBUTOR_INVITE)
    if authors.get(session, author_id) is None:
        raise versions.not_found("author", author_id)
    ended = contributors.revoke_all(session, author_id)
    record(session, principal, "contributor.revoked", "author", author_id, after={"n": ended})
    session.flush()
    return ended


def _keep(
    session: Session, kind: str, author_id: str, secret: str, *, created_by: str, now: datetime, expires: datetime
) -> ContributorKey:
    key = ContributorKey(
        id=new_id("contributor_key"), kind=kind, author_id=author_id, secret_hash=_fingerprint(secret),
        created_by=created_by, created_at=now, expires_at=expires,
    )  # fmt: skip
    session.add(key)
    return key


def _principal(key: ContributorKey) -> Principal:
    return Principal(id=key.id, name=alias_of(key.author_id), kind="contributor", author=key.author_id)


def _fingerprint(secret: str) -> str:
    # 256 random bits: a fast hash is enough, and lets the row be found by it
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
