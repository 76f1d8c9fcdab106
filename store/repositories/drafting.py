"""What drafting reads: the conversation before a post, what a theme's people said, and the drafts that wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from store.tables import Draft, Mention, Post

_WAITING = ("proposed", "claimed")


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
        .where(Draft.status.in_(_WAITING), ~asks)
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
