"""`user list`, `token list` and `digest`: what stands in the store, as a table, as JSON lines, as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.application import application


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZHONGSHENG_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("DATABASE_URL", raising=False)


def _run(*arguments: str) -> Result:
    result = CliRunner().invoke(application, arguments)
    assert result.exit_code == 0, result.output
    return result


def test_users_are_listed_without_anything_secret() -> None:
    _run("user", "add", "xiaoli", "--role", "moderator", "--generate")
    assert "xiaoli" in _run("user", "list").output
    (line,) = [json.loads(line) for line in _run("user", "list", "--json").output.splitlines()]
    assert (line["username"], line["role"], line["active"]) == ("xiaoli", "moderator", True)
    assert "password" not in " ".join(line)


def test_tokens_are_listed_with_their_state_and_never_their_secret() -> None:
    secret = _run("token", "create", "board", "--scope", "theme:read").stdout.strip().splitlines()[-1]
    listed = _run("token", "list", "--json").output
    assert secret not in listed
    (line,) = [json.loads(line) for line in listed.splitlines()]
    assert (line["name"], line["scopes"], line["state"]) == ("board", ["theme:read"], "active")
    _run("token", "revoke", line["id"])
    assert json.loads(_run("token", "list", "--json").output)["state"] == "revoked"


def test_the_digest_of_an_empty_store_says_what_to_do_first(tmp_path: Path) -> None:
    _run("digest", "--out", str(tmp_path / "week.html"), "--week", "2026-09-21")
    text = (tmp_path / "week.html").read_text(encoding="utf-8")
    assert "2026-09-21 至 2026-09-27" in text
    assert "先上传一份" in text
    assert "<script" not in text
