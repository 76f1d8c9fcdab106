"""Answers that were given: the similar ones beside a new question, and their way into the knowledge for next time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rapidfuzz.distance import Indel
from sqlalchemy.orm import Session

from review import knowledge as knowledge_rules
from review import versions
from review.audit import record
from review.errors import Conflict, Invalid
from review.permissions import Permission, require, require_person
from review.principals import Principal
from store.expressions import insert_new
from store.repositories import desk, drafts, knowledge, posts
from store.repositories.answer_figures import ANSWERED, offered_text
from store.repositories.desk import Decision
from store.tables import AdoptedAnswer, Draft, Knowledge

LEAST_ALIKE: Final = 0.2  # of the pairs of neighbouring characters of the shorter text, to be called similar
LEAST_DOUBLE: Final = 0.6  # so much alike that an entry may say the same already
_COMPARED: Final = 400  # candidates and characters that are compared
_OF_THE_SAME_THEME: Final = 0.15  # what a common theme adds
_TITLE_LENGTH: Final = 80


@dataclass(frozen=True, slots=True)
class SimilarAnswer:
    """An answered post, and how much its words are like those of the question (0..1)."""

    decision: Decision
    alike: float


@dataclass(frozen=True, slots=True)
class Double:
    """Knowledge that says something like it already, and how much (0..1)."""

    entry: Knowledge
    alike: float


@dataclass(frozen=True, slots=True)
class AdoptionOffer:
    """What adopting a reply would add to the knowledge, and what is there already."""

    draft: Draft
    title: str
    body: str
    product: str  # of the post, else what all its sources are about
    product_version: str  # what all its sources hold for
    doubles: tuple[Double, ...]


def similar_answers(session: Session, draft: Draft, question: str, *, most: int = 3) -> tuple[SimilarAnswer, ...]:
    """Answered posts whose words are like `question`, the most alike first; those of its theme before others.

    Words are compared by their pairs of neighbouring characters, which needs no dictionary and forgives typing errors.
    """
    near = desk.answered_candidates(session, theme_id=draft.theme_id, exclude=draft.id, limit=_COMPARED)
    asked = _pairs(question)
    found = []
    for decision in near:
        alike = _overlap(asked, _pairs(decision.post.text))
        if draft.theme_id is not None and decision.draft.theme_id == draft.theme_id:
            alike = min(alike + _OF_THE_SAME_THEME, 1.0)
        if alike >= LEAST_ALIKE:
            found.append(SimilarAnswer(decision, alike))
    found.sort(key=lambda answer: (-answer.alike, answer.decision.draft.id))
    return tuple(found[:most])


def offer(
    session: Session, principal: Principal, draft_id: str, *, title: str | None = None, body: str | None = None
) -> AdoptionOffer:
    """What adopting this reply would look like, for the second look; with a title and body that a person gave."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    draft = drafts.get(session, draft_id)
    if draft is None:
        raise versions.not_found("draft", draft_id)
    _answered(draft)
    post = posts.get(session, draft.post_id)
    title = title if title is not None else _headline(post.text if post else "")
    body = body if body is not None else _for_everybody(draft)
    cited = [entry for source in _cited(draft) if (entry := knowledge.get(session, source)) is not None]
    product = (post.product if post else "") or _common(entry.product for entry in cited)
    product_version = _common(entry.product_version for entry in cited)
    return AdoptionOffer(draft, title, body, product, product_version, doubles(session, title, body))


def doubles(session: Session, title: str, body: str, *, most: int = 3) -> tuple[Double, ...]:
    """Entries in use that have nearly this title or body."""
    found = [
        Double(entry, alike)
        for entry in knowledge.active(session)
        if (alike := max(_alike(title, entry.title), _alike(body, entry.body))) >= LEAST_DOUBLE
    ]
    return tuple(sorted(found, key=lambda double: (-double.alike, double.entry.id))[:most])


def adopt(
    session: Session,
    principal: Principal,
    draft_id: str,
    *,
    version: int | None,
    title: str,
    body: str,
    product: str = "",
    product_version: str = "",
    looked_again: bool = False,
    despite_doubles: bool = False,
) -> Knowledge:
    """Make an approved reply knowledge. Whoever approved it must say that they looked again; anybody else's act is the
    second look itself. Conflict `already_known` where entries say nearly the same, unless that is wanted."""
    require_person(principal, Permission.DRAFT_DECIDE)
    require(principal, Permission.KNOWLEDGE_WRITE)
    draft = drafts.locked(session, draft_id)
    if draft is None:
        raise versions.not_found("draft", draft_id)
    versions.check(session, draft, version)
    _answered(draft)
    if draft.decided_by == principal.id and not looked_again:
        raise Invalid(
            "second_look_required", "You approved this reply; confirm that you looked at it again as knowledge.",
            "这条回复由您通过，请再看一遍并确认后再作为知识采用。",
        )  # fmt: skip
    alike = doubles(session, title, body)
    if alike and not despite_doubles:
        raise Conflict(
            "already_known", "The knowledge says nearly this already; change that entry, or add this one all the same.",
            "知识库里已有相近的内容，请先查看，或确认仍要新增。", ids=[double.entry.id for double in alike],
        )  # fmt: skip
    if session.get(AdoptedAnswer, draft_id) is not None:
        raise _adopted_before()
    key = _key(draft_id)
    reply = knowledge_rules.NewKnowledge(
        key, "approved_reply", title, body, product, product_version, draft.published_at or draft.decided_at
    )
    knowledge_rules.import_items(session, principal, [reply])  # by key: one adopted before and withdrawn comes back
    entry = knowledge.by_keys(session, [key])[key]
    now = datetime.now(UTC)
    row = {"draft_id": draft_id, "knowledge_id": entry.id, "adopted_by": principal.id, "adopted_at": now}
    if insert_new(session, AdoptedAnswer, [row], unique=["draft_id"]) != 1:
        raise _adopted_before()
    after = {"knowledge_id": entry.id, "title": entry.title, "second_person": principal.id != draft.decided_by}
    record(session, principal, "draft.adopted", "draft", draft_id, after=after)
    session.flush()
    return entry


def withdraw(session: Session, principal: Principal, draft: Draft) -> None:
    """Take the knowledge that a reply became out of use, because the reply is taken back."""
    adopted = session.get(AdoptedAnswer, draft.id)
    if adopted is None:
        return
    entry = knowledge.get(session, adopted.knowledge_id)
    if entry is not None and entry.active:
        knowledge_rules.deactivate(session, principal, entry.id, version=entry.version)
    session.delete(adopted)
    session.flush()


def _for_everybody(draft: Draft) -> str:
    """The reply without what was said to this user only: greetings and questions back, where nobody changed a word."""
    if draft.final_text != offered_text(draft.sentences):
        return draft.final_text or ""
    grounded = [sentence for sentence in draft.sentences if sentence.get("kind") == "grounded"]
    return offered_text(grounded) or draft.final_text or ""


def _cited(draft: Draft) -> list[str]:
    """Ids of the knowledge that the reply rests on, in order of use."""
    standing = [sentence for sentence in draft.sentences if sentence.get("kind") != "struck"]
    return list(dict.fromkeys(str(source) for sentence in standing for source in sentence.get("sources", ())))


def _common(values: Iterable[str]) -> str:
    """What all say; "" where they differ."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else ""


def _answered(draft: Draft) -> None:
    if draft.status not in ANSWERED:
        raise Conflict(
            "not_approved", f"The draft is {draft.status}; only an approved reply can become knowledge.",
            "只有通过审核的回复才能作为知识采用。", status=draft.status,
        )  # fmt: skip


def _adopted_before() -> Conflict:
    return Conflict("already_adopted", "This reply is knowledge already.", "这条回复已经作为知识采用。")


def _key(draft_id: str) -> str:
    return f"reply-{draft_id}"


def _headline(text: str) -> str:
    """The question in one line."""
    line = " ".join(text.split())
    return line if len(line) <= _TITLE_LENGTH else line[: _TITLE_LENGTH - 1] + "…"


def _alike(one: str, other: str) -> float:
    return Indel.normalized_similarity(_bare(one)[:_COMPARED], _bare(other)[:_COMPARED]) if one and other else 0.0


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _pairs(text: str) -> frozenset[str]:
    bare = _bare(text)[:_COMPARED]
    return frozenset(bare[i : i + 2] for i in range(len(bare) - 1))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Pairs in common, of the smaller set; short texts need more than one pair."""
    smaller = min(len(one), len(other))
    return len(one & other) / max(smaller, 4) if smaller else 0.0


def search(session: Session, words: str, *, most: int = 20) -> Sequence[Decision]:
    """Answered posts with these words in the post or the reply, the latest first."""
    return desk.answered_candidates(session, words=words, limit=most)
