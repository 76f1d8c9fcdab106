"""What can be wrong with a request to evaluate."""

from __future__ import annotations


class EvaluationError(ValueError):
    """The message says what to do, in English, for the command line."""
