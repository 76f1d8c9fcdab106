"""Headers on every answer, writes from other sites refused, and logs that name nobody's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import structlog
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from api.security import SESSION_COOKIE, is_cross_site
from store.database import Database
from tests.api.world import World


@pytest.mark.parametrize("address", ["/healthz", "/api/v1/themes", "/api/v1/nothing", "/signin", "/static/nothing.js"])
def test_every_answer_carries_the_headers(stranger: TestClient, address: str) -> None:
    headers = stranger.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert len(headers["X-Request-Id"]) >= 8


def test_answers_are_not_kept_by_caches(admin: TestClient) -> None:
    assert admin.get("/api/v1/themes").headers["Cache-Control"] == "no-store"


SITES = [
    ({"sec-fetch-site": "same-origin"}, False),
    ({"sec-fetch-site": "none"}, False),
    ({"sec-fetch-site": "same-site"}, True),
    ({"sec-fetch-site": "cross-site"}, True),
    ({"sec-fetch-site": "cross-site", "origin": "http://desk.example"}, True),
    ({"origin": "http://desk.example"}, False),
    ({"origin": "https://desk.example"}, False),
    ({"origin": "http://desk.example:81"}, True),
    ({"origin": "http://evil.example"}, True),
    ({"origin": "http://desk.example.evil.example"}, True),
    ({"origin": "null"}, True),
    ({"origin": ""}, True),
    ({}, False),
    ({"cookie": f"a=b; {SESSION_COOKIE}=x"}, True),
    ({"cookie": f"{SESSION_COOKIE}=x", "authorization": "Bearer zs_x"}, False),
]


@pytest.mark.parametrize(("headers", "refused"), SITES)
def test_where_a_write_comes_from(headers: dict[str, str], refused: bool) -> None:
    assert is_cross_site("POST", "desk.example", Headers(headers)) is refused
    assert is_cross_site("GET", "desk.example", Headers(headers)) is False


def test_a_write_from_another_site_changes_nothing(manager: TestClient, world: World) -> None:
    address = f"/api/v1/themes/{world.themes[0]}"
    answer = manager.patch(address, json={"name": "x", "version": 1}, headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_site_write")
    assert manager.get(address).json()["data"]["version"] == 1


def test_forced_sign_in_from_another_site_is_refused(stranger: TestClient) -> None:
    answer = stranger.post(
        "/api/v1/session",
        json={"username": "admin", "password": "x"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403


@pytest.fixture
def heard_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loggers that `capture_logs` hears: a command line under test may have configured and used these before."""
    structlog.reset_defaults()
    monkeypatch.setattr("api.access_log.log", structlog.get_logger("zhongsheng.access"))
    monkeypatch.setattr("api.errors.log", structlog.get_logger("zhongsheng.errors"))


@pytest.mark.usefixtures("heard_log")
def test_the_log_names_the_request_but_nobodys_words(manager: TestClient, world: World) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = manager.get("/api/v1/themes", params={"q": "充电很慢"}, headers={"X-Request-Id": "trace-0001"})
        manager.get("/充电很慢")
        manager.patch(f"/api/v1/themes/{world.themes[0]}", json={"name": "充电很慢", "version": 1})
    assert answer.headers["X-Request-Id"] == "trace-0001"
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in requests] == [200, 404, 200]
    assert requests[0]["path"] == "/api/v1/themes"
    assert requests[0]["principal"].startswith("usr_")
    assert "充电" not in str(lines)


def test_a_request_id_with_anything_strange_in_it_is_replaced(stranger: TestClient) -> None:
    answer = stranger.get("/healthz", headers={"X-Request-Id": "a" * 200})
    assert len(answer.headers["X-Request-Id"]) == 26


@pytest.mark.usefixtures("heard_log")
def test_a_fault_is_logged_without_the_words_it_fell_over(
    client_of: Callable[[str], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise ValueError("充电很慢 13800138000")

    monkeypatch.setattr("store.repositories.themes.ranked", fail)
    with structlog.testing.capture_logs() as lines:
        client_of("admin").get("/api/v1/themes")
    fault = next(line for line in lines if line["event"] == "internal_error")
    assert fault["error_type"] == "ValueError"
    assert any("fail" in place for place in fault["where"])
    assert "13800138000" not in str(lines)


def test_health_is_open_and_readiness_looks_at_the_database(stranger: TestClient, database: Database) -> None:
    assert stranger.get("/healthz").json() == {"data": {"status": "ok"}, "meta": {}}
    assert stranger.get("/readyz").status_code == 200
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'older'")
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_ready")
    assert stranger.get("/healthz").status_code == 200
