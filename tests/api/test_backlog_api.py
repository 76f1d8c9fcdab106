"""The backlog as other systems read it: filters, polling that misses nothing, answers only where something changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from review import theme_digests
from store.database import Database
from store.tables import Proposal
from tests import builders
from tests.api.world import World


def _ids(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/api/v1/proposals?{query}")
    assert answer.status_code == 200, answer.text
    return [proposal["id"] for proposal in answer.json()["data"]]


def test_the_backlog_is_filtered_by_votes_channel_and_product(
    manager: TestClient, moderator: TestClient, world: World, database: Database
) -> None:
    voting, received = world.proposals
    manager.post(f"/api/v1/proposals/{voting}/votes", json={})
    moderator.post(f"/api/v1/proposals/{voting}/votes", json={})
    assert _ids(manager, "min_votes=2") == [voting]
    assert _ids(manager, "min_votes=3") == []
    assert _ids(manager, "min_votes=2&sort=votes") == [voting]
    assert set(_ids(manager, "min_votes=0&sort=votes")) == {voting, received}
    assert _ids(manager, f"channel={world.channel}") == [voting], "the second theme has no mention there"
    assert _ids(manager, "channel=chn_elsewhere") == []
    assert _ids(manager, "product=手机") == [voting], "a product that a mention names"
    with database.session() as session:
        theme = session.get_one(Proposal, received).theme_id
        post = builders.post(session, builders.channel(session, "评测"), product="耳机")
        builders.mention(session, post, session.get_one(builders.Theme, theme))
        theme_digests.refresh(session, [theme])
    assert _ids(manager, "product=耳机") == [received], "a product that a post is about"
    assert _ids(manager, f"product=耳机&channel={world.channel}") == []


def _touch(database: Database, proposal_id: str, at: datetime, **fields: Any) -> None:
    with database.session() as session:
        proposal = session.get_one(Proposal, proposal_id)
        proposal.updated_at = at
        for name, value in fields.items():
            setattr(proposal, name, value)


def test_polling_is_inclusive_oldest_first_and_tells_of_merges(
    manager: TestClient, world: World, database: Database
) -> None:
    voting, received = world.proposals
    start = datetime.fromisoformat("2026-09-01T08:00:00.123456+00:00")
    _touch(database, received, start)
    _touch(database, voting, start + timedelta(microseconds=1))
    since = start.isoformat().replace("+", "%2B")
    assert _ids(manager, f"updated_since={since}") == [received, voting]
    assert _ids(manager, f"updated_since={(start + timedelta(microseconds=1)).isoformat().replace('+', '%2B')}") == [
        voting
    ]
    _touch(
        database, voting, start + timedelta(minutes=9), status="merged", merged_into=received,
        status_before_merge="voting",
    )  # fmt: skip
    assert _ids(manager, f"updated_since={since}") == [received, voting]
    assert _ids(manager, f"updated_since={since}&sort=updated") == [received], "as people read it"


def test_where_the_next_poll_begins_leaves_room_for_late_commits_and_stands_still_while_nothing_changes(
    manager: TestClient, world: World, database: Database
) -> None:
    start = datetime.fromisoformat("2026-09-01T08:00:00+00:00")
    _touch(database, world.proposals[0], start)
    _touch(database, world.proposals[1], start + timedelta(hours=1))
    first = manager.get("/api/v1/proposals", params={"sort": "changes"}).json()["meta"]
    assert datetime.fromisoformat(first["poll_from"]) == start + timedelta(minutes=59)
    again = manager.get("/api/v1/proposals", params={"updated_since": first["poll_from"]})
    assert [found["id"] for found in again.json()["data"]] == [world.proposals[1]]
    assert again.json()["meta"]["poll_from"] == first["poll_from"]
    unmoved = manager.get(
        "/api/v1/proposals",
        params={"updated_since": first["poll_from"]},
        headers={"If-None-Match": again.headers["ETag"]},
    )
    assert unmoved.status_code == 304
    nothing = manager.get("/api/v1/proposals", params={"updated_since": "2027-01-01T00:00:00Z"}).json()
    assert (nothing["data"], nothing["meta"]["poll_from"]) == ([], "2027-01-01T00:00:00Z")
    assert manager.get("/api/v1/proposals").json()["meta"]["poll_from"] is None


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=12), limit=st.integers(1, 4))
def test_who_polls_page_by_page_while_things_change_ends_with_the_truth(
    manager: TestClient, database: Database, changes: list[tuple[int, int]], limit: int
) -> None:
    now = datetime.fromisoformat("2026-10-01T00:00:00+00:00")
    with database.session() as session:
        made = [builders.proposal(session, builders.theme(session), updated_at=now).id for _ in range(10)]
    seen: dict[str, str] = {}
    left = list(changes)
    poll_from: str | None = now.isoformat()
    for _ in range(3):
        cursor: str | None = None
        while True:
            params = {"updated_since": poll_from, "limit": limit} | ({"cursor": cursor} if cursor else {})
            page = manager.get("/api/v1/proposals", params=params).json()
            seen |= {proposal["id"]: proposal["note"] for proposal in page["data"]}
            if left:  # something changes while the reader turns the page
                number, step = left.pop()
                now += timedelta(seconds=step)  # two changes may share a moment
                _touch(database, made[number], now, note=f"note {len(left)}")
            cursor = page["meta"]["next_cursor"]
            if cursor is None:
                poll_from = page["meta"]["poll_from"]
                break
    while left:
        number, step = left.pop()
        now += timedelta(seconds=step)
        _touch(database, made[number], now, note=f"note {len(left)}")
    final = manager.get("/api/v1/proposals", params={"updated_since": poll_from, "limit": 200}).json()
    seen |= {proposal["id"]: proposal["note"] for proposal in final["data"]}
    with database.session(readonly=True) as session:
        assert {proposal: seen[proposal] for proposal in made} == {
            proposal: session.get_one(Proposal, proposal).note for proposal in made
        }


def test_who_polls_hears_of_every_change_of_the_votes_though_the_version_stays(
    manager: TestClient, moderator: TestClient, world: World, database: Database
) -> None:
    voting, received = world.proposals
    long_ago = datetime.fromisoformat("2026-09-01T08:00:00+00:00")
    for proposal in world.proposals:
        _touch(database, proposal, long_ago)
    answer = manager.get("/api/v1/proposals", params={"sort": "changes"}).json()
    assert answer["meta"]["poll_from"] == "2026-09-01T07:59:00Z"
    version = manager.get(f"/api/v1/proposals/{voting}").json()["data"]["version"]

    def polled(since: datetime) -> dict[str, int]:
        """What changed, by id: the votes."""
        params = {"updated_since": since.isoformat(), "limit": 1}
        found: dict[str, int] = {}
        while True:
            page = manager.get("/api/v1/proposals", params=params).json()
            for proposal in page["data"]:
                assert datetime.fromisoformat(proposal["updated_at"]) >= since
                assert proposal["id"] not in found
                found[proposal["id"]] = proposal["votes"]
            if page["meta"]["next_cursor"] is None:
                return found
            params |= {"cursor": page["meta"]["next_cursor"]}

    def act(method: str, address: str, **options: Any) -> datetime:
        began = datetime.now(UTC)
        reply = moderator.request(method, f"/api/v1/proposals/{address}", **options)
        assert reply.status_code in (200, 201), reply.text
        return began

    assert polled(long_ago + timedelta(seconds=1)) == {}
    assert polled(act("POST", f"{voting}/votes", json={})) == {voting: 1}
    assert polled(act("DELETE", f"{voting}/votes")) == {voting: 0}
    again = act("POST", f"{voting}/votes", json={})
    assert polled(long_ago) == {received: 0, voting: 1}
    seen = manager.get(f"/api/v1/proposals/{voting}").json()["data"]
    assert seen["version"] == version
    assert datetime.fromisoformat(seen["updated_at"]) >= again


def test_a_merge_that_is_undone_is_a_change_of_the_proposal_that_lost_the_votes(
    manager: TestClient, moderator: TestClient, world: World
) -> None:
    voting, received = world.proposals
    moderator.post(f"/api/v1/proposals/{voting}/votes", json={})
    version = manager.get(f"/api/v1/proposals/{voting}").json()["data"]["version"]
    merged = manager.post(f"/api/v1/proposals/{voting}/merge", json={"into": received, "version": version}).json()
    began = datetime.now(UTC)
    manager.post(f"/api/v1/proposals/{voting}/unmerge", json={"version": merged["data"]["version"]})
    changed = manager.get("/api/v1/proposals", params={"updated_since": began.isoformat()}).json()["data"]
    assert {proposal["id"]: proposal["votes"] for proposal in changed} == {voting: 1, received: 0}


def test_an_answer_that_would_be_the_same_is_not_sent(manager: TestClient, moderator: TestClient, world: World) -> None:
    for address in ("/api/v1/proposals", f"/api/v1/proposals/{world.proposals[0]}"):
        first = manager.get(address)
        tag = first.headers["ETag"]
        for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = manager.get(address, headers={"If-None-Match": header})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert manager.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_vote_changes_what_is_seen_and_so_the_tag(manager: TestClient, moderator: TestClient, world: World) -> None:
    addresses = ("/api/v1/proposals", f"/api/v1/proposals/{world.proposals[0]}")
    tags = [manager.get(address).headers["ETag"] for address in addresses]
    moderator.post(f"/api/v1/proposals/{world.proposals[0]}/votes", json={})
    for address, tag in zip(addresses, tags, strict=True):
        assert manager.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_the_tag_of_a_proposal_serves_its_changes_too(manager: TestClient, moderator: TestClient, world: World) -> None:
    address = f"/api/v1/proposals/{world.proposals[1]}"
    tag = manager.get(address).headers["ETag"]
    moved = manager.patch(address, json={"status": "under_review"}, headers={"If-Match": tag})
    assert moved.status_code == 200, moved.text
    assert manager.get(address, headers={"If-None-Match": moved.headers["ETag"]}).status_code == 304
    assert manager.patch(address, json={"status": "voting"}, headers={"If-Match": tag}).status_code == 409


def test_a_replayed_write_has_the_tag_of_the_first_answer(manager: TestClient, world: World) -> None:
    address = f"/api/v1/proposals/{world.proposals[1]}"

    def move() -> Any:
        headers = {"Idempotency-Key": "move-once"}
        return manager.patch(address, json={"status": "under_review", "version": 1}, headers=headers)

    first, second = move(), move()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.json() == first.json()
    assert second.headers["ETag"] == first.headers["ETag"]
    assert first.headers["ETag"].startswith('"2-')
