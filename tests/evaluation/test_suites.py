"""The table of suites is whole: each has a command, explains itself, and says why where it cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.evaluate import evaluate_commands
from evaluation import SUITES
from evaluation.suites import Need, Suite, suite_named

_REQUIRED = {"themes", "speed", "ablation", "intent", "drafts"}


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
