"""The drafts suite measures what it says: on a made-up set, and on the bundled sample's files."""

from __future__ import annotations

import json
from pathlib import Path

from evaluation.drafts_suite import run_drafts, score_drafts
from evaluation.knowledge_sets import AskedQuestion, KnowledgeSet, load_sample_questions
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question
from tests.hashing_encoder import HashingEncoder

LOCK = KnowledgeItem("lock", KnowledgeKind.FAQ, "门锁没电了怎么开门", "面板下方有应急口，接充电宝即可开门。")
BAND = KnowledgeItem("band", KnowledgeKind.FAQ, "手环能否游泳", "手环可以戴着在泳池游泳。")
TOY = KnowledgeSet(
    "toy",
    (LOCK, BAND),
    (
        AskedQuestion(Question("门锁没电了怎么开门"), "lock"),
        AskedQuestion(Question("手环能否游泳"), "band"),
        AskedQuestion(Question("发票抬头填错了可以改吗"), ""),
    ),
)


def test_right_answers_and_honest_refusals_count_in_full() -> None:
    score = score_drafts(TOY, HashingEncoder())
    assert score.answers is not None
    assert (score.answers.answerable, score.answers.unanswerable) == (2, 1)
    assert score.answers.right_source == score.answers.declined == score.answers.grounded == 1.0
    assert score.answers.wrong_source == 0.0
    assert score.answers.declined_without == 1.0
    assert all(way.at_1 == way.at_5 == 1.0 for way in score.retrieval)


def test_a_wrong_source_and_a_needless_answer_show() -> None:
    swapped = (AskedQuestion(Question("门锁没电了怎么开门"), "band"), AskedQuestion(Question("手环能否游泳"), ""))
    answers = score_drafts(KnowledgeSet("swapped", (LOCK, BAND), swapped), HashingEncoder()).answers
    assert answers is not None
    assert (answers.answered, answers.right_source, answers.wrong_source, answers.declined) == (1.0, 0.0, 1.0, 0.0)


def test_the_report_is_written_for_people_and_for_comparison(tmp_path: Path) -> None:
    target = run_drafts(encoder=HashingEncoder(), sets=[TOY], out=tmp_path)
    assert "unanswerable questions declined: **100.0%** of 1" in target.read_text("utf-8")
    kept = json.loads(target.with_suffix(".json").read_text("utf-8"))
    assert kept["result"]["scores"][0]["answers"]["right_source"] == 1.0


def test_the_sample_has_its_questions_and_their_conversations() -> None:
    sample = load_sample_questions()
    answered = [asked for asked in sample.asked if asked.answer]
    assert (len(sample.asked), len(answered), len(sample.items)) == (86, 55, 33)
    assert {asked.answer for asked in answered} <= {item.id for item in sample.items}
    assert any(asked.question.before for asked in sample.asked)
