"""The voting backlog over the API: reading, status changes, votes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from fastapi.testclient import TestClient

from tests.api.world import World


def test_the_backlog_is_read_by_status_time_and_text(manager: TestClient, world: World) -> None:
    def ids(query: str) -> list[str]:
        return [proposal["id"] for proposal in manager.get(f"/api/v1/proposals?{query}").json()["data"]]

    voting, received = world.proposals
    assert set(ids("")) == {voting, received}
    assert ids("status=voting") == [voting]
    assert set(ids("status=voting&status=received")) == {voting, received}
    assert ids("updated_since=2027-01-01T00:00:00Z") == []
    assert ids("q=没有这样的词") == []


def test_most_votes_first(manager: TestClient, moderator: TestClient, world: World) -> None:
    voting = world.proposals[0]
    manager.post(f"/api/v1/proposals/{voting}/votes", json={})
    proposals = manager.get("/api/v1/proposals?sort=votes").json()["data"]
    assert (proposals[0]["id"], proposals[0]["votes"]) == (voting, 1)


def test_one_person_one_vote(moderator: TestClient, manager: TestClient, world: World) -> None:
    address = f"/api/v1/proposals/{world.proposals[0]}/votes"
    assert moderator.post(address, json={}).status_code == 201
    second = moderator.post(address, json={})
    assert (second.status_code, second.json()["error"]["code"]) == (409, "already_voted")
    assert manager.post(address, json={}).status_code == 201
    assert moderator.get(address).json()["data"]["votes"] == 2
    assert moderator.delete(address).json()["data"]["votes"] == 1
    assert moderator.delete(address).status_code == 409


def test_votes_cast_at_once_count_once(client_of: Callable[[str], TestClient], world: World) -> None:
    address = f"/api/v1/proposals/{world.proposals[0]}/votes"
    start = Barrier(4)

    def vote(_: int) -> int:
        client = client_of("moderator")
        start.wait()
        return client.post(address, json={}).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(vote, range(4)))
    assert statuses == [201, 409, 409, 409]
    assert client_of("moderator").get(address).json()["data"]["votes"] == 1


def test_a_vote_on_behalf_says_where_it_was_said(client_of: Callable[[str], TestClient], world: World) -> None:
    token = client_of("token")
    address = f"/api/v1/proposals/{world.proposals[0]}/votes"
    assert token.post(address, json={}).json()["error"]["code"] == "voter_required"
    body = {"voter": world.author, "provenance": "群里第 12 条消息"}
    vote = token.post(address, json=body)
    assert vote.status_code == 201, vote.text
    assert vote.json()["data"]["provenance"] == "群里第 12 条消息"
    assert token.delete(address, params={"voter": world.author}).json()["data"]["votes"] == 0


def test_nobody_votes_before_the_vote(moderator: TestClient, world: World) -> None:
    answer = moderator.post(f"/api/v1/proposals/{world.proposals[1]}/votes", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_voting")


def test_a_status_changes_step_by_step(manager: TestClient, world: World) -> None:
    address = f"/api/v1/proposals/{world.proposals[1]}"
    skipped = manager.patch(address, json={"status": "shipped", "version": 1})
    assert (skipped.status_code, skipped.json()["error"]["details"]["status"]) == (409, "received")
    assert manager.patch(address, json={"status": "under_review"}).status_code == 428
    done = manager.patch(address, json={"status": "under_review", "note": "正在看"}, headers={"If-Match": '"1"'})
    assert (done.status_code, done.json()["data"]["status"]) == (200, "under_review")
    assert manager.patch(address, json={"status": "voting", "version": 1}).status_code == 409
    assert manager.get(address).headers["ETag"] == done.headers["ETag"]


def test_declining_needs_a_reason(manager: TestClient, world: World) -> None:
    address = f"/api/v1/proposals/{world.proposals[1]}"
    assert manager.patch(address, json={"status": "declined", "version": 1}).status_code == 422
    done = manager.patch(address, json={"status": "declined", "reason": "硬件做不到", "version": 1})
    assert done.json()["data"]["reason"] == "硬件做不到"


def test_merging_counts_every_voter_once_and_can_be_undone(
    manager: TestClient, moderator: TestClient, world: World
) -> None:
    voting, received = world.proposals
    for status, version in (("under_review", 1), ("voting", 2)):
        manager.patch(f"/api/v1/proposals/{received}", json={"status": status, "version": version})
    for proposal in world.proposals:
        assert moderator.post(f"/api/v1/proposals/{proposal}/votes", json={}).status_code == 201
    merged = manager.post(f"/api/v1/proposals/{received}/merge", json={"into": voting, "version": 3})
    assert merged.status_code == 200, merged.text
    assert (merged.json()["data"]["id"], merged.json()["data"]["votes"]) == (voting, 1)
    gone = manager.get(f"/api/v1/proposals/{received}").json()["data"]
    assert (gone["status"], gone["merged_into"]) == ("merged", voting)
    back = manager.post(f"/api/v1/proposals/{received}/unmerge", json={"version": gone["version"]})
    assert (back.json()["data"]["status"], back.json()["data"]["votes"]) == ("voting", 1)
