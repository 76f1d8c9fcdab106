"""Many posts: the same outcome from any number of processes and order of rows, and odd crowds do no harm."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

from nlp.clustering import ClusterSettings
from nlp.mining import mine
from nlp.settings import MiningSettings
from nlp.types import Document, MiningResult
from pipeline import processes
from pipeline.offline import OfflineResult, mine_files
from pipeline.processes import each_batch
from pipeline.settings import Settings
from tests.corpus_maker import native_export
from tests.hashing_encoder import HashingEncoder

MANY = MiningSettings(clustering=ClusterSettings(exact_rows=150, micro_clusters=100))
_PARTS = ("充电", "蓝牙", "相机", "通知", "屏幕", "指纹", "续航", "音量")
_TROUBLES = ("很烫", "断连", "糊得看不清", "收不到", "闪烁", "识别不了", "掉得快", "太小了")


def _documents(count: int = 400) -> list[Document]:
    chance = random.Random(4)
    return [
        Document(
            id=f"p{number:04}",
            text=f"{_PARTS[number % 8]}{_TROUBLES[number % 8]}，第{chance.randrange(10_000)}次了{'啊吧呢呀'[number % 4]}",
            author=f"u{number % 90}",
        )
        for number in range(count)
    ]


def _places(result: MiningResult) -> dict[str, tuple[str | None, float]]:
    return {mined.key: (mined.theme_id, mined.strength) for mined in result.mentions}


def _mined(folder: Path, rows: list[dict[str, str]], out: str = "out", **settings: int) -> OfflineResult:
    path = folder / "posts.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return mine_files([path], folder / out, settings=Settings(**settings), encoder=HashingEncoder())


def _assigned(result: OfflineResult) -> list[dict[str, str]]:
    with (result.out / "assignments.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_one_process_and_three_write_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_PAYS_FROM", 0)
    path = tmp_path / "posts.jsonl"
    path.write_bytes(native_export(150))
    for count in (1, 3):
        mine_files([path], tmp_path / str(count), settings=Settings(processes=count), encoder=HashingEncoder())

    for name in ("assignments.csv", "themes.json", "rejected.csv"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "3" / name).read_bytes()


def test_many_rows_keep_their_themes_in_any_order_and_number_of_processes() -> None:
    documents = _documents()
    first = mine(documents, encoder=HashingEncoder(), settings=MANY)
    random.Random(2).shuffle(documents)
    with each_batch(2) as each:
        again = mine(documents, encoder=HashingEncoder(), settings=MANY, each=each)

    assert "cluster.micro_clusters" in first.timings
    assert len(first.themes) >= 4
    assert _places(again) == _places(first)
    assert [(t.id, t.name, t.demand) for t in again.themes] == [(t.id, t.name, t.demand) for t in first.themes]


def test_a_thousand_identical_posts_of_strangers_are_one_theme(tmp_path: Path) -> None:
    result = _mined(tmp_path, [{"id": f"p{n}", "author": f"u{n}", "text": "充电的时候手机很烫"} for n in range(1000)])

    assert len({row["theme_id"] for row in _assigned(result)}) == 1
    (theme,) = result.mined.themes
    assert (theme.size, theme.authors) == (1000, 1000)


def test_one_author_with_thousands_of_posts_counts_as_one_person(tmp_path: Path) -> None:
    rows = [{"id": f"p{n}", "author": "u", "text": f"{_PARTS[n % 8]}{_TROUBLES[n % 8]}，第{n}次"} for n in range(3000)]
    result = _mined(tmp_path, rows)

    assert len(_assigned(result)) == 3000
    assert result.mined.themes
    assert {theme.authors for theme in result.mined.themes} == {1}


def test_one_huge_post_is_a_few_mentions_and_harms_no_other(tmp_path: Path) -> None:
    rows = [{"id": f"p{n}", "author": f"u{n}", "text": f"充电很烫，第{n}次"} for n in range(40)]
    rows.append({"id": "huge", "author": "h", "text": "手机充电发烫，客服没人管。" * 40_000})
    result = _mined(tmp_path, rows)

    huge = [row for row in _assigned(result) if row["post_id"] == "huge"]
    assert 1 <= len(huge) <= 16
    assert all(len(row["mention"]) <= 32_000 for row in huge)
    assert {row["post_id"] for row in _assigned(result)} == {row["id"] for row in rows}
