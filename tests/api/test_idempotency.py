"""A write that is sent again under the same Idempotency-Key happens once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
from fastapi.testclient import TestClient

from tests.api.world import World


def _send(client: TestClient, once: str, **fields: object) -> httpx.Response:
    body = {"key": "faq-9", "kind": "faq", "title": "闹钟不响", "body": "请检查静音设置。", **fields}
    return client.post("/api/v1/knowledge", json=body, headers={"Idempotency-Key": once})


def test_the_first_answer_is_replayed(manager: TestClient) -> None:
    first, second = _send(manager, "a"), _send(manager, "a")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(manager.get("/api/v1/events?action=knowledge.added").json()["data"]) == 1


def test_a_replay_outlives_what_happened_since(manager: TestClient, world: World) -> None:
    def rename() -> httpx.Response:
        headers = {"Idempotency-Key": "r", "If-Match": '"1"'}
        return manager.patch(f"/api/v1/themes/{world.themes[0]}", json={"name": "快充变慢"}, headers=headers)

    assert rename().status_code == 200
    again = rename()
    assert again.status_code == 200
    assert again.json()["data"]["version"] == 2


def test_the_same_key_with_another_request_is_refused(manager: TestClient) -> None:
    _send(manager, "a")
    answer = _send(manager, "a", title="别的标题")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_key_reused")


def test_a_failed_write_leaves_its_key_free(manager: TestClient, world: World) -> None:
    taken = _send(manager, "a", key="faq-1")
    assert taken.status_code == 409
    assert _send(manager, "a").status_code == 201


def test_keys_of_two_people_do_not_meet(manager: TestClient, admin: TestClient) -> None:
    assert _send(manager, "a").status_code == 201
    assert _send(admin, "a", key="faq-10").status_code == 201


def test_at_once_it_happens_once_too(client_of: Callable[[str], TestClient]) -> None:
    start = Barrier(4)

    def send(_: int) -> httpx.Response:
        client = client_of("product_manager")
        start.wait()
        return _send(client, "a")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1


def test_the_secret_of_a_new_token_is_never_kept(admin: TestClient) -> None:
    def create() -> dict[str, str]:
        body = {"name": "t", "scopes": ["theme:read"]}
        created: dict[str, str] = admin.post("/api/v1/tokens", json=body, headers={"Idempotency-Key": "t"}).json()
        return created

    assert create() != create()


def test_an_unfit_key_is_refused(manager: TestClient) -> None:
    assert _send(manager, "x" * 201).status_code == 422
