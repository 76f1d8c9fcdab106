"""What a language model is to us: messages in, text out, within limits; everything else is an error with a kind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

Clock = Callable[[], float]  # seconds, only differences count


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Literal["system", "user"]
    content: str


Conversation = tuple[Message, ...]


class ModelErrorKind(StrEnum):
    """Why a model gave nothing usable. Kept on the draft."""

    TIMEOUT = "timeout"  # no whole answer in time
    UNREACHABLE = "unreachable"
    BUSY = "busy"  # 429, or it stays overloaded
    REFUSED = "refused"  # another 4xx: key, model name, request
    BROKEN = "broken"  # 5xx, or an answer that breaks off
    MALFORMED = "malformed"  # an answer that is none
    EMPTY = "empty"
    TOO_LONG = "too_long"  # the prompt does not fit the model, or the answer has no end
    BUDGET = "budget"  # what a run may spend is spent
    PAUSED = "paused"  # it failed so often that it is left alone for a while


class ModelError(RuntimeError):
    """A model gave nothing usable; `kind` says why, the message the details, for the log."""

    def __init__(self, kind: ModelErrorKind, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Written:
    """An answer. `tokens` counts prompt and answer, as the model says or else by characters."""

    text: str
    tokens: int
    cut_off: bool = False  # the limit of tokens ended it: its last sentence is not whole


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """How much one answer may take."""

    tokens: int = 400
    seconds: float = 60.0


class Deadline:
    """A moment after which nothing is waited for."""

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds, never below 0."""
        return max(self._end - self._clock(), 0.0)

    @property
    def passed(self) -> bool:
        return self.left <= 0.0


class TextModel(Protocol):
    """A language model. Calls no tools; what it writes is checked before anybody sees it."""

    @property
    def name(self) -> str: ...

    @property
    def at_once(self) -> int:
        """How many conversations it likes to be given together."""
        ...

    def stream(self, conversation: Conversation, limits: AnswerLimits) -> Iterator[str]:
        """The answer piece by piece. Raises ModelError, also in the middle."""
        ...

    def write_all(self, conversations: Sequence[Conversation], limits: AnswerLimits) -> list[Written | ModelError]:
        """An answer or an error for each, in order."""
        ...


def estimated_tokens(text: str) -> int:
    """An upper guess where nobody counts: one a Chinese character, one a word or mark of other text."""
    return sum(1 for character in text if not character.isascii()) + len(text.encode("ascii", "ignore")) // 3 + 1
