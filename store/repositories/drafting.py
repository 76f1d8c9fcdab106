"""What drafting reads: the conversation before a post, what a theme's people said, and the drafts that wait; and which
of those lost their ground."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from store.repositories.answer_figures import WAITING
from store.repositories.drafts import free
from store.tables import Draft, Knowledge, Mention, Post


@dataclass(frozen=True, slots=True)
class OpenDrafts:
    """The drafts of a theme that wait for a moderator; those for posts that ask a question are not counted."""

    answered: int
    for_a_person: int
    sources: tuple[str, ...]  # the first item each answered one rests on


def open_drafts(session: Session) -> dict[str, OpenDrafts]:
    """By theme id; "" for the drafts outside every theme."""
    asks = select(Mention.id).where(Mention.post_id == Draft.post_id, Mention.intent == "question").exists()
    statement = (
        select(Draft.theme_id, Draft.needs_person, Draft.sentences)
        .where(Draft.status.in_(WAITING), ~asks)
        .order_by(Draft.id)
    )
    people: dict[str, int] = defaultdict(int)
    sources: dict[str, list[str]] = defaultdict(list)
    for theme_id, needs_person, sentences in session.execute(statement):
        cited = next((source for sentence in sentences for source in sentence.get("sources", ())), None)
        if needs_person or cited is None:
            people[theme_id or ""] += 1
        else:
            sources[theme_id or ""].append(cited)
    return {
        theme: OpenDrafts(len(sources[theme]), people[theme], tuple(sources[theme]))
        for theme in sorted({*people, *sources})
    }


def said_before(session: Session, post_id: str, *, within: timedelta, most: int) -> tuple[str, ...]:
    """Texts of the same channel shortly before a post, latest first; the message it replies to comes first of all.

    A channel where people seldom write (a forum board) has none: the window is that of a conversation.
    """
    post = session.get(Post, post_id)
    if post is None:
        return ()
    said: list[str] = []
    if post.reply_to:
        named = select(Post.text).where(Post.channel_id == post.channel_id, Post.key == post.reply_to)
        said.extend(text for text in session.scalars(named.limit(1)) if text)
    if post.posted_at is not None:
        earlier = (
            select(Post.text)
            .where(
                Post.channel_id == post.channel_id,
                Post.thread == post.thread,
                Post.text != "",
                Post.posted_at >= post.posted_at - within,
                or_(Post.posted_at < post.posted_at, and_(Post.posted_at == post.posted_at, Post.id < post.id)),
            )
            .order_by(Post.posted_at.desc(), Post.id.desc())
            .limit(most)
        )
        said.extend(text for text in session.scalars(earlier) if text not in said)
    return tuple(said[:most])


def theme_quotes(session: Session, theme_ids: Collection[str], *, most: int) -> dict[str, tuple[str, ...]]:
    """What people of these themes said, the mentions that belong most first."""
    found: dict[str, tuple[str, ...]] = {}
    for theme_id in sorted(theme_ids):
        statement = (
            select(Mention.text)
            .where(Mention.theme_id == theme_id)
            .order_by(Mention.strength.desc(), Mention.id)
            .limit(most)
        )
        found[theme_id] = tuple(dict.fromkeys(session.scalars(statement)))
    return found


def of_empty_posts(session: Session) -> tuple[str, ...]:
    """Ids of waiting drafts whose post has no text any more."""
    statement = select(Draft.id).join(Post, Post.id == Draft.post_id).where(Draft.status.in_(WAITING), Post.text == "")
    return tuple(session.scalars(statement.order_by(Draft.id)))


def waiting_since_before(session: Session, moment: datetime, *, now: datetime) -> tuple[str, ...]:
    """Ids of drafts that were made before the moment and that nobody holds."""
    statement = select(Draft.id).where(free(now), Draft.created_at < moment)
    return tuple(session.scalars(statement.order_by(Draft.id)))


def withdrawn_sources(session: Session, among: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
    """Waiting drafts that cite knowledge that is out of use: draft id -> ids of all such knowledge it cites. Only the
    drafts that cite some of `among`, where any are named."""
    cited = func.instr if session.get_bind().dialect.name == "sqlite" else func.strpos
    written = cast(Draft.sentences, Text)
    statement = (
        select(Draft.id, Knowledge.id)
        .select_from(Draft)
        .join(Knowledge, cited(written, Knowledge.id) > 0)
        .where(Draft.status.in_(WAITING), ~Knowledge.active)
        .order_by(Draft.id, Knowledge.id)
    )
    if among:
        statement = statement.where(or_(*(cited(written, one) > 0 for one in sorted(among))))
    found: dict[str, list[str]] = defaultdict(list)
    for draft_id, knowledge_id in session.execute(statement):
        found[draft_id].append(knowledge_id)
    return {draft_id: tuple(gone) for draft_id, gone in found.items()}
