"""The changelog's pages: a release is written, shown with its consequence, published, and read with thanks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi.testclient import TestClient
from sqlalchemy import select

from review import ballot
from review.principals import SYSTEM
from store.database import Database
from store.repositories import credit
from store.tables import Credit, Proposal, Release
from tests.pages.town import HOSTILE, Town

ClientOf = Callable[..., TestClient]


def _accepted(database: Database, town: Town) -> str:
    with database.session() as session:
        ballot.change_status(session, SYSTEM, town.proposals[0], status="accepted", version=1)
    return town.proposals[0]


def _written(client: TestClient, *proposals: str, title: str = "3.2 版") -> str:
    form = {"title": title, "day": "2026-08-21", "notes": f"修复闹钟\n{HOSTILE}", "proposal": list(proposals)}
    answer = client.post("/changelog/new", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rsplit("/", 1)[-1]


def test_a_release_is_written_published_and_read_with_thanks(
    client_of: ClientOf, database: Database, town: Town
) -> None:
    proposal = _accepted(database, town)
    manager = client_of("pm")
    release = _written(manager, proposal)
    sheet = manager.get(f"/changelog/{release}/publish").text
    assert "1 个提案会变为已上线" in sheet
    assert "闹钟在任何模式下都必须准时响" in sheet
    with database.session() as session:
        first = session.get_one(Proposal, proposal).first_reporters[0]
        session.add(Credit(author_id=first, display_name="早起的人", recorded_by=first, agreed_at=datetime.now(UTC)))
    assert manager.post(f"/changelog/{release}/publish", data={"version": 1}).status_code == 303
    page = client_of("mod").get("/changelog").text
    assert "早起的人" in page
    assert "<script>window.hacked" not in page
    assert "2026-08-21" in page
    with database.session(readonly=True) as session:
        assert session.get_one(Proposal, proposal).status == "shipped"
        assert credit.names(session, [first]) == {first: "早起的人"}


def test_a_draft_is_for_those_who_may_edit_it(client_of: ClientOf, database: Database, town: Town) -> None:
    release = _written(client_of("pm"), _accepted(database, town), title="还没好")
    moderator = client_of("mod")
    assert "还没好" not in moderator.get("/changelog").text
    assert moderator.get(f"/changelog/{release}").status_code == 404
    assert "还没好" in client_of("pm").get("/changelog").text


def test_a_draft_can_be_changed_and_discarded(client_of: ClientOf, database: Database, town: Town) -> None:
    manager = client_of("pm")
    release = _written(manager, _accepted(database, town))
    form = {"title": "3.2.1 版", "day": "2026-08-28", "notes": "", "proposal": [], "version": 1}
    assert manager.post(f"/changelog/{release}/edit", data=form).status_code == 303
    with database.session(readonly=True) as session:
        assert session.get_one(Release, release).title == "3.2.1 版"
    assert manager.post(f"/changelog/{release}/edit", data=form).status_code == 409
    assert manager.post(f"/changelog/{release}/discard", data={"version": 2}).status_code == 303
    with database.session(readonly=True) as session:
        assert session.scalars(select(Release.id)).all() == []


def test_the_form_offers_what_can_ship_and_nothing_else(client_of: ClientOf, database: Database, town: Town) -> None:
    accepted = _accepted(database, town)
    page = client_of("pm").get("/changelog/new").text
    assert f'value="{accepted}"' in page
    assert f'value="{town.proposals[3]}"' in page  # shipped, and no release names it yet
    assert f'value="{town.proposals[1]}"' not in page  # under review
