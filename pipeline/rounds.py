"""Serving receivers side by side, each by one thread at a time: a slow one holds up others only where as many as are
served at once are slow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Final

import structlog

_AT_ONCE: Final = 8  # receivers served side by side

log = structlog.get_logger()


class Rounds:
    """`serve_next` does the next thing due for a receiver and says whether there was one; a round does all of them."""

    def __init__(self, serve_next: Callable[[str], bool], *, name: str) -> None:
        self._serve_next = serve_next
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=name)
        self._going: dict[str, Future[None]] = {}  # receiver's id -> the round that serves it
        self._stopping = Event()

    def begin(self, receivers: Iterable[str]) -> None:
        """A round for every receiver that no round serves."""
        self._going = {receiver: one for receiver, one in self._going.items() if not one.done()}
        for receiver in receivers:
            if receiver not in self._going:
                self._going[receiver] = self._pool.submit(self._serve, receiver)

    def rest(self) -> None:
        """Wait until every round that has begun is over."""
        for one in list(self._going.values()):
            one.result()

    def stop(self) -> None:
        """End after what is being done at the moment; the rest is due for the next worker."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _serve(self, receiver: str) -> None:
        try:
            while not self._stopping.is_set() and self._serve_next(receiver):
                pass
        except Exception:  # nothing is lost: the claim runs out and it is due again
            log.exception("a round failed", receiver=receiver)
