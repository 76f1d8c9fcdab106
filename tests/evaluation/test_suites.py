"""The table of suites is whole: each has a command, explains itself, and says why where it cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.evaluate import evaluate_commands
from evaluation import SUITES, EvaluationError
from evaluation.suites import Need, Suite, SuiteRequest, suite_named

_REQUIRED = {"themes", "speed", "stability", "assign", "intent", "demand", "drafts", "ablation"}


def test_names_are_distinct_and_nothing_is_missing() -> None:
    names = [suite.name for suite in SUITES]
    assert len(set(names)) == len(names)
    assert set(names) >= _REQUIRED


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_every_suite_has_a_command_that_explains_it(suite: Suite) -> None:
    shown = CliRunner().invoke(evaluate_commands, [suite.name, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert suite.about[:40] in shown.output


def test_a_suite_without_its_corpora_is_skipped_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZHONGSHENG_DATA", str(tmp_path / "nowhere"))
    assert Need.CORPORA in suite_named("speed").needs
    shown = CliRunner().invoke(evaluate_commands, ["speed", "--out", str(tmp_path / "reports")], env={"COLUMNS": "400"})
    assert shown.exit_code == 0
    assert "speed skipped" in shown.output
    assert "ZHONGSHENG_DATA" in shown.output
    assert not (tmp_path / "reports").exists()


def test_a_suite_without_its_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    suite = Suite("toy", "a toy", lambda request: request.out, needs=(Need.PEERS,))
    assert "pip install 'zhongsheng[peers]'" in suite.missing()


def test_all_goes_on_after_a_suite_that_fails_and_says_so_in_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(request: SuiteRequest) -> Path:
        raise EvaluationError("no such set")

    def sound(request: SuiteRequest) -> Path:
        report = request.out / "sound.md"
        report.write_text("all is well", encoding="utf-8")
        return report

    monkeypatch.setattr("api.cli.evaluate.SUITES", (Suite("broken", "", broken), Suite("sound", "", sound)))
    shown = CliRunner().invoke(evaluate_commands, ["all", "--out", str(tmp_path)])
    assert "broken failed: no such set" in shown.output
    assert "all is well" in shown.output
    assert shown.exit_code == 1
