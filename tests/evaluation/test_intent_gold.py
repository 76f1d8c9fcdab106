"""The hand-labelled mentions: drawn alike by everyone, found again, drift noticed, scored by hand-made numbers."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation import intent_suite
from evaluation.datasets import DATA_VARIABLE, data_folder
from evaluation.errors import EvaluationError
from evaluation.intent_gold import CORPORA, GOLD, GoldCorpus, GoldLabel, find_gold, read_labels, text_hash, write_gold
from evaluation.intent_gold_draw import draw
from evaluation.intent_gold_score import compare, score_gold, section, skips
from nlp.types import Document, Intent
from tests.hashing_encoder import HashingEncoder

TINY = {"notes.csv": GoldCorpus("text", 3, lambda row: row["by"] == "user")}
TEXTS = ("请问怎么关闭锁屏广告", "早上好", "希望增加小窗", "屏幕总是闪", "谢谢", "声音真好听")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with (tmp_path / "notes.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("by", "text"))
        writer.writerows(("user", text) for text in TEXTS)
        writer.writerows(("staff", "您好，请稍等") for _ in range(20))
    return tmp_path


def label(row: int, intent: Intent, **changes: object) -> GoldLabel:
    return replace(GoldLabel("notes.csv", row, 0, text_hash(TEXTS[row]), intent, None, False), **changes)  # type: ignore[arg-type]


def test_a_draw_is_the_same_every_time_and_passes_over_unwanted_rows(folder: Path) -> None:
    first = draw(folder, TINY)
    assert [one.hash for one in first] == [one.hash for one in draw(folder, TINY)]
    assert len({one.row for one in first}) == 3
    assert all(one.row < len(TEXTS) for one in first)
    assert [one.row for one in first] != [one.row for one in draw(folder, TINY, seed="another")]


def test_a_larger_draw_keeps_the_smaller(folder: Path) -> None:
    larger = {"notes.csv": replace(TINY["notes.csv"], mentions=5)}
    assert [one.row for one in draw(folder, larger)][:3] == [one.row for one in draw(folder, TINY)]


def test_a_text_that_comes_twice_is_drawn_once(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("by,text\n" + "user,屏幕总是闪\n" * 6, encoding="utf-8")
    assert len(draw(tmp_path, TINY)) == 1


def test_labels_come_back_as_they_were_stored(tmp_path: Path) -> None:
    labels = (label(0, Intent.QUESTION, second=Intent.REQUEST, hard=True), label(1, Intent.CHATTER))
    write_gold(labels, tmp_path / "gold.csv")
    assert read_labels(tmp_path / "gold.csv") == labels


def test_a_strange_label_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "gold.csv").write_text(
        "file,row,mention,hash,label,second,hard\nnotes.csv,0,0,abc,greeting,,0\n", encoding="utf-8"
    )
    with pytest.raises(EvaluationError, match=r"line 2.*greeting"):
        read_labels(tmp_path / "gold.csv")


def test_changed_texts_and_places_that_are_gone_are_drift_and_not_scored(folder: Path) -> None:
    labels = (
        label(0, Intent.QUESTION),
        label(1, Intent.CHATTER, hash="0" * 12),
        label(2, Intent.REQUEST, ordinal=7),
        replace(label(3, Intent.PAIN_POINT), row=999),
    )
    gold = find_gold(labels, folder, TINY)
    assert [mention.text for mention in gold.mentions] == [TEXTS[0]]
    assert gold.drifted == labels[1:]
    assert "notes.csv: 3" in skips(gold)[0].why
    assert score_gold(gold, HashingEncoder()).drifted == 3


def test_a_corpus_that_is_not_here_is_told_and_not_called_drift(tmp_path: Path) -> None:
    gold = find_gold((label(0, Intent.QUESTION),), tmp_path, TINY)
    assert gold.missing_files == ("notes.csv",)
    assert not gold.drifted
    assert "notes.csv" in skips(gold)[0].why
    with pytest.raises(EvaluationError):
        score_gold(gold, HashingEncoder())


def test_scores_are_those_counted_by_hand() -> None:
    labels = (
        label(0, Intent.QUESTION),
        label(1, Intent.CHATTER),
        label(2, Intent.REQUEST, second=Intent.PAIN_POINT, hard=True),
        label(3, Intent.PAIN_POINT),
    )
    score = compare(labels, [Intent.QUESTION, Intent.PAIN_POINT, Intent.PAIN_POINT, Intent.PAIN_POINT])
    by_name = {one.name: one for one in score.classes}
    assert by_name["pain_point"].precision == pytest.approx(1 / 3)
    assert by_name["pain_point"].recall == 1
    assert by_name["pain_point"].f1 == pytest.approx(0.5)
    assert by_name["praise"].f1 == 0
    assert score.macro_f1 == pytest.approx((0.5 + 0 + 1 + 0 + 0) / 5)
    assert (score.accuracy, score.defensible) == (0.5, 0.75)
    assert score.clear_accuracy == pytest.approx(2 / 3)
    assert score.hard_accuracy == 0
    assert sum(map(sum, score.confusion)) == 4
    assert score.files[0].right == 2
    assert "macro-F1 0.300 (4 mentions)" in "\n".join(section(score))


def test_the_classifier_reads_each_mention_by_itself(folder: Path) -> None:
    gold = find_gold((label(0, Intent.QUESTION), label(1, Intent.CHATTER), label(2, Intent.REQUEST)), folder, TINY)
    assert score_gold(gold, HashingEncoder()).accuracy == 1


def test_the_labels_in_the_repository_are_enough_each_once_and_hold_no_text() -> None:
    labels = read_labels()
    assert len(labels) >= 640
    assert len({(one.file, one.row, one.ordinal) for one in labels}) == len(labels)
    assert min(Counter(one.label for one in labels)[intent] for intent in Intent) >= 60
    assert Counter(one.file for one in labels) == {file: corpus.mentions for file, corpus in CORPORA.items()}
    assert not any("\u4e00" <= char <= "\u9fff" for char in GOLD.read_text(encoding="utf-8"))
    assert all(one.second is not one.label for one in labels)


def test_nearly_all_labels_are_found_in_the_corpora() -> None:
    folder = data_folder()
    if not all((folder / file).exists() for file in CORPORA):
        pytest.skip(f"the public corpora are not at {folder}")
    gold = find_gold(read_labels(), folder)
    assert len(gold.drifted) <= 0.02 * len(read_labels()), "cleaning or splitting changed: look at the labels again"


def test_the_suite_scores_the_labelled_mentions_beside_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "forum_qa.csv").write_text("time,question\n,请问怎么关闭锁屏广告\n,早上好\n", encoding="utf-8")
    asked = GoldLabel("forum_qa.csv", 0, 0, text_hash("请问怎么关闭锁屏广告"), Intent.QUESTION, None, False)
    labels = (asked, replace(asked, row=1), replace(asked, file="chit_chat.csv"))
    sample = intent_suite.IntentSet("tiny", (Document("1", "早上好"),), ("chatter",))
    monkeypatch.setattr(intent_suite, "read_labels", lambda: labels)
    monkeypatch.setattr(intent_suite, "load_sample_intents", lambda: sample)
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    steps: list[tuple[str, int, int]] = []
    report = intent_suite.run_intent(
        encoder=HashingEncoder(), out=tmp_path, progress=lambda *step: steps.append(step)
    ).read_text(encoding="utf-8")
    assert "(1 mentions)" in report
    assert "**Skipped: 1 hand-labelled mentions.**" in report
    assert "chit_chat.csv; set ZHONGSHENG_DATA" in report
    assert steps[-1][1:] == (2, 2)


def test_without_the_corpora_the_suite_says_that_it_skips_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = intent_suite.IntentSet("tiny", (Document("1", "早上好"),), ("chatter",))
    monkeypatch.setattr(intent_suite, "load_sample_intents", lambda: sample)
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "nowhere"))
    report = intent_suite.run_intent(encoder=HashingEncoder(), out=tmp_path).read_text(encoding="utf-8")
    assert "**Skipped: hand-labelled mentions" in report
    assert "## Hand-labelled mentions" not in report
