"""What keeps a language model from costing too much or being called in vain: a budget a run, a circuit breaker."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from models.drafters.text_model import Clock, ModelError, ModelErrorKind


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one run may spend on a model; 0 of anything is no limit."""

    requests: int = 300
    tokens: int = 600_000
    seconds: float = 1_800.0  # waited for answers


@dataclass(slots=True)
class Budget:
    """What a run has spent of its allowance."""

    allowance: Allowance
    requests: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def room(self) -> int | None:
        """How many more requests may be made; None: any number. 0 also where tokens or seconds are spent."""
        allowed = self.allowance
        if (allowed.tokens and self.tokens >= allowed.tokens) or (allowed.seconds and self.seconds >= allowed.seconds):
            return 0
        return max(allowed.requests - self.requests, 0) if allowed.requests else None

    def spend(self, *, requests: int, tokens: int, seconds: float) -> None:
        self.requests += requests
        self.tokens += tokens
        self.seconds += seconds


@dataclass(slots=True)
class Breaker:
    """Opens after so many failures in a row; after the pause one try decides whether it closes again."""

    failures: int = 5
    pause: float = 300.0  # seconds
    clock: Clock = time.monotonic
    _row: int = 0
    _opened: float | None = field(default=None)

    def room(self) -> int | None:
        """How many requests may be made: None any, 0 none, 1 the one that tries whether it works again."""
        if self._opened is None:
            return None
        return 1 if self.clock() - self._opened >= self.pause else 0

    def succeeded(self) -> None:
        self._row, self._opened = 0, None

    def failed(self) -> None:
        self._row += 1
        if self._row >= self.failures:
            self._opened = self.clock()


@dataclass(slots=True)
class Guard:
    """Budget and breaker together: how many may go, and what is said to those that may not."""

    budget: Budget
    breaker: Breaker

    def admitted(self, wanted: int) -> tuple[int, ModelError | None]:
        """How many of the wanted requests may be made now, and why not the others."""
        by_breaker, by_budget = self.breaker.room(), self.budget.room()
        if by_breaker is not None and by_breaker < wanted and (by_budget is None or by_breaker <= by_budget):
            return by_breaker, ModelError(ModelErrorKind.PAUSED, "it failed too often in a row")
        if by_budget is not None and by_budget < wanted:
            return by_budget, ModelError(ModelErrorKind.BUDGET, "the run's budget is spent")
        return wanted, None
