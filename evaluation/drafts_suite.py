"""The drafts suite: is the right knowledge found, is it answered from, and is what nobody knows honestly declined?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.knowledge_sets import KnowledgeSet, load_forum_questions, load_sample_questions
from evaluation.remembering import RememberingEncoder
from evaluation.report import REPORTS, Report, table, write_report
from evaluation.suites import Progress
from models.drafters.evidence import judgement
from models.drafters.grounded import GroundedDrafter
from models.drafters.grounding import GroundingCheck
from models.drafters.types import Draft, KnowledgeItem, SentenceKind
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder

_FIRST_FEW = 5


@dataclass(frozen=True, slots=True)
class RetrievalScore:
    """Share of the answerable questions whose item comes first, and is among the first five."""

    way: str
    at_1: float
    at_5: float


@dataclass(frozen=True, slots=True)
class AnswerScore:
    """What became of the questions. Shares are of the answerable, or of the unanswerable, questions."""

    answerable: int
    unanswerable: int
    answered: float
    right_source: float  # answered, and the first source is the right one
    wrong_source: float  # of the answered drafts of answerable questions, those that begin with another source
    declined: float  # of the unanswerable
    grounded: float  # of the sentences that state something, those whose source says it
    declined_without: float | None  # of the answerable, once their item was taken out of the knowledge


@dataclass(frozen=True, slots=True)
class SetScore:
    """One set's result; `answers` None where only finding was measured."""

    dataset: str
    items: int
    retrieval: tuple[RetrievalScore, ...]
    answers: AnswerScore | None
    seconds: float


@dataclass(frozen=True, slots=True)
class DraftsResult:
    """Everything the drafts suite found out."""

    scores: tuple[SetScore, ...]


def run_drafts(
    *,
    encoder: str | Encoder = "use",
    sets: Sequence[KnowledgeSet] | None = None,
    out: Path = REPORTS,
    progress: Progress | None = None,
) -> Path:
    """Score drafting and write a report; returns its Markdown file (the JSON lies beside it).

    sets: by default the bundled sample, and the developer forum where it is on this machine; of the latter only
    finding is measured, its answers being no edited knowledge. Raises EvaluationError.
    """
    model = load_encoder(encoder) if isinstance(encoder, str) else encoder
    if sets is None:
        forum = load_forum_questions()
        sets = [load_sample_questions(), *([forum] if forum else [])]
    scores = []
    for done, one in enumerate(sets):
        if progress:
            progress(one.name, done, len(sets))
        scores.append(score_drafts(one, model))
    if progress:
        progress("done", len(sets), len(sets))
    known = judgement()
    report = Report(
        suite="drafts",
        title="Drafted replies",
        body=[line for score in scores for line in _section(score)],
        result=DraftsResult(tuple(scores)),
        encoder=model.identity,
        data=[source for one in sets for source in one.sources],
        parameters={
            "answers from log-odds": round(known.answer, 4),
            "bias (fitted on other corpora)": round(known.bias, 4),
        },
    )
    return write_report(report, out)


def score_drafts(one: KnowledgeSet, encoder: Encoder) -> SetScore:
    """Find, and where some questions have no answer also draft, for every question of a set."""
    start = time.perf_counter()
    drafter = GroundedDrafter(RememberingEncoder(encoder))
    retrieval = _retrieval(one, drafter)
    unanswerable = [asked for asked in one.asked if not asked.answer]
    answers = _answers(one, drafter) if unanswerable else None
    return SetScore(one.name, len(one.items), retrieval, answers, time.perf_counter() - start)


def _retrieval(one: KnowledgeSet, drafter: GroundedDrafter) -> tuple[RetrievalScore, ...]:
    index = drafter.index(one.items)
    answerable = [asked for asked in one.asked if asked.answer]
    places: dict[str, list[tuple[str, ...]]] = {"meaning": [], "words": [], "fused": [], "weighed": [], "in talk": []}
    for asked in answerable:
        ranking = index.rankings(asked.question)
        places["meaning"].append(ranking.by_meaning)
        places["words"].append(ranking.by_words)
        places["fused"].append(ranking.fused)
        places["weighed"].append(tuple(hit.item.id for hit in index.search(asked.question)))
        places["in talk"].append(tuple(hit.item.id for hit in drafter.search(asked.question, one.items)))
    return tuple(
        RetrievalScore(
            way,
            at_1=_share([asked.answer in found[:1] for asked, found in zip(answerable, ids, strict=True)]),
            at_5=_share([asked.answer in found[:_FIRST_FEW] for asked, found in zip(answerable, ids, strict=True)]),
        )
        for way, ids in places.items()
    )


def _answers(one: KnowledgeSet, drafter: GroundedDrafter) -> AnswerScore:
    drafts = [(asked, drafter.draft(asked.question, one.items)) for asked in one.asked]
    answerable = [(asked, draft) for asked, draft in drafts if asked.answer]
    answered = [(asked, draft) for asked, draft in answerable if not draft.needs_person]
    right = [_first_source(draft) == asked.answer for asked, draft in answered]
    by_id = {item.id: item for item in one.items}
    check = GroundingCheck()
    stated = [
        check.verdict(sentence.text, [by_id[source] for source in sentence.sources]).stands
        for _, draft in drafts
        for sentence in draft.sentences
        if sentence.kind is SentenceKind.GROUNDED
    ]
    return AnswerScore(
        answerable=len(answerable),
        unanswerable=len(drafts) - len(answerable),
        answered=_share([not draft.needs_person for _, draft in answerable]),
        right_source=sum(right) / max(len(answerable), 1),
        wrong_source=1 - _share(right) if right else 0.0,
        declined=_share([draft.needs_person for asked, draft in drafts if not asked.answer]),
        grounded=_share(stated),
        declined_without=_declined_without(one, drafter),
    )


def _declined_without(one: KnowledgeSet, drafter: GroundedDrafter) -> float:
    """The knowledge loses one item after the other; its questions should then be declined."""
    declined = []
    for missing in sorted({asked.answer for asked in one.asked if asked.answer}):
        rest: list[KnowledgeItem] = [item for item in one.items if item.id != missing]
        declined += [drafter.draft(asked.question, rest).needs_person for asked in one.asked if asked.answer == missing]
    return _share(declined)


def _first_source(draft: Draft) -> str:
    return next((source for sentence in draft.sentences for source in sentence.sources), "")


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _section(score: SetScore) -> list[str]:
    lines = [f"## {score.dataset} ({score.items} items, {score.seconds:.1f} s)", ""]
    rows = [[way.way, f"{way.at_1:.1%}", f"{way.at_5:.1%}"] for way in score.retrieval]
    lines += [*table(["found by", "first", "among five"], rows), ""]
    if score.answers is not None:
        answers = score.answers
        lines += [
            f"- answerable questions answered: **{answers.answered:.1%}** of {answers.answerable}",
            f"- answered from the right source first: **{answers.right_source:.1%}**; "
            f"wrong source: {answers.wrong_source:.1%} of the answered",
            f"- unanswerable questions declined: **{answers.declined:.1%}** of {answers.unanswerable}",
            f"- statements that their source says: {answers.grounded:.1%}",
        ]
        if answers.declined_without is not None:
            lines.append(f"- declined once their item was taken away: {answers.declined_without:.1%}")
        lines.append("")
    return lines
