"""Who may use which address: every route of the application, in full. A new route fails here until it is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from review import accounts
from review.permissions import TOKEN_SCOPES
from review.principals import SYSTEM
from store.database import Database

ALL = "admin product_manager moderator"
MANAGERS = "admin product_manager"
MODERATORS = "admin moderator"
ADMIN = "admin"

# (method, path) -> the roles that may, and the one scope that lets a token in ("" for persons only, "*" for any token)
MATRIX: dict[tuple[str, str], tuple[str, str]] = {
    ("GET", "/api/v1/openapi.json"): (ALL, "*"),
    ("GET", "/api/v1/posts"): (ALL, "post:read"),
    ("POST", "/api/v1/posts"): (MANAGERS, "post:write"),
    ("GET", "/api/v1/posts/{post_id}"): (ALL, "post:read"),
    ("GET", "/api/v1/posts/{post_id}/raw"): (ADMIN, "post:read_raw"),
    ("GET", "/api/v1/sources"): (ALL, "post:read"),
    ("POST", "/api/v1/sources"): (MANAGERS, "post:write"),
    ("GET", "/api/v1/sources/{source_id}"): (ALL, "post:read"),
    ("GET", "/api/v1/sources/{source_id}/rejected"): (ALL, "post:read"),
    ("GET", "/api/v1/themes"): (ALL, "theme:read"),
    ("GET", "/api/v1/themes/{theme_id}"): (ALL, "theme:read"),
    ("GET", "/api/v1/themes/{theme_id}/mentions"): (ALL, "theme:read post:read"),
    ("GET", "/api/v1/themes/{theme_id}/lineage"): (ALL, "theme:read"),
    ("PATCH", "/api/v1/themes/{theme_id}"): (MANAGERS, "theme:edit"),
    ("POST", "/api/v1/themes/{theme_id}/merge"): (MANAGERS, "theme:edit"),
    ("POST", "/api/v1/themes/{theme_id}/split"): (MANAGERS, "theme:edit"),
    ("POST", "/api/v1/themes/{theme_id}/not-a-theme"): (MANAGERS, "theme:edit"),
    ("POST", "/api/v1/themes/{theme_id}/restore"): (MANAGERS, "theme:edit"),
    ("POST", "/api/v1/themes/{theme_id}/route"): (MANAGERS, "theme:route"),
    ("GET", "/api/v1/drafts"): (ALL, "draft:read"),
    ("GET", "/api/v1/drafts/{draft_id}"): (ALL, "draft:read"),
    ("POST", "/api/v1/drafts/{draft_id}/claim"): (MODERATORS, ""),
    ("POST", "/api/v1/drafts/{draft_id}/release"): (MODERATORS, ""),
    ("POST", "/api/v1/drafts/{draft_id}/approve"): (MODERATORS, ""),
    ("POST", "/api/v1/drafts/{draft_id}/edit"): (MODERATORS, ""),
    ("POST", "/api/v1/drafts/{draft_id}/reject"): (MODERATORS, ""),
    ("POST", "/api/v1/drafts/{draft_id}/reopen"): (MODERATORS, ""),
    ("POST", "/api/v1/drafts/{draft_id}/publish"): (MODERATORS, ""),
    ("GET", "/api/v1/proposals"): (ALL, "proposal:read"),
    ("GET", "/api/v1/proposals/{proposal_id}"): (ALL, "proposal:read"),
    ("PATCH", "/api/v1/proposals/{proposal_id}"): (MANAGERS, "proposal:edit"),
    ("POST", "/api/v1/proposals/{proposal_id}/merge"): (MANAGERS, "proposal:edit"),
    ("POST", "/api/v1/proposals/{proposal_id}/unmerge"): (MANAGERS, "proposal:edit"),
    ("GET", "/api/v1/proposals/{proposal_id}/votes"): (ALL, "proposal:read"),
    ("POST", "/api/v1/proposals/{proposal_id}/votes"): (ALL, "vote:cast"),
    ("DELETE", "/api/v1/proposals/{proposal_id}/votes"): (ALL, "vote:cast"),
    ("GET", "/api/v1/knowledge"): (ALL, "knowledge:read"),
    ("POST", "/api/v1/knowledge"): (ALL, "knowledge:write"),
    ("POST", "/api/v1/knowledge/import"): (ALL, "knowledge:write"),
    ("GET", "/api/v1/knowledge/{knowledge_id}"): (ALL, "knowledge:read"),
    ("PATCH", "/api/v1/knowledge/{knowledge_id}"): (ALL, "knowledge:write"),
    ("POST", "/api/v1/knowledge/{knowledge_id}/deactivate"): (ALL, "knowledge:write"),
    ("GET", "/api/v1/jobs"): (ALL, "job:read"),
    ("GET", "/api/v1/jobs/{job_id}"): (ALL, "job:read"),
    ("POST", "/api/v1/jobs/run"): (MANAGERS, "job:run"),
    ("POST", "/api/v1/jobs/{job_id}/cancel"): (MANAGERS, "job:run"),
    ("GET", "/api/v1/events"): (ALL, "event:read"),
    ("GET", "/api/v1/me"): (ALL, "*"),
    ("DELETE", "/api/v1/session"): (ALL, "*"),
    ("GET", "/api/v1/tokens"): (ADMIN, ""),
    ("POST", "/api/v1/tokens"): (ADMIN, ""),
    ("DELETE", "/api/v1/tokens/{token_id}"): (ADMIN, ""),
    ("GET", "/api/v1/users"): (ADMIN, ""),
    ("POST", "/api/v1/users"): (ADMIN, ""),
    ("GET", "/api/v1/users/{user_id}"): (ADMIN, ""),
    ("POST", "/api/v1/users/{user_id}/deactivate"): (ADMIN, ""),
    ("POST", "/api/v1/users/{user_id}/password"): (ADMIN, ""),
    ("POST", "/api/v1/authors/{author_id}/erase"): (ADMIN, "author:erase"),
    ("POST", "/api/v1/me/password"): (ALL, "*"),
}

OPEN: set[tuple[str, str]] = {("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/api/v1/session")}


def _routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(app.routes):
        for method in sorted(route.methods or {"MOUNT"}):
            yield method, route.path or ""


def _knock(client: TestClient, method: str, path: str) -> int:
    address = path.replace("{", "none_").replace("}", "")
    return client.request(method, address, json={} if method in ("POST", "PATCH") else None).status_code


def _is_refused(status: int) -> bool:
    return status in (401, 403)


def test_every_api_route_stands_in_the_matrix(app: FastAPI) -> None:
    found = {(method, path) for method, path in _routes(app) if path.startswith("/api/")}
    assert found == set(MATRIX) | {key for key in OPEN if key[1].startswith("/api/")}


@pytest.mark.parametrize("role", ALL.split())
def test_each_role_may_use_exactly_its_endpoints(role: str, client_of: Callable[[str], TestClient]) -> None:
    client = client_of(role)
    # signing out goes last: it ends the session that the others need
    order = sorted(MATRIX, key=lambda key: key == ("DELETE", "/api/v1/session"))
    wrong = [
        (method, path, status)
        for method, path in order
        if _is_refused(status := _knock(client, method, path)) == (role in MATRIX[method, path][0].split())
    ]
    assert wrong == []


def test_a_stranger_meets_nothing_but_health_sign_in_and_static_files(app: FastAPI, stranger: TestClient) -> None:
    reached = {
        (method, path)
        for method, path in _routes(app)
        if method != "MOUNT" and not _turned_away(stranger, method, path)
    }
    assert reached <= OPEN | OPEN_PAGES


# What a page needs before anybody has signed in: the form itself, and the language and look it is shown in.
OPEN_PAGES = {("GET", "/signin"), ("POST", "/signin")}


def _turned_away(client: TestClient, method: str, path: str) -> bool:
    address = path.replace("{", "none_").replace("}", "")
    answer = client.request(method, address)
    if answer.status_code in (302, 303, 307):
        return answer.headers["location"].startswith("/signin")
    return answer.status_code == 401


def test_a_wrong_token_is_refused_everywhere(client_of: Callable[[str], TestClient]) -> None:
    client = client_of("zs_wrong")
    statuses = {_knock(client, method, path) for method, path in MATRIX}
    assert statuses == {401}


def test_a_token_opens_exactly_what_its_scopes_name(client_of: Callable[[str], TestClient], database: Database) -> None:
    every = {scope.value for scope in TOKEN_SCOPES}
    wrong = []
    for (method, path), (_, scopes) in MATRIX.items():
        if scopes == "*":
            continue
        needed = set(scopes.split())
        for held, expected in ((needed, bool(needed)), (every - needed if needed else every, False)):
            if not held:
                continue
            with database.session() as session:
                _, secret = accounts.create_token(session, SYSTEM, name="t", scopes=sorted(held), expires_at=None)
            if _is_refused(_knock(client_of(secret), method, path)) == expected:
                wrong.append((method, path, sorted(held)))
    assert wrong == []


def test_a_refusal_names_the_missing_permission(moderator: TestClient) -> None:
    answer = moderator.get("/api/v1/tokens")
    assert answer.status_code == 403
    assert answer.json()["error"]["details"] == {"permission": "token:manage"}


def test_a_stranger_is_refused_before_the_body_is_looked_at(stranger: TestClient) -> None:
    answer = stranger.post("/api/v1/posts", content=b"{not json", headers={"Content-Type": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
