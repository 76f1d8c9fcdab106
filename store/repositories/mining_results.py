"""What a mining run reads from the store, and how its findings are kept: themes, mentions and lineage in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from store.expressions import insert_new
from store.ids import new_id
from store.paging import AnySelect
from store.repositories.theme_filters import NEED_INTENTS
from store.tables import Channel, Draft, LineageEdge, Mention, Post, Proposal, Theme

_SOME = 5_000  # ids in one statement: both databases limit the parameters


@dataclass(frozen=True, slots=True)
class MinedPost:
    """What mining sees of a post."""

    id: str
    text: str
    author_id: str | None
    posted_at: datetime | None
    channel: str
    product: str
    region: str
    tier: str
    likes: int
    replies: int


@dataclass(frozen=True, slots=True)
class FoundMention:
    """A mention as a run found it."""

    post_id: str
    ordinal: int
    key: str
    text: str
    intent: str
    intent_confidence: float
    severity: float
    products: tuple[str, ...]
    theme_id: str | None
    strength: float


@dataclass(frozen=True, slots=True)
class Answerable:
    """A post that a reply could be drafted for, by the mention that asks for it most."""

    post_id: str
    post_text: str
    product: str
    mention_text: str
    intent: str
    severity: float
    theme_id: str | None
    theme_name: str | None
    theme_score: float


@dataclass(frozen=True, slots=True)
class Span:
    """What all posts together cover."""

    channels: tuple[str, ...]
    people: int  # a post without author is a person of its own
    nameless: int  # posts without author
    needs: int  # mentions that carry a need
    duplicates: int
    since: datetime | None
    until: datetime | None


def posts(session: Session) -> tuple[MinedPost, ...]:
    """Every post that still has text, by id."""
    return _mined_posts(session, _posts())


def _posts() -> AnySelect:
    return (
        select(
            Post.id, Post.text, Post.author_id, Post.posted_at, Channel.name,
            Post.product, Post.region, Post.tier, Post.likes, Post.replies,
        )
        .join(Channel, Channel.id == Post.channel_id)
        .order_by(Post.id)
    )  # fmt: skip


def _mined_posts(session: Session, statement: AnySelect) -> tuple[MinedPost, ...]:
    return tuple(MinedPost(*row) for row in session.execute(statement))


def speaking_posts(session: Session) -> set[str]:
    """Ids of the posts that still have text."""
    return set(session.scalars(select(Post.id).where(Post.text != "")))


def keep_mentions(session: Session, found: Iterable[FoundMention], *, run_id: str) -> None:
    """Make the stored mentions those of this run; a mention of the same key keeps its id.

    Posts whose text is cut as before are updated in place; of the others all mentions are written anew. What
    assignment placed while the run was mining stays.
    """
    by_post: dict[str, list[FoundMention]] = defaultdict(list)
    for mention in found:
        by_post[mention.post_id].append(mention)
    id_of: dict[str, str] = {}
    cut: dict[str, dict[int, str]] = defaultdict(dict)
    for mention_id, post_id, ordinal, key, placed_by in session.execute(
        select(Mention.id, Mention.post_id, Mention.ordinal, Mention.key, Mention.placed_by)
    ):
        if placed_by == "assignment" and post_id not in by_post:
            continue
        id_of[key] = mention_id
        cut[post_id][ordinal] = key
    updated: list[dict[str, Any]] = []
    anew: list[dict[str, Any]] = []
    recut: list[str] = [post_id for post_id in cut if post_id not in by_post]
    for post_id, mentions in by_post.items():
        if cut.get(post_id) == {mention.ordinal: mention.key for mention in mentions}:
            updated.extend(_values(mention, run_id) | {"id": id_of[mention.key]} for mention in mentions)
            continue
        if post_id in cut:
            recut.append(post_id)
        anew.extend(
            _values(mention, run_id) | {"id": id_of.get(mention.key) or new_id("mention")} for mention in mentions
        )
    for start in range(0, len(recut), _SOME):
        session.execute(delete(Mention).where(Mention.post_id.in_(recut[start : start + _SOME])))
    if updated:
        session.execute(update(Mention), updated)
    if anew:
        session.execute(insert(Mention), anew)


def _values(mention: FoundMention, run_id: str | None) -> dict[str, Any]:
    return {
        "post_id": mention.post_id,
        "ordinal": mention.ordinal,
        "key": mention.key,
        "text": mention.text,
        "intent": mention.intent,
        "intent_confidence": mention.intent_confidence,
        "severity": mention.severity,
        "products": list(mention.products),
        "theme_id": mention.theme_id,
        "strength": mention.strength,
        "placed_by": "run",
        "run_id": run_id,
    }


def of_assignment(session: Session, *, retired: Collection[str]) -> tuple[str, ...]:
    """The themes of what assignment placed while a run was mining; nothing stays in those that the run retired."""
    if retired:
        statement = update(Mention).where(Mention.placed_by == "assignment", Mention.theme_id.in_(sorted(retired)))
        session.execute(statement.values(theme_id=None, strength=0.0))
    placed = select(Mention.theme_id).where(Mention.placed_by == "assignment", Mention.theme_id.is_not(None))
    return tuple(theme for theme in session.scalars(placed.distinct().order_by(Mention.theme_id)) if theme)


def unread_posts(session: Session, *, limit: int) -> tuple[MinedPost, ...]:
    """Posts with text that nothing has looked at since they came, oldest first, at most `limit`."""
    return _mined_posts(
        session, _posts().where(Post.text != "", ~exists().where(Mention.post_id == Post.id)).limit(limit)
    )


def unread_of(session: Session, post_ids: Collection[str]) -> set[str]:
    """Those of these posts that are there, have text, and that nothing has looked at."""
    unread: set[str] = set()
    wanted = sorted(post_ids)
    for start in range(0, len(wanted), _SOME):
        some = wanted[start : start + _SOME]
        statement = select(Post.id).where(
            Post.id.in_(some), Post.text != "", ~exists().where(Mention.post_id == Post.id)
        )
        unread.update(session.scalars(statement))
    return unread


def newest_post(session: Session) -> datetime | None:
    """When the newest post came in."""
    return session.scalar(select(func.max(Post.created_at)))


def add_mentions(session: Session, found: Sequence[FoundMention]) -> int:
    """Keep what assignment found between runs, unless the post was read meanwhile. How many mentions were new."""
    rows = [_values(entry, None) | {"id": new_id("mention"), "placed_by": "assignment"} for entry in found]
    return insert_new(session, Mention, rows, unique=["post_id", "ordinal"])


def themes_for_update(session: Session) -> dict[str, Theme]:
    """All themes, fresh, locked until the transaction ends, in one order."""
    statement = select(Theme).order_by(Theme.id).with_for_update().execution_options(populate_existing=True)
    return {theme.id: theme for theme in session.scalars(statement)}


def active_themes(session: Session) -> tuple[Theme, ...]:
    """The themes of the board, locked until the transaction ends, in one order."""
    statement = select(Theme).where(Theme.status == "active").order_by(Theme.id).with_for_update()
    return tuple(session.scalars(statement))


def add_lineage(session: Session, edges: Sequence[Mapping[str, Any]]) -> None:
    """Edges of one run: run_id, kind, from_theme, to_theme, overlap, created_at."""
    if edges:
        session.execute(insert(LineageEdge), [dict(edge) for edge in edges])


def proposals_of_themes(session: Session, theme_ids: Collection[str]) -> dict[str, str]:
    """Theme id -> id of its proposal, for those on the ballot."""
    statement = select(Proposal.theme_id, Proposal.id).where(Proposal.theme_id.in_(sorted(theme_ids)))
    return dict(session.execute(statement).all()) if theme_ids else {}


def answerable(session: Session, intents: Collection[str]) -> tuple[Answerable, ...]:
    """Mentions of these intents in posts without any draft, no copies; several a post where it says several things."""
    statement = (
        select(
            Post.id, Post.text, Post.product, Mention.text, Mention.intent, Mention.severity,
            Theme.id, Theme.name, Theme.score,
        )
        .select_from(Mention)
        .join(Post, Post.id == Mention.post_id)
        .outerjoin(Theme, (Theme.id == Mention.theme_id) & (Theme.status == "active"))
        .outerjoin(Draft, Draft.post_id == Post.id)
        .where(Mention.intent.in_(sorted(intents)), Post.duplicate_of.is_(None), Draft.id.is_(None), Post.text != "")
        .order_by(Mention.id)
    )  # fmt: skip
    return tuple(
        Answerable(*row[:8], theme_score=row[8] if row[8] is not None else 0.0) for row in session.execute(statement)
    )


def add_drafts(session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert drafts for posts that have none yet. How many were."""
    return insert_new(session, Draft, rows, unique=["post_id"])


def drafts_of_run(session: Session, run_id: str) -> tuple[int, int]:
    """How many drafts a run proposed, and how many of those need a person."""
    statement = select(Draft.needs_person, func.count()).where(Draft.run_id == run_id).group_by(Draft.needs_person)
    by_need = dict(session.execute(statement).all())
    return sum(by_need.values()), by_need.get(True, 0)


def span(session: Session) -> Span:
    """How far the posts reach, in time, people and channels."""
    authors, since, until, duplicates = session.execute(
        select(
            func.count(Post.author_id.distinct()),
            func.min(Post.posted_at),
            func.max(Post.posted_at),
            func.count(Post.duplicate_of),
        )
    ).one()
    nameless = session.scalar(select(func.count()).select_from(Post).where(Post.author_id.is_(None))) or 0
    needs = session.scalar(select(func.count()).select_from(Mention).where(Mention.intent.in_(NEED_INTENTS))) or 0
    return Span(
        channels=tuple(session.scalars(select(Channel.name).order_by(Channel.name))),
        people=authors + nameless,
        nameless=nameless,
        needs=needs,
        duplicates=duplicates,
        since=since,
        until=until,
    )
