"""Knowledge, jobs and events over the API."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.api.world import World

ENTRY = {"key": "faq-2", "kind": "faq", "title": "闹钟不响", "body": "请检查静音设置。"}


def test_an_entry_is_added_changed_and_taken_out_of_use(moderator: TestClient) -> None:
    added = moderator.post("/api/v1/knowledge", json=ENTRY)
    assert added.status_code == 201, added.text
    address = f"/api/v1/knowledge/{added.json()['data']['id']}"
    changed = moderator.patch(address, json={"title": "闹铃不响"}, headers={"If-Match": added.headers["ETag"]})
    assert (changed.json()["data"]["title"], changed.json()["data"]["body"]) == ("闹铃不响", ENTRY["body"])
    assert moderator.patch(address, json={"title": "x"}).status_code == 428
    assert moderator.patch(address, json={"title": "x", "version": 1}).status_code == 409
    gone = moderator.post(f"{address}/deactivate", json={"version": 2})
    assert gone.json()["data"]["active"] is False
    listed = moderator.get("/api/v1/knowledge?active=true").json()["data"]
    assert "faq-2" not in [entry["key"] for entry in listed]


def test_a_key_that_is_taken(moderator: TestClient, world: World) -> None:
    answer = moderator.post("/api/v1/knowledge", json=ENTRY | {"key": "faq-1"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "key_taken")
    assert answer.json()["error"]["details"]["id"] == world.knowledge


def test_an_import_twice_changes_nothing_the_second_time(moderator: TestClient) -> None:
    items = {"items": [ENTRY, ENTRY | {"key": "faq-3"}]}
    assert moderator.post("/api/v1/knowledge/import", json=items).json()["data"] == {
        "added": 2,
        "updated": 0,
        "unchanged": 0,
    }
    assert moderator.post("/api/v1/knowledge/import", json=items).json()["data"]["unchanged"] == 2


def test_a_kind_we_do_not_know(moderator: TestClient) -> None:
    answer = moderator.post("/api/v1/knowledge", json=ENTRY | {"kind": "rumour"})
    assert answer.json()["error"]["details"]["errors"][0]["where"] == "body.kind"


def test_a_run_is_started_once_while_it_waits(manager: TestClient) -> None:
    first = manager.post("/api/v1/jobs/run")
    assert (first.status_code, first.json()["data"]["status"]) == (202, "queued")
    assert manager.post("/api/v1/jobs/run").json()["data"]["id"] == first.json()["data"]["id"]


def test_a_waiting_job_is_cancelled(manager: TestClient) -> None:
    job = manager.post("/api/v1/jobs/run").json()["data"]["id"]
    assert manager.post(f"/api/v1/jobs/{job}/cancel").json()["data"]["status"] == "cancelled"
    again = manager.post(f"/api/v1/jobs/{job}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "job_ended")
    assert manager.post("/api/v1/jobs/job_nothing/cancel").status_code == 404


def test_jobs_are_filtered(manager: TestClient, world: World) -> None:
    running = manager.get("/api/v1/jobs?status=running&kind=run").json()["data"]
    assert [job["id"] for job in running] == [world.job]
    assert manager.get("/api/v1/jobs?status=asleep").status_code == 422


def test_events_are_filtered(manager: TestClient, moderator: TestClient) -> None:
    moderator.post("/api/v1/knowledge", json=ENTRY)
    me = moderator.get("/api/v1/me").json()["data"]["id"]
    events = manager.get("/api/v1/events", params={"actor": me}).json()["data"]
    assert [event["action"] for event in events] == ["knowledge.added"]
    assert manager.get("/api/v1/events", params={"action": "nothing.happened"}).json()["data"] == []
