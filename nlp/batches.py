"""Work on many texts batch by batch, so that whoever calls may spread the batches over processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

BATCH = 2_000  # texts: long enough to send to another process, short enough to hold

A = TypeVar("A")
B = TypeVar("B")


class Each(Protocol):
    """Maps a function over batches and gives the results in their order, as `map` does; maybe in other processes."""

    def __call__(self, function: Callable[[A], B], batches: Iterable[A], /) -> Iterable[B]: ...


def batched(items: Sequence[A], size: int = BATCH) -> Iterator[Sequence[A]]:
    """Slices of `size`, in order."""
    return (items[start : start + size] for start in range(0, len(items), size))
