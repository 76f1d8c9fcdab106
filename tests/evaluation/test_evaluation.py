"""Labelled sets are read as they are meant, scores mean what they say, and reports name what made them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation import EvaluationError
from evaluation.datasets import data_folder, known_sets, load, load_file, load_sample
from evaluation.metrics import agreement, theme_of_posts
from evaluation.themes_suite import run_themes
from nlp.types import Intent, Mention, MinedMention
from tests.hashing_encoder import HashingEncoder


def _mined(post: str, theme: str | None, strength: float) -> MinedMention:
    return MinedMention(Mention(post, 0, "t", "t"), "k", Intent.PAIN_POINT, 1.0, 0.5, theme, strength)


def test_a_posts_theme_is_where_its_strength_lies() -> None:
    mentions = [
        _mined("a", "x", 0.4),
        _mined("a", "y", 0.3),
        _mined("a", "y", 0.3),
        _mined("b", None, 0),
        _mined("d", "z", 0),
    ]
    assert theme_of_posts(mentions, ["a", "b", "c", "d"]) == ["y", "", "", "z"]


def test_agreement_of_the_same_partition_is_one_and_of_none_is_zero() -> None:
    same = agreement(["a", "a", "b", "b", ""], ["2", "2", "1", "1", ""])
    assert (same.ami, same.ari, same.coverage, same.labels, same.found) == pytest.approx((1, 1, 0.8, 2, 2))
    nothing = agreement(["a", "a", "b", "b"], [""] * 4)
    assert (nothing.ami, nothing.coverage, nothing.found) == pytest.approx((0, 0, 0))


def test_posts_without_a_label_count_in_one_score_and_not_in_the_other() -> None:
    scored = agreement(["a", "a", "b", "b", "", ""], ["1", "1", "2", "2", "1", "2"])
    assert scored.labelled_ami == pytest.approx(1)
    assert scored.ami < 0.8


def test_the_sample_loads_whole_with_its_gold() -> None:
    sample = load_sample()
    assert len(sample.documents) >= 600
    assert len(set(sample.labels) - {""}) >= 20
    assert len({document.id for document in sample.documents}) == len(sample.documents)
    assert sum(document.author != "" for document in sample.documents) == len(sample.documents)


def test_a_csv_with_a_label_column_is_a_set(tmp_path: Path) -> None:
    path = tmp_path / "my.csv"
    path.write_text("内容,标签\n充电发烫,充电\n相机模糊,相机\n", encoding="utf-8-sig")
    found = load_file(path)
    assert [(d.text, label) for d, label in zip(found.documents, found.labels, strict=True)] == [
        ("充电发烫", "充电"),
        ("相机模糊", "相机"),
    ]


def test_json_lines_with_named_columns_are_a_set(tmp_path: Path) -> None:
    path = tmp_path / "my.jsonl"
    path.write_text('{"words": "充电发烫", "kind": 3}\n\n{"words": "卡", "kind": null}\n', encoding="utf-8")
    found = load_file(path, text="words", label="kind")
    assert found.labels == ("3", "")


def test_labels_in_a_file_of_their_own_are_joined_by_id(tmp_path: Path) -> None:
    posts = tmp_path / "posts.jsonl"
    rows = [
        {"id": f"p{i}", "author": "a", "time": "2026-08-01T10:00:00+08:00", "text": f"第{i}个问题"} for i in range(3)
    ]
    posts.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    labels = tmp_path / "labels.csv"
    labels.write_text("id,label\np2,乙\np0,甲\n", encoding="utf-8")
    found = load_file(posts, labels)
    assert [(d.id, label) for d, label in zip(found.documents, found.labels, strict=True)] == [
        ("p0", "甲"),
        ("p2", "乙"),
    ]


@pytest.mark.parametrize(
    ("content", "word"),
    [("a,b\n1,2\n", "no text column"), ("text,b\n1,2\n", "no label column"), ("text,label\n", "no rows")],
)
def test_a_file_without_what_is_needed_says_what_is_needed(tmp_path: Path, content: str, word: str) -> None:
    path = tmp_path / "my.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError, match=word):
        load_file(path)


def test_unknown_sets_and_missing_files_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="known: sample"):
        load("nothing")
    with pytest.raises(EvaluationError, match="does not exist"):
        load_file(tmp_path / "none.csv")
    with pytest.raises(EvaluationError, match="exactly one input"):
        run_themes(labels=tmp_path / "labels.csv")


def test_corpora_are_labelled_as_documented() -> None:
    if not (data_folder() / "mi_proposals.csv").exists():
        pytest.skip(f"public corpora are not at {data_folder()}")
    found = load("mi_proposals")
    assert 400 <= len(found.documents) <= 500
    assert "MIUI系统" not in found.labels
    assert {"mi_proposals", "car_complaints"} <= set(known_sets())


def test_a_run_writes_a_report_that_names_data_encoder_and_machine(tmp_path: Path) -> None:
    kinds = {"充电": "充电的时候手机发烫得厉害", "相机": "相机拍照模糊对不上焦", "网络": "网络信号断流连不上基站"}
    rows = [f"{text}{'啊呀哦嗯'[i % 4] * (i // 4 + 1)}吧,{kind}" for kind, text in kinds.items() for i in range(8)]
    path = tmp_path / "kinds.csv"
    path.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    seen: list[tuple[str, int, int]] = []
    report = run_themes(
        [path], encoder=HashingEncoder(), out=tmp_path / "out", progress=lambda *step: seen.append(step)
    )
    text = report.read_text(encoding="utf-8")
    for named in ("kinds.csv", "hashing", "numpy", "cores"):
        assert named in text
    stored = json.loads(report.with_suffix(".json").read_text(encoding="utf-8"))
    assert stored["result"]["scores"][0]["runs"][0]["posts"] == 24
    assert stored["result"]["scores"][0]["runs"][0]["ami"] > 0.5
    assert seen[-1] == ("kinds.csv", 1, 1)
