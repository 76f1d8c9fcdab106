"""Runs are weighed from outside, whole; the report puts contenders on the same posts side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from evaluation import speed_suite
from evaluation.contenders import BERTOPIC_REDUCED, US
from evaluation.errors import EvaluationError
from evaluation.fresh_process import Cost, measure

_HOLD = "import time; held = bytearray({size}); held[::4096] = b'x' * len(held[::4096]); time.sleep(0.8)"


def test_a_run_is_weighed_with_its_memory_and_its_children() -> None:
    child = _HOLD.format(size=96 * 2**20)
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); sum(range(3_000_000))"
    cost = measure([sys.executable, "-c", code])
    assert cost.peak_process_bytes > 96 * 2**20
    if sys.platform == "linux":
        assert cost.peak_tree_bytes > 96 * 2**20
    assert cost.cpu_seconds > 0
    assert cost.wall_seconds > 0.8


def test_a_run_that_fails_says_its_last_words() -> None:
    with pytest.raises(EvaluationError, match="no such luck"):
        measure([sys.executable, "-c", "raise SystemExit('no such luck')"])


class _Runs:
    """Stands in for processes: writes what they would write."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.fails_on = ""

    def __call__(self, command: Sequence[str | Path]) -> Cost:
        parts = [str(part) for part in command]
        self.commands.append(parts)
        if self.fails_on and self.fails_on in " ".join(parts):
            raise EvaluationError("killed for its memory")
        if "mine" in parts:
            folder = Path(parts[parts.index("--out") + 1])
            folder.mkdir(exist_ok=True)
            told = {"encoder": {"name": "e"}, "counts": {"themes": 7}, "timings": {"encode": 0.5}}
            (folder / "run.json").write_text(json.dumps(told), encoding="utf-8")
            return Cost(2.0, 3.0, 2**30, 2**31)
        told = {"topics": {"a": 0, "b": -1, "c": 1}, "seconds": {"fit": 20.0}}
        Path(parts[-1]).write_text(json.dumps(told), encoding="utf-8")
        return Cost(30.0, 40.0, 2**31, 2**31)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> _Runs:
    clauses = {"one.csv": tuple(f"第{at}条线路的公交车一直晚点" for at in range(40))}
    monkeypatch.setattr(speed_suite, "corpus_clauses", lambda folder: clauses)
    found = _Runs()
    monkeypatch.setattr(speed_suite, "measure", found)
    return found


def test_contenders_run_on_the_same_file_and_the_larger_sizes_are_ours_alone(
    runs: _Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.peers.missing", lambda: "")
    report = speed_suite.run_speed(encoder_name="use", beside=(10,), alone=(20,), out=tmp_path)
    warm, measured = runs.commands[:2], runs.commands[2:]
    assert all("warm-up.jsonl" in " ".join(command) for command in warm)
    assert ["mine" in command for command in measured] == [True, False, True]
    assert all("--encoder use" in " ".join(command) for command in measured if "mine" in command)
    stored = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert [(row["contender"], row["posts"]) for row in stored["result"]["rows"]] == [
        (US, 10),
        (BERTOPIC_REDUCED, 10),
        (US, 20),
    ]
    assert stored["result"]["rows"][1]["themes"] == 2
    assert [row["posts"] for row in stored["result"]["corpora"]] == [10, 20]
    assert len(stored["plots"]) == 2
    text = report.read_text("utf-8")
    assert "15.0 x" in text
    assert "40 distinct clauses" in text


def test_without_the_extra_we_run_alone_and_it_says_so(
    runs: _Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.peers.missing", lambda: "install it")
    report = speed_suite.run_speed(encoder_name="default", beside=(10,), alone=(), out=tmp_path)
    assert all("mine" in command for command in runs.commands)
    assert "**Skipped: peers.** install it" in report.read_text("utf-8")


def test_a_run_that_dies_is_told_and_does_not_take_the_others_with_it(
    runs: _Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.peers.missing", lambda: "")
    runs.fails_on = "synthetic-20.jsonl"
    report = speed_suite.run_speed(encoder_name="default", beside=(10, 20), alone=(), out=tmp_path)
    stored = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert [row["posts"] for row in stored["result"]["rows"]] == [10, 10]
    assert f"**Skipped: {US} at 20 posts.** killed for its memory" in report.read_text("utf-8")
    runs.fails_on = "warm-up"
    with pytest.raises(EvaluationError, match="killed for its memory"):
        speed_suite.run_speed(encoder_name="default", beside=(10,), alone=(), out=tmp_path)
