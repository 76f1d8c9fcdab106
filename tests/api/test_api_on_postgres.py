"""The promises that rest on the database, kept on PostgreSQL too: races, replays, search, strange text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.security import SESSION_COOKIE
from pipeline.settings import Settings
from store.database import Database
from tests.api.world import HOSTILE, ORIGIN, World, populate

As = Callable[[str], TestClient]


@pytest.fixture
def served(postgres_database: Database, tmp_path: Path) -> Iterator[tuple[As, World]]:
    world, everyone = populate(postgres_database)
    url = postgres_database.url.render_as_string(hide_password=False)
    app = create_app(Settings(_env_file=None, state=tmp_path, database_url=url, secret="x" * 32))

    def client(role: str) -> TestClient:
        made = TestClient(app, base_url=ORIGIN, headers={"Origin": ORIGIN})
        made.cookies.set(SESSION_COOKIE, everyone.sessions[role])
        return made

    yield client, world
    app.state.database.dispose()


def _at_once(send: Callable[[TestClient], httpx.Response], clients: list[TestClient]) -> list[httpx.Response]:
    start = Barrier(len(clients))

    def go(client: TestClient) -> httpx.Response:
        start.wait()
        return send(client)

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(go, clients))


def test_of_two_parallel_claims_exactly_one_wins(served: tuple[As, World]) -> None:
    client, world = served
    for draft in world.drafts:
        clients = [client("moderator"), client("admin")]
        answers = _at_once(lambda one, draft=draft: one.post(f"/api/v1/drafts/{draft}/claim"), clients)
        assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_a_write_repeated_at_once_happens_once(served: tuple[As, World]) -> None:
    client, _ = served
    entry = {"key": "faq-9", "kind": "faq", "title": "闹钟不响", "body": "请检查静音设置。"}
    answers = _at_once(
        lambda one: one.post("/api/v1/knowledge", json=entry, headers={"Idempotency-Key": "k"}),
        [client("product_manager") for _ in range(4)],
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1


def test_votes_cast_at_once_count_once(served: tuple[As, World]) -> None:
    client, world = served
    address = f"/api/v1/proposals/{world.proposals[0]}/votes"
    answers = _at_once(lambda one: one.post(address, json={}), [client("moderator") for _ in range(4)])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert client("moderator").get(address).json()["data"]["votes"] == 1


def test_edits_at_once_lose_nobodys_work(served: tuple[As, World]) -> None:
    client, world = served
    address = f"/api/v1/themes/{world.themes[0]}"
    clients = [client("product_manager"), client("admin")]
    answers = _at_once(lambda one: one.patch(address, json={"name": "快充变慢", "version": 1}), clients)
    assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_hostile_text_is_kept_and_found(served: tuple[As, World]) -> None:
    client, world = served
    manager = client("product_manager")
    address = f"/api/v1/themes/{world.themes[0]}"
    assert manager.patch(address, json={"name": HOSTILE, "version": 1}).json()["data"]["name"] == HOSTILE
    found = manager.get("/api/v1/themes", params={"q": "DROP TABLE"}).json()["data"]
    assert [theme["id"] for theme in found] == [world.themes[0]]
    assert manager.get("/api/v1/themes", params={"q": "\x00"}).status_code == 422


def test_a_look_at_raw_text_and_the_use_of_a_token_are_written(served: tuple[As, World]) -> None:
    client, world = served
    admin = client("admin")
    assert admin.get(f"/api/v1/posts/{world.posts[0]}/raw").status_code == 200
    assert len(admin.get("/api/v1/events?action=post.raw_read").json()["data"]) == 1
