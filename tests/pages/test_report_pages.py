"""The monthly report as page, file and sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fastapi.testclient import TestClient

from review import ballot
from review.principals import SYSTEM
from store.database import Database
from store.tables import Proposal
from tests.pages.town import Town

ClientOf = Callable[..., TestClient]
MONTH = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m")


def _adopted(database: Database, town: Town) -> None:
    with database.session() as session:
        session.get_one(Proposal, town.proposals[0]).title = "=HYPERLINK(1)"
        ballot.change_status(session, SYSTEM, town.proposals[0], status="accepted", note="排期了", version=1)


def test_the_latest_month_is_shown_with_what_was_done(client_of: ClientOf, database: Database, town: Town) -> None:
    _adopted(database, town)
    client = client_of("mod")
    address = client.get("/reports").headers["location"]
    assert client.get(address).status_code == 200
    page = client.get(f"/reports/{MONTH}").text
    assert "=HYPERLINK(1)" in page
    assert "排期了" in page
    assert "100%" in page  # accepted, nothing declined
    assert "aut_" not in page


def test_the_file_stands_alone(client_of: ClientOf, database: Database, town: Town) -> None:
    _adopted(database, town)
    answer = client_of("pm").get(f"/reports/{MONTH}.html")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="zhongsheng-{MONTH}.html"'
    assert "<link" not in answer.text
    assert "<script" not in answer.text
    assert "url(" not in answer.text
    assert "--accent" in answer.text  # its styles came along
    assert 'href="http://testserver/ballot/' in answer.text


def test_the_sheet_opens_safely(client_of: ClientOf, database: Database, town: Town) -> None:
    _adopted(database, town)
    answer = client_of("pm").get(f"/reports/{MONTH}.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["部分", "项目", "数值", "说明"]
    assert ["提案的进展", "'=HYPERLINK(1)", "已采纳", "排期了"] in rows
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)


def test_a_month_that_is_none_is_refused_in_words(client_of: ClientOf) -> None:
    answer = client_of("pm").get("/reports/2026-13")
    assert answer.status_code == 422
    assert "2026-05" in answer.text
