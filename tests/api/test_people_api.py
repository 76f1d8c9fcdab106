"""Signing in, sessions, tokens and users over the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.security import SESSION_COOKIE
from api.throttle import SignInThrottle, TooManyAttemptsError
from tests.api.world import PASSWORD, World

ClientOf = Callable[[str], TestClient]


def _sign_in(client: TestClient, password: str = PASSWORD, username: str = "moderator") -> int:
    return client.post("/api/v1/session", json={"username": username, "password": password}).status_code


def test_signing_in_gives_a_cookie_no_script_can_read(stranger: TestClient) -> None:
    answer = stranger.post("/api/v1/session", json={"username": "moderator", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["role"] == "moderator"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie  # plain http here
    assert stranger.get("/api/v1/me").json()["data"]["name"] == "moderator"


def test_the_cookie_is_secure_where_the_address_is(app: FastAPI) -> None:
    client = TestClient(app, base_url="https://testserver")
    answer = client.post("/api/v1/session", json={"username": "moderator", "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]


def test_a_wrong_password_and_an_unknown_name_are_told_alike(stranger: TestClient) -> None:
    wrong = stranger.post("/api/v1/session", json={"username": "moderator", "password": "nonsense!"})
    unknown = stranger.post("/api/v1/session", json={"username": "nobody", "password": "nonsense!"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_guessing_is_slowed_down(stranger: TestClient) -> None:
    statuses = [_sign_in(stranger, "guess") for _ in range(11)]
    assert statuses[:10] == [401] * 10
    assert statuses[10] == 429
    answer = stranger.post("/api/v1/session", json={"username": "moderator", "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert _sign_in(stranger, username="admin") == 200


def test_an_address_that_tries_many_names_has_to_wait() -> None:
    now = [0.0]
    throttle = SignInThrottle(failures=3, window=60, most_addresses=2, clock=lambda: now[0])
    for _ in range(3):
        throttle.check("1.2.3.4")
        throttle.failed("1.2.3.4")
    with pytest.raises(TooManyAttemptsError):
        throttle.check("1.2.3.4")
    throttle.check("5.6.7.8")
    now[0] = 61.0
    throttle.check("1.2.3.4")


def test_signing_out_ends_the_session_and_frees_the_drafts(
    moderator: TestClient, second_moderator: TestClient, world: World
) -> None:
    secret = moderator.cookies[SESSION_COOKIE]
    moderator.post(f"/api/v1/drafts/{world.drafts[0]}/claim")
    assert moderator.delete("/api/v1/session").status_code == 200
    moderator.cookies.set(SESSION_COOKIE, secret)
    assert moderator.get("/api/v1/me").status_code == 401
    assert second_moderator.post(f"/api/v1/drafts/{world.drafts[0]}/claim").status_code == 200


def test_a_token_is_shown_once_and_revoked_for_good(admin: TestClient, client_of: ClientOf) -> None:
    created = admin.post("/api/v1/tokens", json={"name": "tracker", "scopes": ["proposal:read"]}).json()["data"]
    assert created["secret"].startswith("zs_")
    assert created["secret"] not in admin.get("/api/v1/tokens").text
    tracker = client_of(created["secret"])
    assert tracker.get("/api/v1/proposals").status_code == 200
    assert tracker.get("/api/v1/themes").status_code == 403
    assert admin.delete(f"/api/v1/tokens/{created['id']}").json()["data"]["revoked_at"] is not None
    assert tracker.get("/api/v1/proposals").status_code == 401


def test_the_use_of_a_token_is_noted(admin: TestClient, client_of: ClientOf) -> None:
    client_of("token").get("/api/v1/me")
    used = {token["name"]: token["last_used_at"] for token in admin.get("/api/v1/tokens").json()["data"]}
    assert used["everything"] is not None
    assert used["bare"] is None


@pytest.mark.parametrize("scopes", [["draft:decide"], ["everything"], []])
def test_a_token_cannot_hold_what_needs_a_person(admin: TestClient, scopes: list[str]) -> None:
    assert admin.post("/api/v1/tokens", json={"name": "t", "scopes": scopes}).status_code == 422


def test_a_bearer_token_that_is_wrong_is_not_saved_by_the_cookie(admin: TestClient) -> None:
    assert admin.get("/api/v1/me", headers={"Authorization": "Bearer zs_wrong"}).status_code == 401
    assert admin.get("/api/v1/me", headers={"Authorization": "Basic YTpi"}).status_code == 401


def test_a_user_is_added_and_taken_out_of_use(admin: TestClient, stranger: TestClient) -> None:
    body = {"username": "xiaoli", "password": "a long password", "role": "moderator", "display_name": "小李"}
    added = admin.post("/api/v1/users", json=body)
    assert added.status_code == 201, added.text
    assert "password" not in added.text
    assert admin.post("/api/v1/users", json=body).status_code == 409
    assert _sign_in(stranger, "a long password", "xiaoli") == 200
    user = added.json()["data"]["id"]
    assert admin.post(f"/api/v1/users/{user}/password", json={"password": "another password"}).status_code == 200
    assert stranger.get("/api/v1/me").status_code == 401
    stranger.cookies.clear()
    assert admin.post(f"/api/v1/users/{user}/deactivate").json()["data"]["active"] is False
    assert _sign_in(stranger, "another password", "xiaoli") == 401


def test_ones_own_password_needs_the_current_one(moderator: TestClient, stranger: TestClient) -> None:
    wrong = {"current_password": "nonsense", "new_password": "a new long password"}
    assert moderator.post("/api/v1/me/password", json=wrong).status_code == 403
    right = wrong | {"current_password": PASSWORD}
    assert moderator.post("/api/v1/me/password", json=right).status_code == 200
    assert moderator.get("/api/v1/me").status_code == 200
    assert _sign_in(stranger, "a new long password") == 200


def test_a_person_is_forgotten(admin: TestClient, world: World) -> None:
    erased = admin.post(f"/api/v1/authors/{world.author}/erase")
    assert erased.json()["data"]["posts"] == 4
    assert admin.get(f"/api/v1/posts?author={world.author}").json()["data"] == []
    assert "13800138000" not in admin.get(f"/api/v1/posts/{world.posts[0]}/raw").text
    assert admin.post(f"/api/v1/authors/{world.author}/erase").status_code == 404
