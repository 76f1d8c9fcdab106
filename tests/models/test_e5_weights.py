"""Reading packed weights: the arithmetic of a block, and files that are not what they say."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from models.encoders import cache
from models.encoders.e5_weights import WeightsFormatError, _dequantise, parse


def test_a_block_is_a_scale_and_nibbles_low_half_first() -> None:
    low, high = np.arange(16) % 16, (np.arange(16) + 3) % 16
    block = struct.pack("<e", 0.5) + bytes((int(h) << 4) | int(lo) for lo, h in zip(low, high, strict=True))
    assert np.array_equal(_dequantise(block, 0, 32), np.concatenate([low - 8, high - 8]) * 0.5)


@pytest.mark.parametrize(
    "data",
    [b"", b"nope", b"E5S1", b"E5S1" + bytes(60), b"E5S1" + b"\xff" * 200],
    ids=["empty", "other magic", "header missing", "zeros", "ones"],
)
def test_a_damaged_file_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(WeightsFormatError, match=r"reinstall|blocks of"):
        parse(data)


def test_a_folder_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    calls: list[Path] = []

    def build(folder: Path) -> None:
        calls.append(folder)
        (folder / "content").write_text("whole")

    first = cache.build_once("thing", build)
    assert cache.build_once("thing", build) == first == tmp_path / "thing"
    assert len(calls) == 1
    assert (first / "content").read_text() == "whole"


def test_a_build_that_dies_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))

    def die(folder: Path) -> None:
        (folder / "content").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.build_once("thing", die)
    assert list(tmp_path.iterdir()) == []


def test_a_torn_folder_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing" / "content").write_text("half")
    folder = cache.build_once("thing", lambda target: (target / "content").write_text("whole") and None)
    assert (folder / "content").read_text() == "whole"


def test_the_slower_of_two_builders_takes_the_folder_of_the_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))

    def overtaken(folder: Path) -> None:
        (folder / "content").write_text("slow")
        cache.build_once("thing", lambda target: (target / "content").write_text("fast") and None)

    assert (cache.build_once("thing", overtaken) / "content").read_text() == "fast"
