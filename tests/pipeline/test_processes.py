"""Batches in other processes: the same results in the same order, and no result lost with a process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from pipeline.processes import each_batch, processes_for, processors


def _double(numbers: list[int]) -> list[int]:
    return [2 * number for number in numbers]


def _dies_elsewhere(parent_and_number: tuple[int, int]) -> int:
    parent, number = parent_and_number
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_results_come_in_the_order_of_the_batches_from_any_number_of_processes() -> None:
    batches = [[number, number + 1] for number in range(50)]
    for processes in (1, 2, 3):
        with each_batch(processes) as each:
            assert list(each(_double, batches)) == [_double(batch) for batch in batches]


def test_only_a_few_batches_are_under_way_at_a_time() -> None:
    drawn = 0

    def batches() -> Iterator[list[int]]:
        nonlocal drawn
        for number in range(1000):
            drawn += 1
            yield [number]

    with each_batch(2) as each:
        results = iter(each(_double, batches()))
        assert next(results) == [0]
        assert drawn <= 6


def test_work_goes_on_here_where_the_other_processes_are_killed() -> None:
    with each_batch(2) as each:
        assert list(each(_dies_elsewhere, [(os.getpid(), number) for number in range(20)])) == list(range(20))


def test_small_files_are_read_in_one_process(tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"x" * 1000)
    with large.open("wb") as file:
        file.truncate(50_000_000)

    assert processes_for([small, tmp_path / "missing"], 0) == 1
    assert processes_for([small, large], 0) == processors()
    assert processes_for([large], 3) == 3
