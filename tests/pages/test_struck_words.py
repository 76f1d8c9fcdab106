"""Every reason for which a sentence is struck has words in both languages."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from models.drafters.types import StrikeReason


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_has_its_words(language: str) -> None:
    words = json.loads(resources.files("api.pages.i18n").joinpath(f"{language}.json").read_text("utf-8"))
    assert not [reason for reason in StrikeReason if not words.get(f"drafts.struck.{reason.value}")]
