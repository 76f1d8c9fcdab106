"""Partitions on a Ray cluster: the same themes as here, and nothing done twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import IngestError
from ingest.posts import Post, Rejected, Tier
from nlp.clustering import ClusterSettings
from nlp.settings import MiningSettings
from pipeline.engines.partitions import (
    Common,
    PartitionStore,
    ReadOptions,
    digest_of,
    partition_files,
    read_partition,
    work_on_texts,
)
from pipeline.engines.ray_cluster import RayEach
from pipeline.offline import LOCAL, RAY, mine_files
from pipeline.settings import Settings
from tests.corpus_maker import native_export
from tests.hashing_encoder import HashingEncoder

OPTIONS = ReadOptions(None, None, "Asia/Shanghai")
RESULTS = ("assignments.csv", "themes.json", "rejected.csv")


def _partitions(folder: Path, parts: int = 3) -> list[Path]:
    """One export cut into files: line ends are kept, the last file has the broken rows."""
    lines = native_export(120).splitlines(keepends=True)
    folder.mkdir(parents=True)
    size = -(-len(lines) // parts)
    paths = []
    for number in range(parts):
        path = folder / f"part-{number}.jsonl"
        path.write_bytes(b"".join(lines[number * size : (number + 1) * size]))
        paths.append(path)
    return paths


def test_what_a_partition_yields_comes_back_from_disk_as_it_was(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text(
        "内容,作者,时间,产品\n充电发热@小王 你看,u1,2024-05-01 10:00,灵犀X5\n打 13800138000,u2,,\n", "utf-8"
    )
    native = tmp_path / "b.jsonl"
    native.write_bytes(native_export(20) + b'{"id":"q","author":"a","text":"\\u4f60\\ud800","tier":"core"}\n')
    store = PartitionStore(tmp_path / "work")

    for path in (table, native):
        read = read_partition(path, OPTIONS)
        texts = work_on_texts(read, Common(frozenset({"小王"}), ("灵犀X5",)), HashingEncoder())
        store.keep_records("r" + path.stem, read)
        store.keep_texts("t" + path.stem, texts)

        assert store.records("r" + path.stem) == read
        again = store.texts("t" + path.stem)
        assert (again.masked, again.pieces, again.said) == (texts.masked, texts.pieces, texts.said)
        assert np.array_equal(again.vectors, texts.vectors)
    assert any(isinstance(record, Rejected) for record in store.records("rb"))
    assert [record.tier for record in store.records("rb") if isinstance(record, Post) and record.id == "q"] in (
        [Tier.CORE],
        [],
    )


def test_a_parquet_partition_is_a_table(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    when = datetime(2026, 5, 4, 10, tzinfo=UTC)
    columns = {"id": ["a", "b"], "text": ["充电发烫", "耳机断连"], "author": ["u1", None], "time": [when, None]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "one.parquet")
    (tmp_path / "two.parquet").write_bytes(b"PAR1 not at all")

    read = read_partition(tmp_path / "one.parquet", OPTIONS)

    posts = [record for record in read if isinstance(record, Post)]
    assert [(post.id, post.text, post.author, post.time) for post in posts] == [
        ("a", "充电发烫", "u1", when),
        ("b", "耳机断连", "", None),
    ]
    with pytest.raises(IngestError, match="no Parquet file"):
        read_partition(tmp_path / "two.parquet", OPTIONS)


def test_work_that_was_broken_off_is_not_taken_for_done(tmp_path: Path) -> None:
    store = PartitionStore(tmp_path)
    (tmp_path / "abc.partial.1").mkdir()

    assert not store.has("abc")
    store.sweep()
    assert not list(tmp_path.iterdir())


def test_a_changed_byte_or_setting_is_other_work(tmp_path: Path) -> None:
    (path,) = _partitions(tmp_path / "in", 1)
    digest = digest_of(path, OPTIONS)
    assert digest_of(path, OPTIONS) == digest
    assert digest_of(path, ReadOptions(None, None, "UTC")) != digest
    path.write_bytes(path.read_bytes().replace(b"p1", b"p7", 1))
    assert digest_of(path, OPTIONS) != digest


def test_a_folder_stands_for_its_files_in_order_of_name(tmp_path: Path) -> None:
    paths = _partitions(tmp_path / "in")
    (tmp_path / "in" / ".hidden").write_text("x")

    assert partition_files([tmp_path / "in", paths[0]]) == paths


def test_an_unknown_engine_is_named(tmp_path: Path) -> None:
    (path,) = _partitions(tmp_path / "in", 1)
    with pytest.raises(ValueError, match="spark"):
        mine_files([path], tmp_path / "out", settings=Settings(), encoder=HashingEncoder(), engine="spark")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_rows_join_themes_in_actors_as_they_do_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(
        "pipeline.mining.MiningSettings",
        partial(MiningSettings, clustering=ClusterSettings(exact_rows=60, micro_clusters=50)),
    )
    monkeypatch.setattr("nlp.row_blocks._BLOCK", 32)
    settings = Settings(processes=2)
    paths = _partitions(tmp_path / "in")
    here = mine_files(paths, tmp_path / "here", settings=settings, encoder=HashingEncoder(), engine=LOCAL)
    through: list[str] = []
    apply = RayEach.__call__
    monkeypatch.setattr(
        RayEach,
        "__call__",
        lambda self, function, batches: through.append(_name(function)) or apply(self, function, batches),
    )

    there = mine_files(paths, tmp_path / "ray", settings=settings, encoder=HashingEncoder(), engine=RAY)

    assert {"_nearest", "_summed", "_fit", "_strengths", "_shares"} <= set(through), (
        "joining and intents are their work"
    )
    assert there.mined.parameters["distinct"] > 60
    for name in RESULTS:
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "here" / name).read_bytes(), name
    assert there.mined.mentions == here.mined.mentions
    assert not list((tmp_path / "ray" / "partitions").glob("*.partial.*")), "the shelf is gone"


def _name(function: partial[object]) -> str:
    return function.func.__name__


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ray_gives_the_same_files_and_does_no_partition_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    settings = Settings(processes=2)
    paths = _partitions(tmp_path / "in")
    here = mine_files(paths, tmp_path / "here", settings=settings, encoder=HashingEncoder(), engine=LOCAL)

    there = mine_files([tmp_path / "in"], tmp_path / "ray", settings=settings, encoder=HashingEncoder(), engine=RAY)

    for name in RESULTS:
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "here" / name).read_bytes(), name
    assert [t.id for t in there.mined.themes] == [t.id for t in here.mined.themes]

    work = tmp_path / "ray" / "partitions"
    done = {folder.name: folder.stat().st_mtime_ns for folder in work.iterdir()}
    assert len(done) == 6, "records and texts of three partitions"
    lost = sorted(done)[0]
    for file in (work / lost).iterdir():
        file.unlink()
    (work / lost).rename(work / f"{lost}.partial.99")  # as kill -9 leaves it
    mine_files([tmp_path / "in"], tmp_path / "ray", settings=settings, encoder=HashingEncoder(), engine=RAY)
    after = {folder.name: folder.stat().st_mtime_ns for folder in work.iterdir()}
    assert {name: at for name, at in after.items() if name != lost} == {k: v for k, v in done.items() if k != lost}
    assert lost in after
    (tmp_path / "in" / "part-9.jsonl").write_bytes(b"")
    with pytest.raises(IngestError, match=r"part-9\.jsonl is empty"):
        mine_files([tmp_path / "in"], tmp_path / "ray", settings=settings, encoder=HashingEncoder(), engine=RAY)
    assert json.loads((tmp_path / "ray" / "themes.json").read_text()) == json.loads(
        (tmp_path / "here" / "themes.json").read_text()
    )
