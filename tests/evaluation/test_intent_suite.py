"""Intents against labels: the sample joins, the score counts, strange labels are told."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from evaluation.errors import EvaluationError
from evaluation.intent_gold_score import CLASSES
from evaluation.intent_suite import IntentSet, load_sample_intents, run_intent, score_intents
from nlp.types import Document
from tests.hashing_encoder import HashingEncoder

DEVELOPMENT = Path(__file__).resolve().parents[2] / "evaluation" / "intent_development.csv"
EXAMPLES = DEVELOPMENT.parents[1] / "examples"


def test_every_gold_post_of_the_sample_is_found() -> None:
    with (EXAMPLES / "gold.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    sample = load_sample_intents()
    assert sorted(sample.intents) == sorted(row["intent"] for row in rows)


def test_a_post_read_right_counts_and_one_read_wrong_shows_in_the_confusion() -> None:
    documents = (Document("1", "请问怎么关闭锁屏广告"), Document("2", "早上好"), Document("3", "早上好"))
    score = score_intents(IntentSet("tiny", documents, ("question", "chatter", "praise")), HashingEncoder())
    assert score.f1["question"] == 1
    assert score.f1["praise"] == 0
    assert score.confusion[CLASSES.index("praise")][CLASSES.index("chatter")] == 1


def test_a_report_of_a_file_is_written_and_unknown_intents_are_told(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("text,intent\n早上好,chatter\n希望增加小窗,request\n", encoding="utf-8")
    bad.write_text("text,intent\n早上好,greeting\n", encoding="utf-8")
    report = run_intent([good], encoder=HashingEncoder(), out=tmp_path)
    assert "macro-F1" in report.read_text(encoding="utf-8")
    assert report.with_suffix(".json").exists()
    with pytest.raises(EvaluationError, match="greeting"):
        run_intent([bad], encoder=HashingEncoder(), out=tmp_path)


def test_development_texts_are_of_known_classes_distinct_and_none_is_of_the_sample() -> None:
    with DEVELOPMENT.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    texts = [row["text"] for row in rows]
    assert {row["intent"] for row in rows} == set(CLASSES)
    assert len(set(texts)) == len(texts)
    sample = "\n".join(document.text for document in load_sample_intents().documents)
    copied = [t for t in texts if len(t) >= 8 and any(t[i : i + 8] in sample for i in range(len(t) - 7))]
    assert not copied
