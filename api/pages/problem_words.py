"""A problem in the words of a reader."""

from __future__ import annotations

from api.errors import Problem
from api.pages.language import Translator


def title_of(t: Translator, problem: Problem) -> str:
    """What kind of problem it is."""
    return t.either(f"problem.{problem.status}", t("problem.other"))


def message_of(t: Translator, problem: Problem) -> str:
    """What happened; an address without a page is told to people otherwise than to programs."""
    if problem.code == "not_found":
        return t("problem.no_page")
    return problem.message_zh if t.language == "zh" else problem.message
