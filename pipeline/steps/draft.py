"""Draft replies to the questions and pains that matter most and have no draft yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from models.drafters.grounded import GroundedDrafter
from models.drafters.types import Draft, Drafter, KnowledgeItem, KnowledgeKind, Question
from nlp.types import Intent
from pipeline.work import Result, Task
from store.ids import new_id
from store.repositories import knowledge, mining_results
from store.repositories.mining_results import Answerable
from store.tables import Knowledge

ANSWERED = (Intent.QUESTION.value, Intent.PAIN_POINT.value)
_BATCH = 20  # drafts kept in one transaction
_LONG_POST = 200  # characters; of a longer post only the mention that asks is put to the drafter
# A question is seldom grave and often alone, but somebody waits for the answer.
_LEAST_SEVERITY = {Intent.QUESTION.value: 0.6, Intent.PAIN_POINT.value: 0.3}
_LEAST_DEMAND = {Intent.QUESTION.value: 20.0, Intent.PAIN_POINT.value: 3.0}


def draft_replies(task: Task) -> Result:
    """Propose at most `draft_top` replies, one a post, most urgent first. Returns how many, and how many need a
    person because no knowledge fits."""
    database = task.shop.database
    run_id = f"run_{task.suffix}"
    with database.session(readonly=True) as session:
        before, _ = mining_results.drafts_of_run(session, run_id)  # by this job, before it was interrupted
        room = max(task.shop.settings.draft_top - before, 0)
        wanted = chosen(mining_results.answerable(session, ANSWERED), room)
        items = [_item(entry) for entry in knowledge.active(session)]
    report = task.reporter()
    report("drafting", 0, len(wanted))
    drafter: Drafter = GroundedDrafter(task.shop.draft_encoder())
    said: dict[tuple[str, str], Draft] = {}  # the same words about the same thing get the same answer
    for start in range(0, len(wanted), _BATCH):
        some = wanted[start : start + _BATCH]
        rows = []
        for entry in some:
            question = _question(entry)
            key = (question.text, question.product)
            if key not in said:
                said[key] = drafter.draft(question, items)
            rows.append(_row(entry, said[key], drafter.name, run_id))
        with database.session() as session:
            mining_results.add_drafts(session, rows)
        report("drafting", start + len(some), len(wanted))
    with database.session(readonly=True) as session:
        drafted, needing = mining_results.drafts_of_run(session, run_id)
    return {"drafts": drafted, "drafts_needing_a_person": needing}


def chosen(candidates: Iterable[Answerable], most: int) -> list[Answerable]:
    """One entry a post, by the mention that asks for an answer most; the `most` urgent ones, most urgent first."""
    best: dict[str, Answerable] = {}
    for entry in candidates:
        before = best.get(entry.post_id)
        if before is None or priority(entry) > priority(before):
            best[entry.post_id] = entry
    return sorted(best.values(), key=lambda entry: (-priority(entry), entry.post_id))[:most]


def priority(entry: Answerable) -> float:
    """Demand of the theme (0..100) times severity of the mention (0..1), neither below the intent's floor."""
    demand = max(entry.theme_score, _LEAST_DEMAND[entry.intent])
    return round(demand * max(entry.severity, _LEAST_SEVERITY[entry.intent]), 4)


def _question(entry: Answerable) -> Question:
    text = entry.post_text if len(entry.post_text) <= _LONG_POST else entry.mention_text
    return Question(text=text, product=entry.product, theme_name=entry.theme_name or "")


def _item(entry: Knowledge) -> KnowledgeItem:
    return KnowledgeItem(
        id=entry.id,
        kind=KnowledgeKind(entry.kind),
        title=entry.title,
        body=entry.body,
        product=entry.product,
        version=entry.product_version,
        updated_at=entry.source_updated_at,
    )


def _row(entry: Answerable, draft: Draft, drafter: str, run_id: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "id": new_id("draft"),
        "post_id": entry.post_id,
        "theme_id": entry.theme_id,
        "run_id": run_id,
        "status": "proposed",
        "drafter": drafter,
        "sentences": _sentences(draft),
        "gaps": list(draft.gaps),
        "confidence": draft.confidence,
        "needs_person": draft.needs_person,
        "priority": priority(entry),
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def _sentences(draft: Draft) -> Sequence[dict[str, Any]]:
    return [
        {"text": sentence.text, "kind": sentence.kind.value, "sources": list(sentence.sources)}
        for sentence in draft.sentences
    ]
