"""The demo runs the whole loop on the sample, starts afresh each time, and touches nothing that is not its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from review.accounts import authenticate
from review.principals import Role
from store.database import Database
from store.tables import Draft, Job, Knowledge, Post, Proposal, Theme


def _demo(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ZHONGSHENG_")}
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "demo", "--no-serve", "--encoder", "static"],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(Path(__file__).parents[2]), "ZHONGSHENG_DRAFT_ENCODER": "static"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.slow
@pytest.mark.timeout(700)
def test_the_demo_leaves_a_ranked_drafted_routed_store_a_report_and_people_who_can_sign_in(tmp_path: Path) -> None:
    state = tmp_path / ".zhongsheng" / "demo"
    state.mkdir(parents=True)
    (state / "demo").touch()  # an earlier demo
    (state / "zhongsheng.sqlite").write_text("left over from an earlier demo")
    done = _demo(tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/not-the-demos-business")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.html").read_text("utf-8").count('<li class="theme">') >= 10
    for shown in ("Theme", "People", "Growth", "Severity", "Score"):
        assert shown in done.stdout
    database = Database(f"sqlite:///{state / 'zhongsheng.sqlite'}")
    with database.session() as session:
        count = {
            table.__name__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Post, Theme, Draft, Proposal, Knowledge)
        }
        assert count["Post"] >= 600
        assert count["Theme"] >= 10
        assert count["Proposal"] == 8
        assert count["Knowledge"] > 10
        assert count["Draft"] > 50
        assert session.scalar(select(func.count()).select_from(Draft).where(Draft.needs_person.is_(False))) > 5
        assert set(session.scalars(select(Job.status))) == {"succeeded"}
        passwords = dict(re.findall(r"(pm|moderator)\s+((?:[a-z0-9]{4}-){3}[a-z0-9]{4})", done.stdout))
        roles = {name: authenticate(session, name, password) for name, password in passwords.items()}
        assert {name: principal.role for name, principal in roles.items() if principal} == {
            "pm": Role.PRODUCT_MANAGER,
            "moderator": Role.MODERATOR,
        }
    database.dispose()


def test_a_state_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    state = tmp_path / ".zhongsheng" / "demo"
    state.mkdir(parents=True)
    (state / "precious.sqlite").write_text("somebody's work")
    done = _demo(tmp_path)
    assert done.returncode == 2
    assert "move it away" in done.stderr
    assert (state / "precious.sqlite").read_text() == "somebody's work"
