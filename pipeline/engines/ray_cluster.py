"""A Ray cluster for the time of a run: rows through pools of Ray Data actors, and a map over batches that uses them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

Row = dict[str, Any]

_WINDOW = 64  # batches an actor gets in one go: bounds what lies in the object store, and pays for starting actors

A = TypeVar("A")
B = TypeVar("B")


class EngineMissingError(ValueError):
    """The extra for this engine is not installed; the message says how to get it."""


@contextmanager
def cluster(processes: int) -> Iterator[None]:
    """Ray for the time of a `with`: a cluster that was there goes on, one that is started here ends."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves this machine
    try:
        import ray
    except ImportError as error:
        raise EngineMissingError("the ray engine needs its extra: pip install 'zhongsheng[ray]'") from error
    joined = ray.is_initialized()
    if not joined:
        here = "RAY_ADDRESS" not in os.environ
        ray.init(
            num_cpus=(processes or None) if here else None,
            include_dashboard=False if here else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    ray.data.DataContext.get_current().enable_progress_bars = False  # ours are shown
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        yield
    finally:
        if not joined:
            ray.shutdown()


def through_actors(actor: type, rows: Sequence[Row], arguments: Mapping[str, Any], actors: int) -> Iterator[Row]:
    """Every row through a pool of actors of this class, as they come back; `actors` of 0: one a core."""
    if not rows:
        return
    from ray.data import ActorPoolStrategy, from_items

    size = min(actors or len(os.sched_getaffinity(0)), len(rows))
    yield from (
        from_items(list(rows), override_num_blocks=len(rows))
        .map(actor, fn_constructor_kwargs=dict(arguments), compute=ActorPoolStrategy(size=size))
        .iter_rows()
    )


class RayEach:
    """Maps a function over batches in actors of the cluster, results in order; see `nlp.batches.Each`."""

    def __init__(self, actors: int) -> None:
        self._actors = actors

    def __call__(self, function: Callable[[A], B], batches: Iterable[A], /) -> Iterator[B]:
        waiting = iter(batches)
        size = _WINDOW * (self._actors or len(os.sched_getaffinity(0)))
        while window := list(islice(waiting, size)):
            rows = [{"number": number, "batch": _Sealed(batch)} for number, batch in enumerate(window)]
            done = through_actors(_Applied, rows, {"function": function}, self._actors)
            found = {row["number"]: row["found"].value for row in done}
            yield from (found[number] for number in range(len(window)))


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A value that comes back as it was: Ray Data makes tables of bare lists and arrays."""

    value: Any


class _Applied:
    """Actor: applies one function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __call__(self, row: Row) -> Row:
        return {"number": row["number"], "found": _Sealed(self._function(row["batch"].value))}
