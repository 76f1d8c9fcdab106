"""The keys of the draft queue: one table for the script that listens and for the panel that explains."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Key:
    """A key (or a range of digits, such as 1-9) and the action it does; its words are the message ``key.<action>``."""

    key: str
    action: str


QUEUE_KEYS: Final = (
    Key("j", "next"),
    Key("k", "previous"),
    Key("a", "approve"),
    Key("e", "edit"),
    Key("x", "reject"),
    Key("s", "skip"),
    Key("u", "undo"),
    Key("f", "similar"),
    Key("1-9", "source"),
    Key("?", "help"),
)


def as_json() -> str:
    """For the script on the page."""
    return json.dumps([asdict(key) for key in QUEUE_KEYS])
