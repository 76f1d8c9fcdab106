"""Which posts are wanted: by where they came from, when, what they say, and what became of their answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, func, select

from store.expressions import substring
from store.repositories.answer_figures import ANSWERED, PROMISE, WAITING, unanswered
from store.repositories.theme_filters import NEED_INTENTS
from store.tables import Draft, Mention, Post

Reply = Literal["answered", "rejected", "waiting", "missed"]
REPLIES: tuple[Reply, ...] = ("answered", "rejected", "waiting", "missed")


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Empty means any. `since` is inclusive, `until` exclusive; q searches masked text.

    The time is that of the post, but with `reply` it is the one answer figures count by: when it was answered or
    rejected, when it was asked, or when its promise of an answer ran out (missed).
    """

    channel: str | None = None
    source: str | None = None
    author: str | None = None
    theme: str | None = None
    product: str | None = None
    region: str | None = None
    intent: str | None = None  # a mention does this; "need": a pain, a request or a question
    pending: bool = False  # a mention of a need has no theme
    reply: Reply | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None
    promise: timedelta = PROMISE  # within which people are promised a first answer

    def conditions(self) -> list[ColumnElement[bool]]:
        """What holds of every wanted post."""
        equal = {
            Post.channel_id: self.channel, Post.source_id: self.source, Post.author_id: self.author,
            Post.product: self.product, Post.region: self.region,
        }  # fmt: skip
        found: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value]
        mention = self._mention()
        if mention and (self.theme or self.pending):  # few mentions, found by their theme
            found.append(Post.id.in_(select(Mention.post_id).where(*mention)))
        elif mention:  # most posts have one: look at each as it comes
            found.append(select(Mention.id).where(Mention.post_id == Post.id, *mention).exists())
        if self.q:
            found.append(substring(self.q, Post.text))
        if self.reply:
            return found + _replied(self.reply, self.since, self.until, self.promise)
        return found + _posted(self.since, self.until)

    def _mention(self) -> list[ColumnElement[bool]]:
        """What holds of one and the same mention of the post."""
        wanted: list[ColumnElement[bool]] = []
        if self.theme:
            wanted.append(Mention.theme_id == self.theme)
        if self.pending:
            wanted.append(Mention.theme_id.is_(None))
        if self.intent == "need" or (self.pending and not self.intent):
            wanted.append(Mention.intent.in_(NEED_INTENTS))
        elif self.intent:
            wanted.append(Mention.intent == self.intent)
        return wanted


def _posted(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if since:
        found.append(Post.posted_at >= since)
    if until:
        found.append(Post.posted_at < until)
    return found


def _replied(
    reply: Reply, since: datetime | None, until: datetime | None, promise: timedelta
) -> list[ColumnElement[bool]]:
    asked_at = func.coalesce(Post.posted_at, Post.created_at)
    at: ColumnElement[datetime]
    became: ColumnElement[bool]
    if reply == "answered":
        at, became = func.coalesce(Draft.published_at, Draft.decided_at), Draft.status.in_(ANSWERED)
    elif reply == "rejected":
        at, became = func.coalesce(Draft.decided_at, Draft.updated_at), Draft.status == "rejected"
    elif reply == "waiting":
        at, became = asked_at, Draft.status.in_(WAITING)
    else:  # as answer_figures counts them: a promise that runs out later today is not broken yet
        at, became = asked_at, unanswered()
        now = datetime.now(UTC)
        since, until = since - promise if since else None, min(until or now, now) - promise
    wanted: list[ColumnElement[bool]] = [Draft.post_id == Post.id, became]
    if since:
        wanted.append(at >= since)
    if until:
        wanted.append(at < until)
    return [select(Draft.id).where(*wanted).correlate(Post).exists()]
