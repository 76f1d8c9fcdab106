"""Rows labelled by hand teach nothing under a weak label."""

from __future__ import annotations

import csv
from pathlib import Path

from evaluation.intent_gold import read_labels
from models.recipes.intent_withheld import LABELS, Withheld


def test_a_withheld_row_its_pieces_and_its_copies_are_left_out() -> None:
    withheld = Withheld.of(["MIUI13 小米11 相机总是闪退，希望尽快修复。", "好的"])
    assert "相机总是闪退，希望尽快修复。" in withheld
    assert "相机总是闪退" in withheld
    assert "，好的！" in withheld
    assert "修复" not in withheld  # a few characters of a row are no piece of it
    assert "相机总是黑屏" not in withheld


def test_rows_are_named_by_file_and_place(tmp_path: Path) -> None:
    rows = ["屏幕左边有一条绿线", "充电到八十就停了", "晚上相机拍不清楚"]
    with (tmp_path / "mi_suggestions.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["内容"], *([row] for row in rows)])
    names = tmp_path / "labels.csv"
    names.write_text("file,row\nmi_suggestions.csv,1\nabsent.csv,0\n", encoding="utf-8")
    withheld = Withheld.read(tmp_path, [names])
    assert [row in withheld for row in rows] == [False, True, False]


def test_what_teaches_and_what_measures_share_no_row_and_no_text() -> None:
    teaching, measuring = read_labels(LABELS), read_labels()
    assert not {(one.file, one.row) for one in teaching} & {(one.file, one.row) for one in measuring}
    assert not {one.hash for one in teaching} & {one.hash for one in measuring}
    assert len({(one.file, one.row, one.ordinal) for one in teaching}) == len(teaching)
