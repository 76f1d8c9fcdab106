"""Posts pushed and read over the API."""

from __future__ import annotations

import json

from fastapi.testclient import TestClient

from tests.api.world import HOSTILE, World

NDJSON = {"Content-Type": "application/x-ndjson"}


def _post(number: int, **fields: object) -> dict[str, object]:
    return {
        "id": f"n{number}",
        "author": f"u{number}",
        "time": "2026-08-01T09:30:00+08:00",
        "text": f"第{number}个人说升级以后充电特别慢",
        **fields,
    }


def _texts(client: TestClient) -> list[str]:
    return [post["text"] for post in client.get("/api/v1/posts?limit=200").json()["data"]]


def test_an_array_is_counted_and_stored(manager: TestClient) -> None:
    answer = manager.post("/api/v1/posts?channel=推送", json=[_post(1), _post(2), _post(1), {"id": "n3", "text": 5}])
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert (data["received"], data["written"], data["duplicate"], data["rejected"]) == (4, 2, 1, 1)
    assert [row["line"] for row in data["rejected_rows"]] == [4]
    assert "text" in data["rejected_rows"][0]["reason"]
    kept = manager.get(f"/api/v1/sources/{data['source_id']}/rejected").json()["data"]
    assert kept == data["rejected_rows"]


def test_one_object_is_taken(manager: TestClient) -> None:
    answer = manager.post("/api/v1/posts", json=_post(1, channel="群"))
    assert answer.json()["data"]["written"] == 1


def test_json_lines_are_taken_and_a_broken_line_sinks_nothing(manager: TestClient) -> None:
    lines = "\n".join([json.dumps(_post(1)), "{broken", json.dumps(_post(2))])
    data = manager.post("/api/v1/posts?channel=推送", content=lines.encode(), headers=NDJSON).json()["data"]
    assert (data["received"], data["written"], data["rejected"]) == (3, 2, 1)
    assert data["rejected_rows"][0]["line"] == 2


def test_sending_twice_adds_nothing(manager: TestClient) -> None:
    manager.post("/api/v1/posts?channel=推送", json=[_post(1)])
    before = _texts(manager)
    data = manager.post("/api/v1/posts?channel=推送", json=[_post(1)]).json()["data"]
    assert (data["written"], data["duplicate"]) == (0, 1)
    assert _texts(manager) == before


def test_a_dry_run_counts_and_writes_nothing(manager: TestClient) -> None:
    before = _texts(manager)
    data = manager.post("/api/v1/posts?channel=推送&dry_run=true", json=[_post(1), {"text": ""}]).json()["data"]
    assert data["dry_run"] is True
    assert data["source_id"] is None
    assert (data["received"], data["written"]) == (2, 1)
    assert _texts(manager) == before
    assert manager.get("/api/v1/sources").json()["data"][0]["name"] == "posts.jsonl"


def test_a_post_without_any_channel_is_rejected_with_what_to_do(manager: TestClient) -> None:
    data = manager.post("/api/v1/posts", json=[_post(1), _post(2, channel="群")]).json()["data"]
    assert (data["written"], data["rejected"]) == (1, 1)
    assert "?channel=" in data["rejected_rows"][0]["reason"]


def test_a_post_without_a_time_is_kept_and_counted(manager: TestClient) -> None:
    post = _post(1)
    del post["time"]
    data = manager.post("/api/v1/posts?channel=推送", json=post).json()["data"]
    assert (data["written"], data["without_time"]) == (1, 1)


def test_what_is_no_post_at_all_is_refused(manager: TestClient) -> None:
    for content in (b"", b"[]", b"5", b'"text"', b"{", b"\xff\xfe\x00", b"[" * 100_000):
        answer = manager.post("/api/v1/posts", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "not_posts"), content[:20]


def test_another_media_type_is_refused(manager: TestClient) -> None:
    answer = manager.post("/api/v1/posts", content=b"text=hello", headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


def test_hostile_posts_are_only_text(manager: TestClient) -> None:
    texts = [HOSTILE, "\u0000" + HOSTILE, "'; DELETE FROM posts; --", "\ud800 half a character", "{{7*7}}"]
    content = json.dumps([_post(number, text=text) for number, text in enumerate(texts)]).encode()
    answer = manager.post("/api/v1/posts?channel=推送", content=content, headers={"Content-Type": "application/json"})
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert data["received"] == 5
    assert data["written"] + data["rejected"] == 5
    assert "'; DELETE FROM posts; --" in _texts(manager)


def test_personal_data_are_masked_in_what_is_shown(manager: TestClient) -> None:
    manager.post("/api/v1/posts?channel=推送", json=[_post(1, text="我的电话 13912345678，充电慢")])
    shown = [text for text in _texts(manager) if "充电慢" in text]
    assert shown
    assert "13912345678" not in str(shown)


def test_raw_text_needs_its_permission_and_leaves_a_trace(
    admin: TestClient, moderator: TestClient, world: World
) -> None:
    address = f"/api/v1/posts/{world.posts[0]}"
    assert "13800138000" not in moderator.get(address).text
    assert moderator.get(f"{address}/raw").status_code == 403
    assert "13800138000" in admin.get(f"{address}/raw").json()["data"]["raw"]
    events = admin.get("/api/v1/events", params={"action": "post.raw_read"}).json()["data"]
    assert [event["subject_id"] for event in events] == [world.posts[0]]


def test_pages_of_a_list_hold_everything_once(admin: TestClient, world: World) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, str | int] = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/api/v1/posts", params=params).json()
        seen += [post["id"] for post in page["data"]]
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            break
    assert seen == list(world.posts)
