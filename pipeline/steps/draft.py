"""Draft replies to questions, and to complaints that stand for their theme, where no draft waits yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from models.drafters.grounded import GroundedDrafter
from models.drafters.types import Draft, Drafter, KnowledgeItem, Question
from pipeline.knowledge_items import knowledge_item
from pipeline.steps.draft_choice import ANSWERED_INTENTS, Limits, Quota, candidates, priority
from pipeline.work import Result, Task
from store.ids import new_id
from store.repositories import drafting, knowledge, mining_results
from store.repositories.mining_results import Answerable
from store.repositories.threads import TALK

_BATCH = 20  # posts looked at in one transaction
_LONG_POST = 200  # characters; of a longer post only the mention that asks is put to the drafter
_MOST_BEFORE = 4  # messages
_MOST_QUOTES = 12  # of a theme


def draft_replies(task: Task) -> Result:
    """Propose at most `draft_top` replies, one a post: every question, and of the complaints those with an answer or
    one of their theme. Returns how many, and how many need a person because no knowledge fits."""
    database = task.shop.database
    limits = Limits.of(task.shop.settings)
    run_id = f"run_{task.suffix}"
    with database.session(readonly=True) as session:
        before, _ = mining_results.drafts_of_run(session, run_id)  # by this job, before it was interrupted
        room = max(task.shop.settings.draft_top - before, 0)
        waiting = drafting.open_drafts(session)
        wanted = candidates(mining_results.answerable(session, ANSWERED_INTENTS), limits, waiting)
        items = [knowledge_item(entry) for entry in knowledge.active(session)]
        themes = {entry.theme_id for entry in wanted if entry.theme_id is not None}
        quotes = drafting.theme_quotes(session, themes, most=_MOST_QUOTES)
    report = task.reporter()
    report("drafting", 0, len(wanted))
    grounded = GroundedDrafter(task.shop.draft_encoder())
    drafter = task.shop.drafter(grounded)
    quota = Quota.after(limits, waiting)
    for start in range(0, len(wanted), _BATCH):
        if room <= 0:
            break
        some = wanted[start : start + _BATCH]
        with database.session(readonly=True) as session:
            questions = [_question(session, entry, quotes) for entry in some]
        admitted: list[tuple[Answerable, Question, Draft]] = []
        for entry, question in zip(some, questions, strict=True):
            draft = grounded.draft(question, items)
            if len(admitted) < room and quota.admits(entry, _first_source(draft)):
                admitted.append((entry, question, draft))
        room -= len(admitted)
        rows = [_row(entry, draft, run_id) for entry, draft in _worded(drafter, grounded, admitted, items)]
        with database.session() as session:
            mining_results.add_drafts(session, rows)
        report("drafting", start + len(some), len(wanted))
    report("drafting", len(wanted), len(wanted))
    with database.session(readonly=True) as session:
        drafted, needing = mining_results.drafts_of_run(session, run_id)
    return {"drafts": drafted, "drafts_needing_a_person": needing}


def _worded(
    drafter: Drafter,
    grounded: GroundedDrafter,
    admitted: Sequence[tuple[Answerable, Question, Draft]],
    items: Sequence[KnowledgeItem],
) -> list[tuple[Answerable, Draft]]:
    """The drafts as their drafter words them. A model is asked only for what is kept: it costs time and money."""
    if drafter is grounded:
        return [(entry, draft) for entry, _, draft in admitted]
    drafts = drafter.draft_all([question for _, question, _ in admitted], items)
    return [(entry, draft) for (entry, _, _), draft in zip(admitted, drafts, strict=True)]


def _question(session: Session, entry: Answerable, quotes: Mapping[str, tuple[str, ...]]) -> Question:
    return Question(
        text=entry.post_text if len(entry.post_text) <= _LONG_POST else entry.mention_text,
        product=entry.product,
        theme_name=entry.theme_name or "",
        intent=entry.intent,
        before=drafting.said_before(session, entry.post_id, within=TALK, most=_MOST_BEFORE),
        theme_quotes=quotes.get(entry.theme_id or "", ()),
    )


def _first_source(draft: Draft) -> str | None:
    """The item a draft rests on; None where a person has to answer."""
    if draft.needs_person:
        return None
    return next((source for sentence in draft.standing for source in sentence.sources), None)


def _row(entry: Answerable, draft: Draft, run_id: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "id": new_id("draft"),
        "post_id": entry.post_id,
        "theme_id": entry.theme_id,
        "run_id": run_id,
        "status": "proposed",
        "drafter": draft.drafter,
        "sentences": _sentences(draft),
        "gaps": list(draft.gaps),
        "confidence": draft.confidence,
        "needs_person": draft.needs_person,
        "priority": priority(entry, answered=not draft.needs_person),
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def _sentences(draft: Draft) -> Sequence[dict[str, Any]]:
    """As the store keeps them; `reason` only where a sentence was struck."""
    return [
        {"text": sentence.text, "kind": sentence.kind.value, "sources": list(sentence.sources)}
        | ({"reason": sentence.reason.value} if sentence.reason else {})
        for sentence in draft.sentences
    ]
