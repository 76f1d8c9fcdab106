"""The draft queue: the item on the desk, with its thread, every sentence tied to its source, and answers like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.confidence import Confidence, confidence_of
from api.pages.views.decided import DecidedRow
from api.pages.views.excerpts import shortened
from api.pages.views.people import actor_names, alias
from api.pages.views.queue_head import QueueHead
from api.pages.views.response_clock import Clock, Why, clock, why
from review.answers import SimilarAnswer, similar_answers
from store.repositories import desk, drafts, themes, threads
from store.repositories.answer_figures import offered_text
from store.repositories.desk import Decision
from store.repositories.draft_order import QueueOrder
from store.repositories.drafts import DraftRow
from store.tables import Draft, Knowledge, Post

_BEFORE: Final = 4
_AFTER: Final = 3
_OLD_SOURCE: Final = timedelta(days=180)


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
class ThreadLine:
    """Another message of the same thread."""

    who: str
    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class ThemeLink:
    """The theme the post belongs to, and how far its proposal is, if there is one."""

    id: str
    name: str
    people: int
    proposal_id: str
    proposal_status: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """A piece of knowledge that sentences rest on, numbered in order of use."""

    number: int
    id: str
    title: str
    kind: str
    body: str
    age: str
    old: bool  # so old that it should be looked at
    withdrawn: bool  # out of use since


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence, the numbers of its sources, and where it comes from, or why it was struck, in words."""

    text: str
    kind: str
    numbers: tuple[int, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class SimilarView:
    """A post like this one that was answered."""

    draft_id: str
    question: str
    answer: str
    who: str
    at: datetime | None
    percent: int = 0  # how much the questions are alike; 0 where nobody compared them


@dataclass(frozen=True, slots=True)
class DraftItem:
    """One draft on the desk."""

    id: str
    version: int
    post: PostView
    before: list[ThreadLine]
    after: list[ThreadLine]
    theme: ThemeLink | None
    clock: Clock
    why: Why
    sentences: list[SentenceView]
    struck: int
    sources: list[SourceView]
    similar: list[SimilarView]
    twins: int  # waiting drafts with the very same sentences
    gaps: list[str]
    note: str
    drafter: str  # in words
    drafter_name: str  # as the drafter calls itself
    needs_person: bool
    confidence: Confidence
    text: str
    claim_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody else has the draft, or decided it."""

    who: str
    until: str  # a time of day; "" where it is decided
    decided: str  # what they decided, in words; "" where they are still at it


@dataclass(frozen=True, slots=True)
class DeskView:
    """What lies on the desk: an item, a notice that somebody has it, or nothing; and what this person just decided."""

    item: DraftItem | None
    held: Held | None
    head: QueueHead
    recent: Sequence[DecidedRow]
    tab: str = "queue"


def draft_item(session: Session, t: Translator, order: QueueOrder, draft_id: str) -> DraftItem | None:
    """The draft with everything a decision needs; None where there is no such draft."""
    row = drafts.details(session, draft_id)
    place = desk.place_of(session, draft_id, order)
    if row is None or place is None:
        return None
    draft = row.draft
    sources = _numbered(t, draft, row.sources)
    earlier, later = threads.neighbours(session, row.post, before=_BEFORE, after=_AFTER)
    waiting = desk.open_counts(session, order).waiting
    return DraftItem(
        id=draft.id,
        version=draft.version,
        post=_post(t, row),
        before=[_line(t, post) for post in earlier],
        after=[_line(t, post) for post in later],
        theme=_theme(session, draft),
        clock=clock(t, place.waiting_since, order.promise),
        why=why(t, place, order, priority=draft.priority, needs_person=draft.needs_person, waiting=waiting),
        sentences=[_sentence(t, sentence, sources) for sentence in draft.sentences],
        struck=sum(sentence.get("kind") == "struck" for sentence in draft.sentences),
        sources=list(sources.values()),
        similar=similar_rows(session, t, similar_answers(session, draft, row.post.text)),
        twins=desk.twins(session, draft, order),
        gaps=list(draft.gaps),
        note=t.either(f"draft.note.{draft.note}", "") if draft.note else "",
        drafter=_drafter(t, draft.drafter),
        drafter_name=draft.drafter,
        needs_person=draft.needs_person,
        confidence=confidence_of(draft.confidence),
        text=draft.final_text or offered_text(draft.sentences),
        claim_expires_at=draft.claim_expires_at if draft.status == "claimed" else None,
    )


def _drafter(t: Translator, name: str) -> str:
    """A drafter in words: `grounded`, `openai:<model>`, or `grounded (openai: <why the model gave nothing>)`."""
    kind = name.partition(":")[0]
    return t.either(f"drafts.by.{'fallback' if '(' in kind else kind}", name)


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


def _line(t: Translator, post: Post) -> ThreadLine:
    return ThreadLine(alias(t, post.author_id), post.posted_at, shortened(post.text))


def _theme(session: Session, draft: Draft) -> ThemeLink | None:
    theme = themes.get(session, draft.theme_id) if draft.theme_id else None
    if theme is None:
        return None
    proposal = desk.proposal_of_theme(session, theme.id)
    return ThemeLink(
        theme.id, theme.name, theme.authors, proposal.id if proposal else "", proposal.status if proposal else ""
    )


def _numbered(t: Translator, draft: Draft, found: Mapping[str, Knowledge]) -> dict[str, SourceView]:
    numbered: dict[str, SourceView] = {}
    for sentence in draft.sentences:
        for source_id in sentence.get("sources", ()):
            item = found.get(source_id)
            if item is None or source_id in numbered:
                continue
            written = item.source_updated_at or item.updated_at
            numbered[source_id] = SourceView(
                number=len(numbered) + 1,
                id=item.id,
                title=item.title,
                kind=item.kind,
                body=item.body,
                age=t("drafts.source_age", age=t.age(written)),
                old=t.now - written > _OLD_SOURCE,
                withdrawn=not item.active,
            )
    return numbered


def _sentence(t: Translator, sentence: Mapping[str, Any], sources: Mapping[str, SourceView]) -> SentenceView:
    kind = str(sentence.get("kind", "courtesy"))
    cited = [sources[source_id] for source_id in sentence.get("sources", ()) if source_id in sources]
    if kind == "struck":
        reason = t.either(f"drafts.struck.{sentence.get('reason') or 'other'}", t("drafts.struck.other"))
        origin = t("drafts.struck_because", reason=reason)
    elif cited:
        first = cited[0]
        origin = t("drafts.rests_on", title=first.title, age=first.age, words=shortened(first.body))
    else:
        origin = t.either(f"drafts.origin.{kind}", t("drafts.origin.courtesy"))
    return SentenceView(str(sentence["text"]), kind, tuple(source.number for source in cited), origin)


def similar_rows(session: Session, t: Translator, found: Sequence[SimilarAnswer]) -> list[SimilarView]:
    """Answers with how much their questions are alike."""
    rows = similar_of_decisions(session, t, [answer.decision for answer in found])
    return [replace(row, percent=round(answer.alike * 100)) for row, answer in zip(rows, found, strict=True)]


def similar_of_decisions(session: Session, t: Translator, found: Sequence[Decision]) -> list[SimilarView]:
    """Answered posts as lines of a list."""
    names = actor_names(session, t, {decision.draft.decided_by or "" for decision in found})
    return [
        SimilarView(
            draft_id=decision.draft.id,
            question=shortened(decision.post.text),
            answer=decision.draft.final_text or "",
            who=names[decision.draft.decided_by or ""],
            at=decision.draft.decided_at,
        )
        for decision in found
    ]
