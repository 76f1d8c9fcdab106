"""The drafts suite: is the right knowledge found, answered from, and is what nobody knows honestly declined?"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evaluation.drafts_checks import check_scores, injection_scores
from evaluation.drafts_report import sections
from evaluation.drafts_scores import AnswerScore, DraftsResult, RetrievalScore, SetScore
from evaluation.independent_grounding import best_quoted, is_quoted
from evaluation.knowledge_sets import KnowledgeSet, load_sample_questions
from evaluation.remembering import RememberingEncoder
from evaluation.reply_sets import load_reply_sets
from evaluation.report import REPORTS, Report, Skip, write_report
from evaluation.suites import Progress
from evaluation.tiny_model import tiny_causal_model
from models.drafters.evidence import judgement
from models.drafters.grounded import GroundedDrafter
from models.drafters.grounding import GroundingCheck, Thresholds
from models.drafters.language import LanguageDrafter
from models.drafters.local_model import LocalModel
from models.drafters.text_model import AnswerLimits, TextModel
from models.drafters.types import Draft, Drafter, KnowledgeItem, SentenceKind
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder

_FIRST_FEW = 5
_TAKEN_ONE_BY_ONE = 60  # items of a set, up to which each is taken away in turn
_TIMED = 60  # questions of a set that time is measured on
_SMOKE = 6  # questions for a model that can say nothing
_NO_CORPORA = Skip("forum_qa, service_chat, civic_replies", "Set ZHONGSHENG_DATA to the folder of the public corpora.")
_NO_MODEL = Skip("a language model", "Set ZHONGSHENG_DRAFTER to transformers:<folder> or openai:<url>#<model>.")


def run_drafts(
    *,
    encoder: str | Encoder = "e5",
    sets: Sequence[KnowledgeSet] | None = None,
    model: TextModel | None = None,
    out: Path = REPORTS,
    progress: Progress | None = None,
) -> Path:
    """Score drafting and write a report; returns its Markdown file (the JSON lies beside it).

    sets: by default the bundled sample, and the public corpora where they are on this machine. `model` words replies
    to the first set as well, beside the grounded drafter. Raises EvaluationError.
    """
    plain = load_encoder(encoder) if isinstance(encoder, str) else encoder
    known = RememberingEncoder(plain)
    corpora = load_reply_sets() if sets is None else []
    skipped = [_NO_CORPORA] if sets is None and not corpora else []
    sets = [load_sample_questions(), *corpora] if sets is None else sets
    skipped += [] if model else [_NO_MODEL]
    parts = len(sets) + 2
    scores = []
    for done, one in enumerate(sets):
        if progress:
            progress(one.name, done, parts)
        scores.append(score_drafts(one, known, model if done == 0 else None, plain=plain))
    if progress:
        progress("grounding check", parts - 2, parts)
    checked = check_scores(known)
    if progress:
        progress("injections", parts - 1, parts)
    result = DraftsResult(tuple(scores), checked, injection_scores(known), _smoke(sets[0], known))
    if progress:
        progress("done", parts, parts)
    odds, least = judgement(), Thresholds()
    report = Report(
        suite="drafts",
        title="Drafted replies",
        body=sections(result),
        result=result,
        encoder=known.identity,
        data=[source for one in sets for source in one.sources],
        skipped=skipped,
        parameters={
            "answers from log-odds": round(odds.answer, 4),
            "bias (fitted on other texts)": round(odds.bias, 4),
            "grounding: told": least.told,
            "grounding: told, where near": least.told_near,
            "grounding: near": least.near,
            "grounding: weakest clause": least.weakest,
        },
    )
    return write_report(report, out)


def score_drafts(
    one: KnowledgeSet, encoder: Encoder, model: TextModel | None = None, *, plain: Encoder | None = None
) -> SetScore:
    """Find, and where some questions have no answer also draft, for every question of a set.

    `encoder` may remember its vectors; `plain` is the one without memory, which time is measured with.
    """
    start = time.perf_counter()
    grounded = GroundedDrafter(encoder)
    retrieval = _retrieval(one, grounded)
    answers = []
    if any(not asked.answer for asked in one.asked):
        unremembered = GroundedDrafter(plain or encoder)
        timed = replace(_answers(one, grounded, encoder), milliseconds=_milliseconds(one, unremembered))
        answers.append(timed)
        if model is not None:
            answers.append(_answers(one, LanguageDrafter(model, unremembered), encoder))
    return SetScore(one.name, len(one.items), retrieval, tuple(answers), time.perf_counter() - start)


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


def _answers(one: KnowledgeSet, drafter: Drafter, encoder: Encoder) -> AnswerScore:
    start = time.perf_counter()
    drafts = list(zip(one.asked, drafter.draft_all([asked.question for asked in one.asked], one.items), strict=True))
    seconds = time.perf_counter() - start
    answerable = [(asked, draft) for asked, draft in drafts if asked.answer]
    answered = [(asked, draft) for asked, draft in answerable if not draft.needs_person]
    right = [_first_source(draft) == asked.answer for asked, draft in answered]
    by_check, by_quotation, share = _grounded([draft for _, draft in drafts], one.items, GroundingCheck(encoder))
    struck = [sum(sentence.kind is SentenceKind.STRUCK for sentence in draft.sentences) for _, draft in drafts]
    return AnswerScore(
        drafter=drafter.name,
        answerable=len(answerable),
        unanswerable=len(drafts) - len(answerable),
        answered=_share([not draft.needs_person for _, draft in answerable]),
        right_source=sum(right) / max(len(answerable), 1),
        wrong_source=1 - _share(right) if right else 0.0,
        declined=_share([draft.needs_person for asked, draft in drafts if not asked.answer]),
        grounded=_share(by_check),
        quoted=_share(by_quotation),
        quoted_share=share,
        struck=sum(struck) / len(drafts),
        fallen_back=_share([draft.drafter != drafter.name for _, draft in drafts]),
        declined_without=_declined_without(one, drafter) if isinstance(drafter, GroundedDrafter) else None,
        milliseconds=1000 * seconds / len(drafts),
    )


def _milliseconds(one: KnowledgeSet, drafter: Drafter) -> float:
    """A draft of the set's first questions, the knowledge being read: the drafter must not know their vectors."""
    first, *asked = [asked.question for asked in one.asked[: _TIMED + 1]]
    drafter.draft(first, one.items)
    start = time.perf_counter()
    drafter.draft_all(asked, one.items)
    return 1000 * (time.perf_counter() - start) / max(len(asked), 1)


def _grounded(
    drafts: Sequence[Draft], items: Sequence[KnowledgeItem], check: GroundingCheck
) -> tuple[list[bool], list[bool], float]:
    """Of the statements that stand, whether their source says them: by the check, by quotation; its mean share."""
    by_id = {item.id: item for item in items}
    checked, quoted, shares = [], [], []
    for draft in drafts:
        for sentence in draft.standing:
            if sentence.kind is SentenceKind.GROUNDED:
                sources = [by_id[source] for source in sentence.sources]
                bodies = [f"{source.title}：{source.body}" for source in sources]
                checked.append(check.verdict(sentence.text, sources).stands)
                quoted.append(any(is_quoted(sentence.text, body) for body in bodies))
                shares.append(best_quoted(sentence.text, bodies))
    return checked, quoted, sum(shares) / max(len(shares), 1)


def _declined_without(one: KnowledgeSet, drafter: Drafter) -> float | None:
    """A small set's knowledge loses one item after the other; its questions should then be declined."""
    if len(one.items) > _TAKEN_ONE_BY_ONE:
        return None
    declined = []
    for missing in sorted({asked.answer for asked in one.asked if asked.answer}):
        rest = [item for item in one.items if item.id != missing]
        declined += [drafter.draft(asked.question, rest).needs_person for asked in one.asked if asked.answer == missing]
    return _share(declined)


def _smoke(one: KnowledgeSet, encoder: Encoder) -> AnswerScore:
    """A causal model with chance for weights, from its folder: it can say nothing, and the grounded drafts stay."""
    few = KnowledgeSet(one.name, one.items, tuple(asked for asked in one.asked if asked.answer)[:_SMOKE])
    with tempfile.TemporaryDirectory() as folder:
        model = LocalModel(str(tiny_causal_model(Path(folder) / "tiny")))
        drafter = LanguageDrafter(model, GroundedDrafter(encoder), limits=AnswerLimits(tokens=32))
        return _answers(few, drafter, encoder)


def _first_source(draft: Draft) -> str:
    return next((source for sentence in draft.standing for source in sentence.sources), "")


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0
