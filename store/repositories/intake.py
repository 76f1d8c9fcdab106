"""What intake writes: posts, authors and rejected rows in batches. Every write may be repeated and adds nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from store.expressions import insert_new
from store.repositories.answer_figures import WAITING
from store.tables import Author, Draft, DraftSkip, Mention, Post, RejectedRow, Source, Theme

_SOME = 5_000  # ids in one statement: both databases limit the parameters


@dataclass(frozen=True, slots=True)
class StoredPost:
    """What intake needs to know of a post that is there."""

    id: str
    source_id: str | None


@dataclass(frozen=True, slots=True)
class SeenAuthor:
    """An author as one batch shows them."""

    id: str
    platform: str
    tier: str
    first_seen: datetime | None


def obtain_source(
    session: Session,
    source_id: str,
    *,
    channel_id: str,
    name: str,
    sha256: str,
    format_name: str,
    now: datetime,
) -> Source:
    """The source of this id, made where there is none."""
    row = {
        "id": source_id, "channel_id": channel_id, "name": name[:500], "sha256": sha256, "format": format_name,
        "received": 0, "written": 0, "duplicate": 0, "rejected": 0, "skipped": 0, "created_at": now,
    }  # fmt: skip
    insert_new(session, Source, [row], unique=["id"])
    return session.scalars(select(Source).where(Source.id == source_id)).one()


def stored(session: Session, channel_id: str, keys: Iterable[str]) -> dict[str, StoredPost]:
    """The posts of a channel by key; unknown keys are left out."""
    wanted = sorted(set(keys))
    found: dict[str, StoredPost] = {}
    for start in range(0, len(wanted), _SOME):
        statement = select(Post.key, Post.id, Post.source_id).where(
            Post.channel_id == channel_id, Post.key.in_(wanted[start : start + _SOME])
        )
        found.update({key: StoredPost(post_id, source) for key, post_id, source in session.execute(statement)})
    return found


def add_posts(session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the posts whose channel and key are new. How many were."""
    return insert_new(session, Post, rows, unique=["channel_id", "key"])


def add_authors(session: Session, seen: Iterable[SeenAuthor]) -> None:
    """Make unknown authors; a known one keeps the earliest first sight, and takes a tier other than regular."""
    by_id = {author.id: author for author in seen}
    rows = [
        {"id": author.id, "platform": author.platform, "tier": author.tier, "first_seen": author.first_seen}
        for author in by_id.values()
    ]
    insert_new(session, Author, rows, unique=["id"])
    known = session.scalars(select(Author).where(Author.id.in_(sorted(by_id)))).all() if by_id else ()
    for stored_author in known:
        author = by_id[stored_author.id]
        if author.first_seen and (stored_author.first_seen is None or author.first_seen < stored_author.first_seen):
            stored_author.first_seen = author.first_seen
        if author.tier not in ("regular", stored_author.tier):
            stored_author.tier = author.tier


def add_rejected(session: Session, source_id: str, rows: Iterable[tuple[int, str, str]]) -> None:
    """Keep (line, reason, raw) of rejected rows, each line of a source once."""
    values = [{"source_id": source_id, "line": line, "reason": reason, "raw": raw} for line, reason, raw in rows]
    insert_new(session, RejectedRow, values, unique=["source_id", "line"])


def link_duplicates(session: Session, pairs: Mapping[str, str]) -> None:
    """post id -> id of the first post of its duplicate group."""
    for post_id, first in pairs.items():
        session.execute(
            update(Post)
            .where(Post.id == post_id)
            .values(duplicate_of=first)
            .execution_options(synchronize_session=False)
        )


def themes_telling(session: Session, post_ids: Collection[str]) -> frozenset[str]:
    """The themes, whatever became of them, that hold mentions of these posts or quote them."""
    telling: set[str] = set()
    wanted = sorted(post_ids)
    for start in range(0, len(wanted), _SOME):
        holding = select(Mention.theme_id).where(Mention.post_id.in_(wanted[start : start + _SOME])).distinct()
        telling.update(theme for theme in session.scalars(holding) if theme)
    for theme_id, quotes in session.execute(select(Theme.id, Theme.quotes)) if wanted else ():
        if any(quote["post_id"] in post_ids for quote in quotes):
            telling.add(theme_id)
    return frozenset(telling)


def withdraw(session: Session, post_ids: Collection[str]) -> int:
    """Empty recalled posts: text, mentions and undecided drafts go, the row stays so that a re-read adds nothing."""
    wanted = sorted(post_ids)
    for start in range(0, len(wanted), _SOME):
        some = wanted[start : start + _SOME]
        session.execute(delete(Mention).where(Mention.post_id.in_(some)))
        undecided = select(Draft.id).where(Draft.post_id.in_(some), Draft.status.in_((*WAITING, "expired")))
        gone = session.scalars(undecided.order_by(Draft.id).with_for_update()).all()  # nobody passes them over now
        session.execute(delete(DraftSkip).where(DraftSkip.draft_id.in_(gone)))
        session.execute(delete(Draft).where(Draft.id.in_(gone)))
        session.execute(update(Post).where(Post.id.in_(some)).values(raw="", text="", duplicate_of=None))
    return len(wanted)


def written_by(session: Session, source_id: str) -> int:
    """How many posts a source brought."""
    return session.scalar(select(func.count()).select_from(Post).where(Post.source_id == source_id)) or 0


def earlier_source(session: Session, source: Source) -> Source | None:
    """An earlier reading of the same content into the same channel."""
    statement = select(Source).where(
        Source.channel_id == source.channel_id, Source.sha256 == source.sha256, Source.id != source.id,
        Source.created_at <= source.created_at,
    )  # fmt: skip
    return session.scalars(statement.order_by(Source.created_at, Source.id).limit(1)).first()
