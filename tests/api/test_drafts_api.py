"""Drafts over the API: claims that only one can win, decisions, and no way round a person."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

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

        def claim(client: TestClient, draft: str = draft, start: Barrier = start) -> tuple[int, dict]:
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
