"""Votes under review, releases, consent and contributors' links over the API."""

from __future__ import annotations

from collections.abc import Callable

from fastapi.testclient import TestClient

from ingest.pseudonyms import pseudonym
from store.database import Database
from store.repositories import authors, contributors
from store.tables import Event, IdempotencyKey
from tests.api.world import World

ClientOf = Callable[[str], TestClient]


def test_votes_are_reviewed_set_aside_and_counted_again(manager: TestClient, client_of: ClientOf, world: World) -> None:
    address = f"/api/v1/proposals/{world.proposals[0]}"
    body = {"voter": world.author, "provenance": "投票帖", "link": "https://forum.example.com/t/9"}
    assert client_of("token").post(f"{address}/votes", json=body).status_code == 201
    (vote,) = manager.get(f"{address}/votes/review").json()["data"]
    assert (vote["voter"], vote["tier"], vote["link"]) == (world.author, "regular", "https://forum.example.com/t/9")
    version = manager.get(address).json()["data"]["version"]
    choice = {"votes": [vote["id"]], "version": version}
    assert manager.post(f"{address}/votes/exclude", json=choice).status_code == 422  # no reason
    done = manager.post(f"{address}/votes/exclude", json=choice | {"reason": "刷票"}).json()["data"]
    assert (done["counted"], done["cast"], done["set_aside"]) == (0, 1, 1)
    (shown,) = manager.get(f"{address}/votes/review?flagged=true").json()["data"]
    assert shown["exclusion_reason"] == "刷票"
    stale = manager.post(f"{address}/votes/restore", json=choice)
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "stale_version")
    back = manager.post(f"{address}/votes/restore", json=choice | {"version": version + 1}).json()["data"]
    assert (back["counted"], back["by_tier"]) == (1, [{"tier": "regular", "votes": 1, "weight": 1.0}])


def test_a_vote_belongs_to_somebody_who_is_here(client_of: ClientOf, world: World) -> None:
    body = {"voter": "aut_invented", "provenance": "投票帖"}
    answer = client_of("token").post(f"/api/v1/proposals/{world.proposals[0]}/votes", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "voter_unknown")


def test_followers_are_counted_once(client_of: ClientOf, world: World) -> None:
    address = f"/api/v1/proposals/{world.proposals[0]}/followers"
    token = client_of("token")
    for _ in range(2):
        assert token.post(address, json={"follower": world.author}).json()["data"]["followers"] == 1
    assert token.delete(address, params={"follower": world.author}).json()["data"]["followers"] == 0


def test_a_release_is_written_published_and_listed(manager: TestClient, moderator: TestClient, world: World) -> None:
    voting = world.proposals[0]
    manager.patch(f"/api/v1/proposals/{voting}", json={"status": "accepted", "version": 1})
    body = {"title": "3.3 版", "released_at": "2026-08-21T17:00:00+08:00", "proposals": [voting]}
    made = manager.post("/api/v1/releases", json=body)
    assert (made.status_code, made.json()["data"]["status"]) == (201, "draft")
    release = made.json()["data"]["id"]
    assert moderator.get(f"/api/v1/releases/{release}").status_code == 403
    assert moderator.get("/api/v1/releases?status=draft").status_code == 403
    assert manager.post(f"/api/v1/releases/{release}/publish", json={}).status_code == 428
    done = manager.post(f"/api/v1/releases/{release}/publish", json={"version": 1})
    assert (done.status_code, done.json()["data"]["proposals"]) == (200, [voting])
    assert manager.get(f"/api/v1/proposals/{voting}").json()["data"]["status"] == "shipped"
    assert [row["id"] for row in moderator.get("/api/v1/releases").json()["data"]] == [release]
    assert manager.delete(f"/api/v1/releases/{release}", headers={"If-Match": '"2"'}).status_code == 409


def test_consent_to_be_named_is_recorded_and_taken_back(
    moderator: TestClient, world: World, database: Database
) -> None:
    address = f"/api/v1/authors/{world.author}/credit"
    body = {"display_name": "阿强", "provenance": "私信里同意"}
    given = moderator.post(address, json=body, headers={"Idempotency-Key": "k1"})
    assert given.json()["data"]["display_name"] == "阿强"
    assert moderator.get("/api/v1/credits").json()["data"][0]["author_id"] == world.author
    assert moderator.delete(address).status_code == 200
    assert moderator.delete(address).status_code == 409
    assert moderator.get("/api/v1/credits").json()["data"] == []
    with database.session(readonly=True) as session:
        kept = [*session.query(IdempotencyKey.body), *session.query(Event.before, Event.after, Event.note)]
        assert "阿强" not in str(kept)


def test_a_link_is_for_one_person_known_by_the_platforms_own_id(
    client_of: ClientOf, world: World, database: Database
) -> None:
    token = client_of("token")
    made = token.post("/api/v1/contributor-links", json={"platform": "discuz", "user": "10086"})
    assert made.status_code == 201, made.text
    expected = pseudonym("discuz", "10086", secret="x" * 32)
    assert made.json()["data"]["author_id"] == expected
    assert "/public/enter?link=" in made.json()["data"]["url"]
    with database.session(readonly=True) as session:
        author = authors.get(session, expected)
        assert author is not None
        assert (author.platform, author.first_seen) == ("discuz", None)
    known = token.post("/api/v1/contributor-links", json={"author_id": world.author})
    assert known.status_code == 201
    assert token.post("/api/v1/contributor-links", json={"author_id": "aut_nobody"}).status_code == 404
    assert token.post("/api/v1/contributor-links", json={}).status_code == 422
    ended = token.delete(f"/api/v1/authors/{world.author}/contributor-links").json()["data"]["ended"]
    assert ended == 1
    with database.session() as session:
        assert contributors.revoke_all(session, world.author) == 0
