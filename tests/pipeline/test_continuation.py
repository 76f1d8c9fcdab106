"""`zhongsheng mine --previous`: ids last without a database, and what cannot be continued is told plainly."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.continuation import (
    CONTINUATION,
    Continuation,
    ContinuationError,
    read_continuation,
    write_continuation,
)
from pipeline.offline import OfflineResult, mine_files
from pipeline.settings import Settings
from tests.corpus_maker import native_export
from tests.hashing_encoder import HashingEncoder


def _export(folder: Path, name: str, lines: Iterable[bytes]) -> Path:
    path = folder / name
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def _mine(folder: Path, out: str, path: Path, previous: str | None = None) -> OfflineResult:
    return mine_files(
        [path],
        folder / out,
        settings=Settings(state=folder / "state", processes=1),
        previous=folder / previous if previous else None,
        encoder=HashingEncoder(),
    )


def _themes(folder: Path, out: str) -> dict[tuple[str, str], str]:
    with (folder / out / "assignments.csv").open(encoding="utf-8-sig", newline="") as file:
        return {(row["post_id"], row["mention"]): row["theme_id"] for row in csv.DictReader(file)}


def _lines() -> list[bytes]:
    return [line for line in native_export(120).splitlines() if line.startswith(b'{"id": "p')]


def test_posts_that_go_and_come_leave_the_others_where_they_were(tmp_path: Path) -> None:
    lines = _lines()
    _mine(tmp_path, "first", _export(tmp_path, "a.jsonl", lines[:110]))
    before = _themes(tmp_path, "first")
    assert len({theme for theme in before.values() if theme}) >= 3
    _mine(tmp_path, "second", _export(tmp_path, "b.jsonl", [*lines[5:110:2], *lines[6:120:2]]), previous="first")
    after = _themes(tmp_path, "second")
    both = before.keys() & after.keys()
    assert {said: after[said] for said in both} == {said: before[said] for said in both}


def test_the_next_weeks_posts_alone_are_known_by_what_the_themes_were(tmp_path: Path) -> None:
    lines = _lines()
    _mine(tmp_path, "first", _export(tmp_path, "a.jsonl", lines[:90]))
    ids = {theme for theme in _themes(tmp_path, "first").values() if theme}
    _mine(tmp_path, "second", _export(tmp_path, "b.jsonl", lines[90:]), previous="first")
    found = {theme for theme in _themes(tmp_path, "second").values() if theme}
    assert found
    assert found <= ids


def test_a_theme_that_a_week_is_silent_about_is_known_again(tmp_path: Path) -> None:
    lines = _lines()
    heat = [line for line in lines if "充电".encode() in line or "快充".encode() in line]
    others = [line for line in lines if line not in heat]
    _mine(tmp_path, "first", _export(tmp_path, "a.jsonl", lines[:90]))
    _mine(tmp_path, "second", _export(tmp_path, "b.jsonl", others), previous="first")
    _mine(tmp_path, "third", _export(tmp_path, "c.jsonl", heat), previous="second")
    first, third = _themes(tmp_path, "first"), _themes(tmp_path, "third")
    both = [said for said in first.keys() & third.keys() if first[said]]
    assert both
    assert {first[said] for said in both} == {third[said] for said in both}


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    mined = _mine(tmp_path, "out", _export(tmp_path, "a.jsonl", _lines())).mined
    left = Continuation().after(mined)
    left = replace(
        left, themes=(replace(left.themes[0], retired=True, prototype=None, threshold=None), *left.themes[1:])
    )
    write_continuation(tmp_path, left)
    back = read_continuation(tmp_path)
    assert back.unplaced == left.unplaced
    assert back.encoder == left.encoder
    for ours, theirs in zip(left.themes, back.themes, strict=True):
        assert replace(ours, prototype=None) == replace(theirs, prototype=None)
        assert (ours.prototype is None) == (theirs.prototype is None)
        if ours.prototype is not None:
            np.testing.assert_array_equal(ours.prototype, theirs.prototype)


def test_vectors_of_another_encoder_are_left_out(tmp_path: Path) -> None:
    mined = _mine(tmp_path, "out", _export(tmp_path, "a.jsonl", _lines())).mined
    left = Continuation().after(mined)
    other = left.for_encoder(replace(mined.encoder, revision="another"))
    assert all(theme.prototype is None and theme.threshold is None for theme in other.themes)
    assert left.for_encoder(mined.encoder) is left


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 broken", b"\x93NUMPY"])
def test_a_folder_without_usable_results_is_refused_before_anything_is_read(
    tmp_path: Path, content: bytes | None
) -> None:
    (tmp_path / "old").mkdir()
    if content is not None:
        (tmp_path / "old" / CONTINUATION).write_bytes(content)
    with pytest.raises(ContinuationError, match=CONTINUATION):
        _mine(tmp_path, "out", tmp_path / "nothing.jsonl", previous="old")
    assert not (tmp_path / "out").exists()
