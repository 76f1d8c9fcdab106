"""A report says what was measured on what, where and with what; its plots and its JSON say the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evaluation.plots import Curve, curves, grouped_bars
from evaluation.provenance import data_source, environment
from evaluation.report import Report, Skip, table, write_report
from models.encoders.protocol import EncoderIdentity


@dataclass(frozen=True)
class _Found:
    answer: int


def _report(tmp_path: Path) -> Report:
    data = tmp_path / "posts.csv"
    data.write_text("text\n充电发烫\n", encoding="utf-8")
    return Report(
        suite="toy",
        title="A toy",
        body=["It is so."],
        result=_Found(42),
        encoder=EncoderIdentity("e", "r7", 8, "0" * 64),
        data=[data_source("posts", data, 1)],
        parameters={"dial": 3},
        skipped=[Skip("peers", "pip install them")],
        plots=[curves("line", "A line", [Curve("us", [1, 2], [3, 4])], x_unit="posts", y_unit="s")],
        made=datetime(2026, 3, 1, 9, tzinfo=UTC),
    )


def test_people_read_data_encoder_versions_machine_and_what_was_skipped(tmp_path: Path) -> None:
    report = _report(tmp_path)
    target = write_report(report, tmp_path / "reports")
    text = target.read_text("utf-8")
    digest = hashlib.sha256((tmp_path / "posts.csv").read_bytes()).hexdigest()
    for said in ("# A toy", "It is so.", "posts.csv", digest[:16], "revision r7", "GiB", "Skipped: peers", "`dial`: 3"):
        assert said in text
    assert f"numpy {environment().libraries['numpy']}" in text
    assert "![A line](toy-20260301T090000Z-line.svg)" in text
    assert (tmp_path / "reports" / "toy-20260301T090000Z-line.svg").read_bytes().startswith(b"<?xml")


def test_programs_read_the_same(tmp_path: Path) -> None:
    stored = json.loads(write_report(_report(tmp_path), tmp_path).with_suffix(".json").read_text("utf-8"))
    assert stored["result"] == {"answer": 42}
    assert stored["skipped"] == [{"what": "peers", "why": "pip install them"}]
    assert stored["data"][0]["rows"] == 1
    assert len(stored["data"][0]["sha256"]) == 64
    assert stored["environment"]["machine"]["cores"] >= 1
    assert stored["plots"] == ["toy-20260301T090000Z-line.svg"]


def test_a_result_that_is_no_dataclass_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="toy is no dataclass"):
        write_report(Report(suite="toy", title="t", body=[], result={"a": 1}), tmp_path)


def test_a_bar_in_a_cell_cannot_break_the_table() -> None:
    assert table(["set", "n"], [["a|b", "1"]]) == ["| set | n |", "| --- | ---: |", "| a b | 1 |"]


def test_a_plot_of_the_same_figures_is_the_same_file() -> None:
    def drawn() -> bytes:
        return grouped_bars("b", "Bars", groups=["x", "充电"], bars={"us": [1.0, None]}, unit="AMI").svg

    assert drawn() == drawn()


def test_labels_the_font_may_lack_become_numbers(recwarn: pytest.WarningsRecorder) -> None:
    grouped_bars("b", "Bars", groups=["充电.csv"], bars={"us": [1.0]}, unit="AMI")
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]
