"""The command line: quick, clear, and with fitting exit codes whatever it is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.application import application
from api.cli.failures import explained
from models.encoders.sentence_transformer import ModelNotFoundError
from pipeline import mining
from pipeline.settings import Settings
from tests.corpus_maker import native_export

runner = CliRunner()


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ZHONGSHENG_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)


def _run(*arguments: str, stdin: str | None = None) -> Result:
    return runner.invoke(application, list(arguments), input=stdin)


def test_help_answers_without_loading_heavy_libraries() -> None:
    code = (
        "import sys; from api.cli.application import application; "
        "sys.exit(sum(name in sys.modules for name in ('torch', 'sklearn', 'sqlalchemy', 'dbos', 'numpy', 'fastapi')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_command_explains_itself() -> None:
    listed = _run("--help").output
    for command in (
        "demo",
        "mine",
        "ingest",
        "run",
        "serve",
        "worker",
        "user",
        "token",
        "doctor",
        "knowledge",
        "evaluate",
    ):
        assert command in listed
        assert _run(command, "--help").exit_code == 0
    assert _run("--version").output.startswith("zhongsheng 0.")


BAD = {
    "missing": (["nothing.csv"], "does not exist"),
    "directory": (["."], "is a directory"),
    "empty": (["empty.csv"], "is empty"),
    "no text": (["prices.csv"], "--map text="),
    "binary": (["image.csv"], "not"),
    "unknown format": (["good.jsonl", "--format", "fax"], "the formats are"),
    "bad map": (["good.csv", "--map", "nonsense"], "--map text="),
    "bad zone": (["good.jsonl", "--timezone", "Mars/Base"], "Asia/Shanghai"),
}


def _write_inputs(folder: Path) -> None:
    (folder / "empty.csv").write_bytes(b"")
    (folder / "prices.csv").write_text("价格,库存\n1,2\n3,4\n", "utf-8")
    (folder / "image.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(4000))
    (folder / "good.jsonl").write_bytes(native_export(12))
    (folder / "good.csv").write_text("编号,内容,时间\n1,充电很烫,2026-05-01 10:00:00\n", "utf-8")


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["mine", "ingest"])
def test_bad_input_ends_with_two_and_says_what_to_do(command: str, name: str, tmp_path: Path) -> None:
    _write_inputs(tmp_path)
    arguments, said = BAD[name]
    extra = ["--channel", "社区"] if command == "ingest" else ["--out", "results"]
    result = _run(command, *arguments, *extra)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output + result.stderr


def test_an_unexpected_failure_ends_with_one_and_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Settings) -> object:
        raise RuntimeError("the weights are torn")

    monkeypatch.setattr("pipeline.engines.local.open_encoder", broken)
    _write_inputs(tmp_path)
    result = _run("mine", "good.jsonl")
    assert result.exit_code == 1
    assert "the weights are torn" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_of_which_no_row_can_be_read_ends_with_two_and_keeps_the_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hashing_encoder import HashingEncoder

    monkeypatch.setattr("pipeline.engines.local.open_encoder", lambda _: HashingEncoder())
    _write_inputs(tmp_path)
    result = _run("mine", "good.csv", "--format", "qq_txt", "--out", "results")
    assert result.exit_code == 2
    assert "no post could be read (good.csv, line 1:" in " ".join(result.stderr.split())
    assert len((tmp_path / "results" / "rejected.csv").read_text("utf-8").splitlines()) > 1


def test_a_model_that_is_not_there_is_the_users_to_put_right() -> None:
    message, code = explained(ModelNotFoundError("no model 'x' on this machine: give a folder"))
    assert (message, code) == ("no model 'x' on this machine: give a folder", 2)


def test_a_channel_without_a_name_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    _write_inputs(tmp_path)
    result = _run("ingest", "good.jsonl", "--channel", "  ")
    assert result.exit_code == 2
    assert "the channel needs a name" in result.stderr
    assert not (tmp_path / ".zhongsheng").exists()


def test_a_database_url_that_is_none_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "host sekret")
    result = _run("run")
    assert result.exit_code == 2
    assert "DATABASE_URL is no URL" in result.stderr
    assert "sekret" not in result.stderr


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ZHONGSHENG_STATE", "file/state")
    result = _run("run")
    assert result.exit_code == 1
    assert "file/state" in result.stderr
    assert "Unexpected" not in result.stderr


def test_mine_writes_its_files_and_names_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hashing_encoder import HashingEncoder

    monkeypatch.setattr("pipeline.engines.local.open_encoder", lambda _: HashingEncoder())
    (tmp_path / "posts.jsonl").write_bytes(native_export())
    result = _run("mine", "posts.jsonl", "--out", "results")
    assert result.exit_code == 0, result.stderr
    assert "report.html" in result.output
    assert "3 rows were rejected" in result.stderr
    assert json.loads((tmp_path / "results" / "themes.json").read_text("utf-8"))
    assert not (tmp_path / ".zhongsheng").exists(), "no database, no state"


def test_a_dry_run_says_what_would_be_written_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_bytes(native_export())
    result = _run("ingest", "posts.jsonl", "--channel", "社区", "--dry-run")
    assert result.exit_code == 0, result.stderr
    assert "98" in result.output
    assert "95" in result.output
    assert "line 96" in result.output


@pytest.mark.slow
def test_ingest_reads_through_a_worker_and_twice_adds_nothing(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_bytes(native_export())
    (tmp_path / "one_column.csv").write_text("建议\n充电很烫\n锁屏收不到消息\n", "utf-8")  # known by its ending only
    assert _run("ingest", "one_column.csv", "--channel", "社区").exit_code == 0
    first = _run("ingest", "posts.jsonl", "--channel", "社区")
    assert first.exit_code == 0, first.stderr
    cells = first.output.split()
    assert [cells[cells.index("posts.jsonl") + n] for n in range(1, 5)] == ["98", "95", "0", "3"]
    assert "line 97" in first.output
    again = _run("ingest", "posts.jsonl", "--channel", "社区").output.split()
    assert [again[again.index("posts.jsonl") + n] for n in range(1, 5)] == ["98", "0", "95", "3"]


def test_a_user_is_added_with_a_password_from_a_pipe() -> None:
    result = _run("user", "add", "pm", "--role", "product_manager", "--password-stdin", stdin="correct horse battery\n")
    assert result.exit_code == 0, result.stderr
    assert "correct horse" not in result.output
    again = _run("user", "add", "pm", "--role", "admin", "--generate")
    assert again.exit_code == 2
    assert "already" in again.stderr


def test_a_password_nobody_knows_is_shown_once() -> None:
    result = _run("user", "add", "mod", "--role", "moderator", "--generate")
    password = result.output.split("shown once:")[1].strip()
    assert len(password) == 19
    weak = _run("user", "add", "other", "--role", "moderator", "--password-stdin", stdin="short\n")
    assert weak.exit_code == 2


def test_a_token_is_made_with_known_scopes_only_and_revoked() -> None:
    made = _run("token", "create", "crm", "--scope", "theme:read")
    assert made.exit_code == 0, made.stderr
    assert made.stdout.strip().startswith("zs_")
    identifier = next(word for word in made.stderr.split() if word.startswith("tok_"))
    assert _run("token", "revoke", identifier).exit_code == 0
    unknown = _run("token", "create", "crm", "--scope", "everything")
    assert unknown.exit_code == 2
    assert "theme:read" in unknown.stderr


def test_knowledge_is_imported_and_a_bad_line_changes_nothing(tmp_path: Path) -> None:
    good = {"id": "K1", "kind": "faq", "title": "充电发热", "body": "请使用原装充电器。", "updated_at": "2026-05-01"}
    (tmp_path / "good.jsonl").write_text(json.dumps(good, ensure_ascii=False) + "\n", "utf-8")
    assert "1 added" in _run("knowledge", "import", "good.jsonl").output
    assert "1 unchanged" in _run("knowledge", "import", "good.jsonl").output
    (tmp_path / "bad.jsonl").write_text(json.dumps(good | {"id": "K2"}) + "\n{broken\n", "utf-8")
    bad = _run("knowledge", "import", "bad.jsonl")
    assert bad.exit_code == 2
    assert "line 2" in bad.stderr
    assert "1 unchanged" in _run("knowledge", "import", "good.jsonl").output


def test_serve_refuses_a_port_in_use_and_the_demo_takes_the_next() -> None:
    import socket

    from api.cli.serve import free_port, next_free_port

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not free_port("127.0.0.1", port)
        assert next_free_port("127.0.0.1", port) > port
        result = _run("serve", "--port", str(port))
    assert result.exit_code == 2
    assert "in use" in result.stderr


def test_the_doctor_finds_nothing_amiss_and_names_what_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from hashing_encoder import HashingEncoder

    monkeypatch.setattr(mining, "open_encoder", lambda _: HashingEncoder())
    well = _run("doctor")
    assert well.exit_code == 0, well.output
    monkeypatch.setenv("ZHONGSHENG_SECRET", "short")
    ill = _run("doctor")
    assert ill.exit_code == 1
    assert "ZHONGSHENG_SECRET is too short" in ill.output


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHONGSHENG_PORT", "eighty")
    result = _run("doctor")
    assert result.exit_code == 2
    assert "port" in result.stderr


@pytest.mark.slow
def test_a_worker_ends_with_the_process_that_holds_its_leash(tmp_path: Path) -> None:
    from pipeline.worker_process import WorkerProcess
    from store.database import Database

    settings = Settings(state=tmp_path / "state")
    Database(settings.database).migrate()
    process = WorkerProcess(settings, log_file=tmp_path / "worker.log")
    process.start()
    first = process.pid
    assert first is not None
    deadline = time.monotonic() + 60
    while "worker started" not in (tmp_path / "worker.log").read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(first, 9)
    while process.pid == first and time.monotonic() < deadline:
        time.sleep(0.1)
    second = process.pid
    assert second != first, "a dead worker is started again"
    process.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(second or 0, 0)
