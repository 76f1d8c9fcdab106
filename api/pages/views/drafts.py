"""The draft queue: the item on the desk, with every sentence tied to its source, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.people import actor_names, alias
from review.principals import Principal, Role
from store.repositories import desk, drafts, themes
from store.repositories.drafts import DraftRow
from store.tables import Draft, Knowledge

_CONTEXT_LINES: Final = 4
_CONTEXT_LENGTH: Final = 160
ConfidenceLevel = Literal["high", "middle", "low"]


@dataclass(frozen=True, slots=True)
class PostView:
    """The post that is answered."""

    who: str
    channel: str
    at: datetime | None
    product: str
    region: str
    likes: int
    replies: int
    text: str


@dataclass(frozen=True, slots=True)
class ContextLine:
    """Another message of the same thread."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class ThemeLink:
    """The theme the post belongs to."""

    id: str
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class SourceView:
    """A piece of knowledge that sentences rest on, numbered in order of use."""

    number: int
    title: str
    kind: str
    body: str
    age: str


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence, the numbers of its sources, and where it comes from in words."""

    text: str
    kind: str
    numbers: tuple[int, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class DraftItem:
    """One draft on the desk."""

    id: str
    version: int
    post: PostView
    context: list[ContextLine]
    theme: ThemeLink | None
    sentences: list[SentenceView]
    sources: list[SourceView]
    gaps: list[str]
    needs_person: bool
    confidence_level: ConfidenceLevel
    confidence_percent: int
    text: str
    claim_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody else has the draft."""

    who: str
    until: str


@dataclass(frozen=True, slots=True)
class DeskView:
    """What lies on the desk: an item, a notice that somebody has it, or nothing."""

    item: DraftItem | None
    held: Held | None
    waiting: int
    tab: str = "queue"
    tabs_too: bool = True


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """A decision that was made."""

    id: str
    version: int
    status: str
    who: str
    at: datetime | None
    post_text: str
    text: str
    reason: str
    undoable: bool
    publishable: bool


@dataclass(frozen=True, slots=True)
class DecidedView:
    """Decisions, latest first."""

    rows: tuple[DecidedRow, ...]
    more: str
    waiting: int
    tab: str = "decided"


def waiting(session: Session) -> int:
    """How many drafts wait for a person."""
    counts = drafts.count_by_status(session)
    return counts.get("proposed", 0) + counts.get("claimed", 0)


def draft_item(session: Session, t: Translator, draft_id: str) -> DraftItem | None:
    """The draft with its post, context and sources; None where there is no such draft."""
    row = drafts.details(session, draft_id)
    if row is None:
        return None
    draft = row.draft
    sources = _numbered(t, draft, row.sources)
    numbers = {source_id: source.number for source_id, source in sources.items()}
    percent = round(draft.confidence * 100)
    return DraftItem(
        id=draft.id,
        version=draft.version,
        post=_post(t, row),
        context=_context(session, t, row),
        theme=_theme(session, row),
        sentences=[_sentence(t, sentence, numbers, sources) for sentence in draft.sentences],
        sources=list(sources.values()),
        gaps=list(draft.gaps),
        needs_person=draft.needs_person,
        confidence_level="high" if percent >= 70 else "middle" if percent >= 40 else "low",
        confidence_percent=percent,
        text=draft.final_text or "".join(str(sentence["text"]) for sentence in draft.sentences),
        claim_expires_at=draft.claim_expires_at,
    )


def _post(t: Translator, row: DraftRow) -> PostView:
    post = row.post
    return PostView(
        who=alias(t, post.author_id),
        channel=row.channel_name,
        at=post.posted_at,
        product=post.product,
        region=post.region,
        likes=post.likes,
        replies=post.replies,
        text=post.text,
    )


def _theme(session: Session, row: DraftRow) -> ThemeLink | None:
    theme = themes.get(session, row.draft.theme_id) if row.draft.theme_id else None
    return ThemeLink(theme.id, theme.name, theme.authors) if theme else None


def _context(session: Session, t: Translator, row: DraftRow) -> list[ContextLine]:
    """What was said in the thread just before the post."""
    around = desk.around(session, row.post, limit=_CONTEXT_LINES)
    return [ContextLine(alias(t, post.author_id), _shortened(post.text)) for post in around]


def _shortened(text: str) -> str:
    return text if len(text) <= _CONTEXT_LENGTH else text[: _CONTEXT_LENGTH - 1] + "…"


def _numbered(t: Translator, draft: Draft, found: Mapping[str, Knowledge]) -> dict[str, SourceView]:
    numbered: dict[str, SourceView] = {}
    for sentence in draft.sentences:
        for source_id in sentence.get("sources", ()):
            item = found.get(source_id)
            if item is None or source_id in numbered:
                continue
            written = item.source_updated_at or item.updated_at
            numbered[source_id] = SourceView(
                len(numbered) + 1, item.title, item.kind, item.body, t("drafts.source_age", age=t.age(written))
            )
    return numbered


def _sentence(
    t: Translator, sentence: Mapping[str, Any], numbers: Mapping[str, int], sources: Mapping[str, SourceView]
) -> SentenceView:
    kind = str(sentence.get("kind", "courtesy"))
    cited = [source_id for source_id in sentence.get("sources", ()) if source_id in numbers]
    if cited:
        first = sources[cited[0]]
        origin = f"{first.title} · {first.age}：{_shortened(first.body)}"
    else:
        origin = t.either(f"drafts.origin.{kind}", t("drafts.origin.courtesy"))
    return SentenceView(str(sentence["text"]), kind, tuple(numbers[source_id] for source_id in cited), origin)


def decided_view(session: Session, t: Translator, principal: Principal, *, cursor: str | None) -> DecidedView:
    """What was decided, and what can be done with it."""
    page = desk.decided(session, cursor=cursor, limit=30)
    names = actor_names(session, t, {row.draft.decided_by for row in page.items if row.draft.decided_by})
    rows = tuple(
        DecidedRow(
            id=row.draft.id,
            version=row.draft.version,
            status=row.draft.status,
            who=names.get(row.draft.decided_by or "", ""),
            at=row.draft.decided_at,
            post_text=_shortened(row.post.text),
            text=row.draft.final_text or "",
            reason=row.draft.reject_reason or "",
            undoable=row.draft.status != "published"
            and (row.draft.decided_by == principal.id or principal.role is Role.ADMIN),
            publishable=row.draft.status in ("approved", "edited"),
        )
        for row in page.items
    )
    more = f"/drafts/decided?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else ""
    return DecidedView(rows, more, waiting(session))
