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
from tests.api.matrix import ALL, MATRIX, OPEN, PAGES, WORDS
from tests.api.world import World


def _routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(app.routes):
        for method in sorted(route.methods or {"MOUNT"}):
            yield method, route.path or ""


def _knock(client: TestClient, method: str, path: str) -> int:
    address = path.replace("{", "none_").replace("}", "")
    return client.request(method, address, json={} if method in ("POST", "PATCH") else None).status_code


def _is_refused(status: int) -> bool:
    return status in (401, 403)


def test_every_route_stands_in_the_matrix(app: FastAPI) -> None:
    assert set(_routes(app)) == set(MATRIX) | set(PAGES) | OPEN


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


@pytest.mark.parametrize("role", ALL.split())
def test_each_role_may_use_exactly_its_pages(role: str, client_of: Callable[[str], TestClient], world: World) -> None:
    client = client_of(role)
    things = {
        "post_id": world.posts[0],
        "note_id": "nte_none",
        "view_id": "viw_none",
        "theme_id": world.themes[0],
        "draft_id": world.drafts[0],
        "proposal_id": world.proposals[0],
        "job_id": world.job,
        "source_id": world.source,
        "knowledge_id": world.knowledge,
        "endpoint_id": world.webhook,
        "delivery_id": world.delivery,
        "connector_id": world.connector,
        "item_id": world.connector_item,
        "to": "accepted",
        "number": 1,
        "move_id": "mov_none",
        "release_id": "rel_none",
        "act": "exclude",
        "month": "2026-08",
        "chart": "demand",
        "user_id": "usr_none",
        "token_id": "tok_none",
    }
    wrong = [
        (method, path, status)
        for (method, path), roles in PAGES.items()
        if _is_refused(status := client.request(method, _address(path, things)).status_code) == (role in roles.split())
    ]
    assert wrong == []


def _address(path: str, things: dict[str, object]) -> str:
    """The address of a route; that of the stream with a mistake in it, or its answer would never end."""
    return path.format(**things) + ("?since=none" if path == "/live" else "")


def test_a_claim_page_shows_a_product_manager_the_draft_but_gives_it_to_nobody(
    manager: TestClient, moderator: TestClient, world: World
) -> None:
    manager.post(f"/drafts/{world.drafts[0]}/claim")
    manager.post("/drafts/next")
    statuses = {draft["status"] for draft in moderator.get("/api/v1/drafts?status=claimed").json()["data"]}
    assert statuses == set()


def test_a_stranger_meets_nothing_but_health_sign_in_and_static_files(app: FastAPI, stranger: TestClient) -> None:
    reached = {
        (method, path)
        for method, path in _routes(app)
        if method != "MOUNT" and not _turned_away(stranger, method, path)
    }
    assert reached <= OPEN


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


def test_a_token_reads_what_people_wrote_on_no_page_without_the_scope_for_posts(
    client_of: Callable[[str], TestClient], database: Database
) -> None:
    every = {scope.value for scope in TOKEN_SCOPES}
    told = {}
    for held in (every, every - {"post:read"}):
        with database.session() as session:
            _, secret = accounts.create_token(session, SYSTEM, name="t", scopes=sorted(held), expires_at=None)
        client = client_of(secret)
        told[len(held)] = {(method, path) for method, path in WORDS if _is_refused(_knock(client, method, path))}
    assert told == {len(every): set(), len(every) - 1: WORDS}


def test_a_refusal_names_the_missing_permission(moderator: TestClient) -> None:
    answer = moderator.get("/api/v1/tokens")
    assert answer.status_code == 403
    assert answer.json()["error"]["details"] == {"permission": "token:manage"}


def test_a_stranger_is_refused_before_the_body_is_looked_at(stranger: TestClient) -> None:
    answer = stranger.post("/api/v1/posts", content=b"{not json", headers={"Content-Type": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
