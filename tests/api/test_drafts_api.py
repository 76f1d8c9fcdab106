"""Drafts over the API: claims that only one can win, decisions, and no way round a person."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

from fastapi.testclient import TestClient

from tests.api.world import World


def test_the_queue_shows_the_most_urgent_first(moderator: TestClient, world: World) -> None:
    drafts = moderator.get("/api/v1/drafts").json()["data"]
    assert [draft["id"] for draft in drafts] == list(world.drafts)
    assert drafts[0]["sentences"][0]["sources"] == [world.knowledge]


def test_of_two_parallel_claims_exactly_one_wins(
    moderator: TestClient, second_moderator: TestClient, world: World
) -> None:
    for draft in world.drafts:
        start = Barrier(2)

        def claim(client: TestClient, draft: str = draft, start: Barrier = start) -> tuple[int, dict[str, Any]]:
            start.wait()
            answer = client.post(f"/api/v1/drafts/{draft}/claim")
            return answer.status_code, answer.json()

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(claim, (moderator, second_moderator)))
        assert sorted(status for status, _ in answers) == [200, 409]
        refused = next(body for status, body in answers if status == 409)
        assert refused["error"]["details"]


def test_a_released_draft_is_free_for_others(moderator: TestClient, second_moderator: TestClient, world: World) -> None:
    draft = world.drafts[0]
    moderator.post(f"/api/v1/drafts/{draft}/claim")
    assert second_moderator.post(f"/api/v1/drafts/{draft}/claim").status_code == 409
    assert moderator.post(f"/api/v1/drafts/{draft}/release").json()["data"]["status"] == "proposed"
    assert second_moderator.post(f"/api/v1/drafts/{draft}/claim").status_code == 200


def test_claim_approve_publish(moderator: TestClient, world: World) -> None:
    address = f"/api/v1/drafts/{world.drafts[0]}"
    claimed = moderator.post(f"{address}/claim").json()["data"]
    approved = moderator.post(f"{address}/approve", json={"version": claimed["version"]})
    assert approved.status_code == 200, approved.text
    assert approved.json()["data"]["final_text"] == "请使用原装充电器。"
    published = moderator.post(f"{address}/publish", json={}, headers={"If-Match": approved.headers["ETag"]})
    assert published.json()["data"]["status"] == "published"
    again = moderator.post(f"{address}/publish", json={}, headers={"If-Match": published.headers["ETag"]})
    assert again.status_code == 409


def test_nothing_is_published_without_a_decision(moderator: TestClient, world: World) -> None:
    address = f"/api/v1/drafts/{world.drafts[0]}"
    assert moderator.post(f"{address}/publish", json={"version": 1}).status_code == 409
    claimed = moderator.post(f"{address}/claim").json()["data"]
    assert moderator.post(f"{address}/publish", json={"version": claimed["version"]}).status_code == 409


def test_no_token_decides(client_of: Callable[[str], TestClient], world: World) -> None:
    token = client_of("token")
    for action in ("claim", "approve", "publish"):
        answer = token.post(f"/api/v1/drafts/{world.drafts[0]}/{action}", json={"version": 1})
        assert answer.status_code == 403


def test_a_draft_that_needs_a_person_is_not_approved_unedited(moderator: TestClient, world: World) -> None:
    address = f"/api/v1/drafts/{world.drafts[1]}"
    version = moderator.post(f"{address}/claim").json()["data"]["version"]
    refused = moderator.post(f"{address}/approve", json={"version": version})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "needs_person")
    edited = moderator.post(f"{address}/edit", json={"text": "请带上购机凭证到服务点检测。", "version": version})
    assert (edited.status_code, edited.json()["data"]["status"]) == (200, "edited")


def test_versions_are_asked_for_and_compared(moderator: TestClient, world: World) -> None:
    address = f"/api/v1/drafts/{world.drafts[0]}"
    version = moderator.post(f"{address}/claim").json()["data"]["version"]
    assert moderator.post(f"{address}/reject", json={"reason": "不相关"}).status_code == 428
    assert moderator.post(f"{address}/reject", json={"reason": "不相关", "version": version - 1}).status_code == 409
    done = moderator.post(f"{address}/reject", json={"reason": "不相关", "version": version})
    assert done.json()["data"]["reject_reason"] == "不相关"
    back = moderator.post(f"{address}/reopen", json={"version": done.json()["data"]["version"]})
    assert back.json()["data"]["status"] == "claimed"


def test_a_draft_says_until_when_it_should_be_answered(moderator: TestClient, world: World) -> None:
    one = moderator.get(f"/api/v1/drafts/{world.drafts[1]}").json()["data"]
    since, due = (datetime.fromisoformat(one[name]) for name in ("waiting_since", "due_at"))
    assert due - since == timedelta(hours=72)
    assert one["knowledge_id"] is None
    assert one in moderator.get("/api/v1/drafts").json()["data"]


def test_pages_of_the_queue_follow_by_cursor_and_do_not_overlap(moderator: TestClient, world: World) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = moderator.get("/api/v1/drafts", params={"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
        seen += [draft["id"] for draft in page["data"]]
        cursor = page["meta"]["next_cursor"]
    assert sorted(seen) == sorted(world.drafts)
    assert moderator.get("/api/v1/drafts", params={"cursor": "12.abc"}).status_code == 422


def test_what_one_passes_over_comes_last_in_their_queue_only(
    moderator: TestClient, second_moderator: TestClient, world: World
) -> None:
    first = moderator.get("/api/v1/drafts").json()["data"][0]["id"]
    assert moderator.post(f"/api/v1/drafts/{first}/skip").json()["data"]["status"] == "proposed"
    assert moderator.get("/api/v1/drafts").json()["data"][-1]["id"] == first
    assert second_moderator.get("/api/v1/drafts").json()["data"][0]["id"] == first


def test_the_figures_of_answering_count_what_was_decided(moderator: TestClient, world: World) -> None:
    before = moderator.get("/api/v1/drafts/figures").json()["data"]
    assert (before["answered"], before["unchanged_share"], before["promise_hours"]) == (0, None, 72)
    address = f"/api/v1/drafts/{world.drafts[0]}"
    version = moderator.post(f"{address}/claim").json()["data"]["version"]
    moderator.post(f"{address}/approve", json={"version": version})
    after = moderator.get("/api/v1/drafts/figures").json()["data"]
    assert (after["answered"], after["unchanged"], after["unchanged_share"]) == (1, 1, 1)
    long_ago = moderator.get("/api/v1/drafts/figures", params={"until": "0001-01-05T00:00:00Z"})
    assert long_ago.status_code == 200


def test_a_reply_becomes_knowledge_by_a_second_person(
    moderator: TestClient, second_moderator: TestClient, world: World
) -> None:
    address = f"/api/v1/drafts/{world.drafts[0]}"
    version = moderator.post(f"{address}/claim").json()["data"]["version"]
    version = moderator.post(f"{address}/approve", json={"version": version}).json()["data"]["version"]
    wanted = {"title": "夜里为什么充不满", "body": "夜间会先停在八成，起床前充满。", "version": version}
    own = moderator.post(f"{address}/adopt", json=wanted)
    assert (own.status_code, own.json()["error"]["code"]) == (422, "second_look_required")
    kept = second_moderator.post(f"{address}/adopt", json=wanted)
    assert kept.status_code == 200, kept.text
    assert kept.json()["data"]["kind"] == "approved_reply"
    assert moderator.get(address).json()["data"]["knowledge_id"] == kept.json()["data"]["id"]
