"""The list of posts behind a number: its filters, one page of posts with what each of them says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.board_filters import Choice, Option, with_chosen
from api.pages.views.people import alias
from store.repositories import channels, posts, themes
from store.repositories.post_filters import REPLIES, PostFilter
from store.repositories.posts import PostRow
from store.repositories.theme_filters import NEED_INTENTS
from store.repositories.themes import board_facets
from store.tables import Mention

PAGE_SIZE: Final = 30
COUNTED: Final = 10_000  # beyond it, "more than" is enough
INTENTS: Final = ("need", "pain_point", "request", "question", "praise", "chatter")
DAY: Final = r"^(\d{4}-\d{2}-\d{2})?$"


@dataclass(frozen=True, slots=True)
class PostQuery:
    """The filters as they stand in the address; days include the last one."""

    q: str = ""
    channel: str = ""
    theme: str = ""
    product: str = ""
    region: str = ""
    intent: str = ""
    reply: str = ""
    source: str = ""
    author: str = ""
    pending: str = ""
    first: str = ""
    last: str = ""

    def href(self, **more: str) -> str:
        """The address of these posts."""
        values = {**asdict(self), **more}
        values["from"], values["to"] = values.pop("first"), values.pop("last")
        return "/posts" + (f"?{urlencode(said)}" if (said := {k: v for k, v in values.items() if v}) else "")

    @property
    def chosen(self) -> bool:
        return any(asdict(self).values())

    def wanted(self, t: Translator, promise: timedelta) -> PostFilter:
        """As the store takes it; what makes no sense is left out."""
        return PostFilter(
            channel=self.channel or None,
            source=self.source or None,
            author=self.author or None,
            theme=self.theme or None,
            product=self.product or None,
            region=self.region or None,
            intent=self.intent if self.intent in INTENTS else None,
            pending=self.pending == "1",
            reply=self.reply if self.reply in REPLIES else None,
            since=midnight(t, self.first),
            until=midnight(t, self.last, after=1),
            q=self.q.strip() or None,
            promise=promise,
        )


def midnight(t: Translator, day: str, *, after: int = 0) -> datetime | None:
    """The beginning of a day, or of one so many days after it; None where it is no day."""
    try:
        found = datetime.combine(date.fromisoformat(day) + timedelta(days=after), time(), t.zone)
    except (ValueError, OverflowError):
        return None
    return found if 1900 <= found.year <= 9000 else None


@dataclass(frozen=True, slots=True)
class Said:
    """One mention: what it does, and where it belongs."""

    text: str
    intent: str
    theme_id: str
    theme_name: str
    wanted: bool  # it is why the post is here


@dataclass(frozen=True, slots=True)
class PostItem:
    """One post."""

    id: str
    text: str
    who: str
    author_href: str
    channel: str
    at: datetime | None
    product: str
    region: str
    likes: int
    replies: int
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A filter that is no field of the form: a theme, a source, an author; it can be taken away."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class PostsView:
    """The page."""

    query: PostQuery
    choices: tuple[Choice, ...]
    narrowed: tuple[Narrowing, ...]
    count: int
    counted_all: bool
    rows: tuple[PostItem, ...]
    more: str


def posts_view(
    session: Session, t: Translator, query: PostQuery, *, cursor: str | None, promise: timedelta
) -> PostsView:
    """One page of posts, newest first."""
    wanted = query.wanted(t, promise)
    page = posts.listed(session, wanted, cursor=cursor, limit=PAGE_SIZE)
    counted = posts.count(session, wanted, most=COUNTED + 1) if cursor is None else 0
    said = posts.mentions_of(session, [row.post.id for row in page.items])
    return PostsView(
        query=query,
        choices=_choices(session, t, query),
        narrowed=_narrowed(session, t, query),
        count=min(counted, COUNTED),
        counted_all=counted <= COUNTED,
        rows=tuple(_item(t, row, said.get(row.post.id, ()), query, wanted) for row in page.items),
        more=query.href(cursor=page.next_cursor) if page.next_cursor else "",
    )


def _item(
    t: Translator,
    row: PostRow,
    said: tuple[tuple[Mention, str | None], ...],
    query: PostQuery,
    wanted: PostFilter,
) -> PostItem:
    post = row.post
    return PostItem(
        id=post.id,
        text=post.text,
        who=alias(t, post.author_id),
        author_href=replace(query, author=post.author_id).href() if post.author_id and not query.author else "",
        channel=row.channel_name,
        at=post.posted_at,
        product=post.product,
        region=post.region,
        likes=post.likes,
        replies=post.replies,
        said=tuple(
            Said(mention.text, mention.intent, mention.theme_id or "", name or "", wanted=_asked_for(mention, wanted))
            for mention, name in said
        ),
    )


def _asked_for(mention: Mention, wanted: PostFilter) -> bool:
    """Whether the mention is what the filters ask for; where they ask for none, none stands out."""
    if not (wanted.theme or wanted.intent or wanted.pending):
        return False
    need = mention.intent in NEED_INTENTS
    return (
        (not wanted.theme or mention.theme_id == wanted.theme)
        and (not wanted.pending or (mention.theme_id is None and need))
        and (not wanted.intent or mention.intent == wanted.intent or (wanted.intent == "need" and need))
    )


def _choices(session: Session, t: Translator, query: PostQuery) -> tuple[Choice, ...]:
    facets = board_facets(session)
    lists: Mapping[str, list[Option]] = {
        "channel": [Option(channel.id, channel.name) for channel in channels.everything(session)],
        "product": [Option(facet.value, facet.label) for facet in facets.products],
        "region": [Option(facet.value, facet.label) for facet in facets.regions],
        "intent": [Option(name, t(f"intent.{name}")) for name in INTENTS],
        "reply": [Option(name, t(f"reply.{name}")) for name in REPLIES],
    }
    values = asdict(query)
    return tuple(
        Choice(name, values[name], with_chosen(options, values[name]))
        for name, options in lists.items()
        if len(options) > 1 or values[name]  # a filter with one value sorts nothing out
    )


def _narrowed(session: Session, t: Translator, query: PostQuery) -> tuple[Narrowing, ...]:
    found = []
    if query.theme:
        theme = themes.get(session, query.theme)
        name = theme.name if theme else query.theme
        found.append(Narrowing(t("posts.of_theme"), name, replace(query, theme="").href()))
    if query.author:
        found.append(Narrowing(t("posts.of_author"), alias(t, query.author), replace(query, author="").href()))
    if query.source:
        found.append(Narrowing(t("posts.of_source"), query.source[-6:], replace(query, source="").href()))
    if query.pending:
        found.append(Narrowing(t("posts.pending"), "", replace(query, pending="").href()))
    return tuple(found)
