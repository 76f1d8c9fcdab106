"""Processes that kill themselves (SIGKILL) at a chosen call, one after the other: forks of one that has imported what
they need, which costs seconds."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

NEVER = "never"  # stands for the call at which a process dies: it lives to its end


def one_after_the_other(deaths: Sequence[str], work: Callable[[], None]) -> None:
    """`work` in a process of its own for each death. Says how each ended, a line each: its exit code, negative for the
    signal that killed it. Call it before anything is opened or started: a fork takes files along, and no threads."""
    for death in deaths:
        child = os.fork()
        if not child:
            try:
                doom(death)
                work()
            finally:
                os._exit(1)  # `work` ends the process itself where all went well
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def ended(said: bytes) -> list[int]:
    """How the processes ended, read from what was said of them."""
    return [int(line) for line in said.splitlines() if line.lstrip(b"-").isdigit()]


def doom(target: str) -> None:
    """Wrap MODULE:NAME (NAME may be Class.method) so that its CALLth call kills this process before or after it."""
    if target == NEVER:
        return
    module, name, call, when = target.split(":")
    owner: Any = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    original: Callable[..., Any] = getattr(owner, last)
    calls = 0

    def doomed(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == int(call) and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if calls == int(call):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, last, doomed)
