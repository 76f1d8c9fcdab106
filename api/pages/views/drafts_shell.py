"""The frame of the draft queue, before an item lies on the desk."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShellView:
    """Which address opens the first item, the keys the script listens to, and how many drafts wait."""

    open: str
    keys_json: str
    waiting: int
    tab: str = "queue"
