"""The drafts suite measures what it says: on a made-up set, and on the bundled sample's files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pytest

from evaluation.drafts_suite import run_drafts, score_drafts
from evaluation.independent_grounding import is_quoted, quoted_share
from evaluation.knowledge_sets import AskedQuestion, KnowledgeSet, load_sample_questions
from evaluation.remembering import RememberingEncoder
from evaluation.reply_sets import load_reply_sets
from models.drafters.recipes.claims import in_half
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question
from tests.hashing_encoder import HashingEncoder
from tests.scripted_model import ScriptedModel

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
    (answers,) = score.answers
    assert (answers.drafter, answers.answerable, answers.unanswerable) == ("grounded", 2, 1)
    assert answers.right_source == answers.declined == answers.grounded == answers.quoted == 1.0
    assert answers.wrong_source == answers.struck == answers.fallen_back == 0.0
    assert answers.declined_without == 1.0
    assert all(way.at_1 == way.at_5 == 1.0 for way in score.retrieval)


def test_a_wrong_source_and_a_needless_answer_show() -> None:
    swapped = (AskedQuestion(Question("门锁没电了怎么开门"), "band"), AskedQuestion(Question("手环能否游泳"), ""))
    (answers,) = score_drafts(KnowledgeSet("swapped", (LOCK, BAND), swapped), HashingEncoder()).answers
    assert (answers.answered, answers.right_source, answers.wrong_source, answers.declined) == (1.0, 0.0, 1.0, 0.0)


def test_a_model_is_measured_beside_the_grounded_drafter() -> None:
    model = ScriptedModel("面板下方有应急口，接充电宝即可开门。[1]\n也可以打电话给我们开门。[1]")
    grounded, worded = score_drafts(TOY, HashingEncoder(), model).answers
    assert (grounded.drafter, worded.drafter) == ("grounded", "openai:scripted")
    assert worded.grounded == worded.quoted == 1.0
    assert worded.struck == pytest.approx(3 / 3)  # one of two sentences about the lock, both about the band
    assert worded.fallen_back == pytest.approx(2 / 3)  # the band's draft, and the question nobody can answer


def test_time_is_measured_with_vectors_that_nobody_remembers() -> None:
    class Counting(HashingEncoder):
        seen: ClassVar[list[str]] = []

        def encode(self, texts: Sequence[str], **options: Any) -> npt.NDArray[np.float32]:
            self.seen.extend(texts)
            return super().encode(texts, **options)

    score_drafts(TOY, RememberingEncoder(HashingEncoder()), plain=Counting())
    assert {asked.question.text for asked in TOY.asked} <= set(Counting.seen)


@pytest.mark.slow
def test_the_report_is_written_for_people_and_for_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHONGSHENG_DATA", str(tmp_path / "none"))
    target = run_drafts(encoder=HashingEncoder(), sets=[TOY], out=tmp_path)
    text = target.read_text("utf-8")
    assert "unanswerable questions declined: **100.0%** of 1" in text
    assert "(100.0%). The models behind" in text
    assert "Skipped: a language model" in text
    kept = json.loads(target.with_suffix(".json").read_text("utf-8"))["result"]
    assert kept["scores"][0]["answers"][0]["right_source"] == 1.0
    assert sum(score["hits"] for score in kept["injections"]) == 0
    assert {score["drafter"] for score in kept["injections"]} == {"grounded", "transformers", "openai"}
    assert kept["smoke"]["fallen_back"] == 1.0


def test_public_replies_become_sets_of_which_half_is_answered(tmp_path: Path) -> None:
    header = "time,question,answer\n"
    rows = [f"2017,第{n}个问题怎么办？,第{n}个回答写得足够长，也就可以算作一条知识了。\n" for n in range(100)]
    (tmp_path / "forum_qa.csv").write_text(header + "".join(rows) + "2017,短的,看文档\n", "utf-8")
    (one,) = load_reply_sets(tmp_path)
    kept = {asked.answer for asked in one.asked if asked.answer}
    assert one.name == "forum_qa"
    assert kept == {item.id for item in one.items}
    assert len(one.asked) - len(one.items) <= len(one.items) + 1
    assert all(in_half(asked.question.text, 1) for asked in one.asked)
    for asked in one.asked:
        if asked.answer:
            number = asked.question.text.removeprefix("第").split("个")[0]
            (item,) = [item for item in one.items if item.id == asked.answer]
            assert item.body.startswith(f"第{number}个")


def test_quotation_is_measured_in_one_run_of_the_source() -> None:
    source = "面板下方有应急口，接充电宝即可开门。电池一般可用十个月，没电前一周会提醒。"
    assert is_quoted("面板下方有应急口，可接充电宝开门。", source)
    assert not is_quoted("面板下方可用十个月会提醒开门。", source)
    assert not is_quoted("请把门锁寄回总部检测。", source)
    assert quoted_share("", source) == 0.0


def test_the_sample_has_its_questions_and_their_conversations() -> None:
    sample = load_sample_questions()
    answered = [asked for asked in sample.asked if asked.answer]
    assert (len(sample.asked), len(answered), len(sample.items)) == (86, 55, 33)
    assert {asked.answer for asked in answered} <= {item.id for item in sample.items}
    assert any(asked.question.before for asked in sample.asked)
