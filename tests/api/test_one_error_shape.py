"""Whatever goes wrong, the answer has one shape and says what to do."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from tests.api.world import HOSTILE, World

JSON = {"Content-Type": "application/json"}


def _error(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["code"] == code
    assert answer.headers["content-type"] == "application/json"
    details: dict[str, object] = body["error"]["details"]
    return details


def test_an_unknown_address(stranger: TestClient) -> None:
    _error(stranger.get("/api/v1/nothing"), 404, "not_found")


def test_an_unknown_thing(admin: TestClient) -> None:
    _error(admin.get("/api/v1/themes/thm_nothing"), 404, "theme_not_found")


def test_a_method_the_address_does_not_take(admin: TestClient) -> None:
    answer = admin.put("/api/v1/themes")
    _error(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


def test_an_unknown_filter_is_refused_instead_of_ignored(admin: TestClient) -> None:
    details = _error(admin.get("/api/v1/themes?prodcut=phone"), 422, "validation_failed")
    assert "product" in str(details)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "since=2026-08-01", "since=5", "status=gone"])
def test_a_bad_filter_says_which(admin: TestClient, query: str) -> None:
    details = _error(admin.get(f"/api/v1/themes?{query}"), 422, "validation_failed")
    assert query.partition("=")[0] in str(details)


@pytest.mark.parametrize("cursor", ["x", "e30", "WyJwb3N0cyIsMSwxXQ", "…"])
def test_a_cursor_of_elsewhere(admin: TestClient, cursor: str) -> None:
    _error(admin.get("/api/v1/themes", params={"cursor": cursor}), 422, "invalid_cursor")


def test_a_field_we_do_not_know(manager: TestClient, world: World) -> None:
    answer = manager.patch(f"/api/v1/themes/{world.themes[0]}", json={"name": "慢", "version": 1, "colour": "red"})
    details = _error(answer, 422, "validation_failed")
    assert "body.colour" in str(details)


def test_a_body_that_is_no_json(manager: TestClient, world: World) -> None:
    answer = manager.patch(f"/api/v1/themes/{world.themes[0]}", content=b"{name:", headers=JSON)
    _error(answer, 422, "validation_failed")


@pytest.mark.parametrize("name", ["", "   ", "a\u0000b", "\ud800", "长" * 201, "two\nlines"])
def test_text_that_cannot_be_a_name(manager: TestClient, world: World, name: str) -> None:
    content = ('{"version": 1, "name": "' + "".join(f"\\u{ord(char):04x}" for char in name) + '"}').encode()
    answer = manager.patch(f"/api/v1/themes/{world.themes[0]}", content=content, headers=JSON)
    _error(answer, 422, "validation_failed")


def test_what_was_sent_is_not_repeated_in_the_error(manager: TestClient, world: World) -> None:
    answer = manager.patch(f"/api/v1/themes/{world.themes[0]}", json={"name": ["13800138000"], "version": 1})
    assert answer.status_code == 422
    assert "13800138000" not in answer.text


def test_a_body_over_the_limit(manager: TestClient, world: World) -> None:
    address = f"/api/v1/themes/{world.themes[0]}"
    big = b'{"name": "' + b"a" * (3 * 2**20) + b'"}'
    details = _error(manager.patch(address, content=big, headers=JSON), 413, "body_too_large")
    assert details == {"limit_bytes": 2 * 2**20}


def test_a_body_over_the_limit_that_hides_its_length(manager: TestClient, world: World) -> None:
    pieces = (b"a" * 2**20 for _ in range(4))
    answer = manager.patch(f"/api/v1/themes/{world.themes[0]}", content=pieces, headers=JSON)
    _error(answer, 413, "body_too_large")


def test_a_fault_of_the_service_says_nothing_of_its_inside(
    app: FastAPI, client_of: Callable[[str], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise RuntimeError("SELECT secret FROM 13800138000")

    monkeypatch.setattr("store.repositories.themes.ranked", fail)
    answer = client_of("admin").get("/api/v1/themes")
    _error(answer, 500, "internal_error")
    assert "secret" not in answer.text
    assert answer.headers["X-Request-Id"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_database_that_does_not_answer(
    client_of: Callable[[str], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    monkeypatch.setattr("store.repositories.themes.ranked", fail)
    answer = client_of("admin").get("/api/v1/themes")
    _error(answer, 503, "database_unavailable")
    assert answer.headers["Retry-After"] == "2"


def test_hostile_text_comes_back_as_the_text_it_was(manager: TestClient, world: World) -> None:
    address = f"/api/v1/themes/{world.themes[0]}"
    answer = manager.patch(address, json={"name": HOSTILE, "version": 1})
    assert answer.status_code == 200, answer.text
    assert manager.get(address).json()["data"]["name"] == HOSTILE
    found = manager.get("/api/v1/themes", params={"q": "</script>'\"; DROP"}).json()["data"]
    assert [theme["id"] for theme in found] == [world.themes[0]]
    assert manager.get("/api/v1/themes", params={"q": "%_"}).json()["data"] == []
