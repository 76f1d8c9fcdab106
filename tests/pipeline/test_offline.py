"""`mine_files` keeps the contract of its files, whatever the input holds."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.errors import EmptySourceError, NotAFileError, NoTextColumnError
from pipeline import offline
from pipeline.cells import original
from pipeline.offline import OfflineResult, OutputError, mine_files
from pipeline.settings import Settings
from tests.corpus_maker import native_export
from tests.hashing_encoder import HashingEncoder

THEME_FIELDS = {
    "id", "name", "keyphrases", "demand", "size", "authors", "parent", "quotes", "first_seen", "last_seen",
}  # fmt: skip


def _mine(tmp_path: Path, *contents: bytes, suffix: str = "jsonl") -> OfflineResult:
    paths = []
    for number, content in enumerate(contents):
        path = tmp_path / f"input{number}.{suffix}"
        path.write_bytes(content)
        paths.append(path)
    return mine_files(paths, tmp_path / "out", settings=Settings(), encoder=HashingEncoder())


def _rows(out: Path) -> list[dict[str, str]]:
    with (out / "assignments.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> OfflineResult:
    return _mine(tmp_path_factory.mktemp("mined"), native_export())


def test_every_post_has_a_row_and_every_theme_of_a_row_is_listed(mined: OfflineResult) -> None:
    rows = _rows(mined.out)
    themes = json.loads((mined.out / "themes.json").read_text("utf-8"))
    given = {f"p{number}" for number in range(90)} | {f"c{number}" for number in range(5)}
    assert list(rows[0]) == ["post_id", "mention", "theme_id", "strength"]
    assert given <= {row["post_id"] for row in rows}
    assert {row["theme_id"] for row in rows} - {""} <= {theme["id"] for theme in themes}
    assert len(themes) > 2
    assert all(0 <= float(row["strength"]) <= 1 for row in rows)


def test_themes_come_best_demand_first_with_all_that_the_contract_names(mined: OfflineResult) -> None:
    themes = json.loads((mined.out / "themes.json").read_text("utf-8"))
    scores = [theme["demand"]["score"] for theme in themes]
    assert scores == sorted(scores, reverse=True)
    for theme in themes:
        assert set(theme) >= THEME_FIELDS
        assert theme["parent"] is None or theme["parent"] in {other["id"] for other in themes}
        assert all(quote["post_id"] in {row["post_id"] for row in _rows(mined.out)} for quote in theme["quotes"])


def test_rejected_rows_are_listed_with_line_and_reason(mined: OfflineResult) -> None:
    with (mined.out / "rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [row["line"] for row in rejected] == ["96", "97", "98"]
    assert all(row["reason"] and row["raw"] for row in rejected)


def test_the_run_is_recorded_with_encoder_counts_and_timings(mined: OfflineResult) -> None:
    run = json.loads((mined.out / "run.json").read_text("utf-8"))
    assert run["encoder"]["name"] == "hashing"
    assert run["counts"]["posts"] == 95
    assert run["counts"]["rejected"] == 3
    assert {"read", "mine", "encode", "cluster"} <= set(run["timings"])
    assert run["sources"][0]["format"] == "jsonl"


def test_a_post_without_text_of_a_native_file_still_has_its_row(tmp_path: Path) -> None:
    lines = [
        '{"id": "full", "author": "a", "text": "充电的时候手机很烫"}',
        '{"id": "empty", "author": "a", "text": ""}',
        '{"id": 7, "author": "b"}',
    ]
    result = _mine(tmp_path, "\n".join(lines).encode())
    assert {row["post_id"] for row in _rows(result.out)} == {"full", "empty", "7"}


def test_two_files_may_use_the_same_ids_for_different_posts(tmp_path: Path) -> None:
    one = '{"id": "1", "author": "a", "text": "充电的时候手机很烫"}\n'
    other = '{"id": "1", "author": "b", "text": "锁屏之后收不到微信消息"}\n'
    result = _mine(tmp_path, one.encode(), other.encode())
    assert [row["post_id"] for row in _rows(result.out)] == ["1", "1"]
    assert {row["mention"] for row in _rows(result.out)} == {"充电的时候手机很烫", "锁屏之后收不到微信消息"}


def test_the_same_file_twice_counts_once(tmp_path: Path, mined: OfflineResult) -> None:
    result = _mine(tmp_path, native_export(), native_export())
    assert len(_rows(result.out)) == len(_rows(mined.out))


def test_a_text_that_begins_like_a_formula_is_shown_not_run(tmp_path: Path) -> None:
    text = '=HYPERLINK("http://evil.example","充电") 手机很烫'
    dangerous = '=HYPERLINK("http://evil.example")'
    result = _mine(tmp_path, json.dumps({"id": dangerous, "author": "a", "text": text}).encode())
    row = _rows(result.out)[0]
    assert row["mention"].startswith("'=")
    assert row["post_id"] == "'" + dangerous
    assert original(row["post_id"]) == dangerous


@pytest.mark.parametrize("identifier", ["=1+1", "-5", "+x", "@me"])
def test_an_id_that_can_call_nothing_stays_the_inputs_id(tmp_path: Path, identifier: str) -> None:
    result = _mine(tmp_path, json.dumps({"id": identifier, "author": "a", "text": "手机很烫"}).encode())
    assert _rows(result.out)[0]["post_id"] == identifier


def test_user_text_is_escaped_in_the_report(tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": f"{n}", "author": f"a{n}", "text": f"充电发烫<script>alert({n})</script>很严重"})
        for n in range(12)
    ]
    result = _mine(tmp_path, "\n".join(lines).encode())
    page = (result.out / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_results_are_replaced_whole_and_nothing_else_is_left_behind(tmp_path: Path) -> None:
    first = _mine(tmp_path, native_export(24))
    again = _mine(tmp_path, native_export())
    assert first.out == again.out
    assert {path.name for path in again.out.iterdir()} == {
        "assignments.csv", "themes.json", "report.html", "rejected.csv", "run.json", "continuation.npz",
    }  # fmt: skip


def test_what_was_there_stays_where_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = _mine(tmp_path, native_export(24))
    before = (result.out / "report.html").read_bytes()

    def broken(*_: object) -> str:
        raise RuntimeError("no page")

    monkeypatch.setattr(offline, "render", broken)
    with pytest.raises(RuntimeError):
        _mine(tmp_path, native_export())
    assert (result.out / "report.html").read_bytes() == before
    assert not [path for path in result.out.iterdir() if path.name.startswith(".")]


def test_input_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(EmptySourceError):
        _mine(tmp_path, b"")
    with pytest.raises(NoTextColumnError):
        _mine(tmp_path, "价格,库存\n1,2\n3,4\n".encode(), suffix="csv")
    with pytest.raises(NotAFileError):
        mine_files([tmp_path], tmp_path / "out", settings=Settings(), encoder=HashingEncoder())
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError):
        mine_files([tmp_path / "input0.jsonl"], tmp_path / "taken", settings=Settings(), encoder=HashingEncoder())


def test_reading_does_not_load_an_encoder_library() -> None:
    code = "import pipeline.offline, sys; sys.exit('torch' in sys.modules or 'sentence_transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
