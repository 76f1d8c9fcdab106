"""The description names every part of the API, and the same limits wherever the same thing is asked."""

from __future__ import annotations

from typing import Any

import pytest

from api.app import create_app
from api.openapi import TAGS, describe
from pipeline.settings import Settings
from review.theme_previews import MOST_SPLIT


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """No database is opened for it."""
    return describe(create_app(Settings(_env_file=None, database_url="sqlite://", secret="x" * 32)))


def test_every_tag_in_use_is_described_and_no_other(described: dict[str, Any]) -> None:
    used = {tag for methods in described["paths"].values() for one in methods.values() for tag in one["tags"]}
    assert used == {tag["name"] for tag in TAGS}


def test_what_can_be_split_can_be_previewed(described: dict[str, Any]) -> None:
    (asked,) = (
        parameter["schema"]
        for parameter in described["paths"]["/api/v1/themes/{theme_id}/split-preview"]["get"]["parameters"]
        if parameter["name"] == "mention_id"
    )
    sent = described["components"]["schemas"]["ThemeSplit"]["properties"]["mention_ids"]
    assert asked["maxItems"] == sent["maxItems"] == MOST_SPLIT
