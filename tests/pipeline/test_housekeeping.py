"""Housekeeping by the worker: drafts that waited too long expire as the settings say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.housekeeping import sweep
from pipeline.settings import Settings
from store.database import Database
from store.tables import Draft
from tests import builders

NOW = datetime.now(UTC)


@pytest.mark.parametrize(("days", "status"), [(30, "expired"), (90, "proposed"), (0, "proposed")])
def test_a_draft_expires_after_the_days_of_the_settings(
    database: Database, tmp_path: Path, days: int, status: str
) -> None:
    with database.session() as session:
        post = builders.post(session, builders.channel(session))
        draft_id = builders.draft(session, post, created_at=NOW - timedelta(days=60)).id
    settings = Settings(_env_file=None, state=tmp_path, draft_expires_days=days)
    swept = sweep(database, settings, now=NOW)
    assert swept.drafts.expired == (status == "expired")
    with database.session(readonly=True) as session:
        assert session.get_one(Draft, draft_id).status == status
