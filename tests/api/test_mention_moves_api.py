"""Moves of mentions over the API: what one would do is said first, what was decided on must still hold, undo is whole."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from store.database import Database
from store.repositories import map_points
from store.tables import Mention, MentionPin, Theme
from tests.api.world import World
from tests.map_maker import draw_map

MAP = "/api/v1/map"


@pytest.fixture
def numbers(database: Database, world: World) -> dict[str, int]:
    """Point numbers by mention id."""
    with database.session() as session:
        draw_map(session)
        keys = {mention.key: mention.id for mention in session.scalars(select(Mention))}
        found = map_points.numbered(session, range(1, 1_000))
        return {keys[one.key]: one.number for one in found}


def _preview(client: TestClient, **meant: Any) -> dict[str, Any]:
    answer = client.post(f"{MAP}/move-preview", json=meant)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def _seen(preview: dict[str, Any]) -> list[dict[str, Any]]:
    fields = ("theme_id", "version", "mentions", "dismissed")
    return [{field: source[field] for field in fields} for source in preview["sources"]]


def _homes(database: Database, ids: list[str]) -> set[str | None]:
    with database.session(readonly=True) as session:
        return set(session.scalars(select(Mention.theme_id).where(Mention.id.in_(ids))))


def test_a_preview_says_what_would_be_left_and_changes_nothing(
    manager: TestClient, database: Database, world: World, numbers: dict[str, int]
) -> None:
    some = list(world.mentions[:1])
    by_id = _preview(manager, mention_ids=[*some, "mtn_unknown"])
    assert by_id == _preview(manager, points=[numbers[some[0]], 999_999])
    (source,) = by_id["sources"]
    assert source["theme_id"] == world.themes[0]
    assert (source["mentions"], source["left"], source["movable"]) == (1, len(world.mentions) - 1, True)
    whole = _preview(manager, mention_ids=list(world.mentions))
    assert [source["movable"] for source in whole["sources"]] == [False]
    assert _homes(database, list(world.mentions)) == {world.themes[0]}


def test_a_split_makes_a_theme_and_the_undo_brings_everything_back(
    manager: TestClient, database: Database, world: World, numbers: dict[str, int]
) -> None:
    some = list(world.mentions[:1])
    body = {"points": [numbers[some[0]]], "sources": _seen(_preview(manager, mention_ids=some)), "name": "过夜充电"}
    answer = manager.post(f"{MAP}/split", json=body, headers={"Idempotency-Key": "once"})
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert (made["kind"], made["mentions"], made["theme"]["name"], made["theme"]["size"]) == ("split", 1, "过夜充电", 1)
    assert _homes(database, some) == {made["theme"]["id"]}
    again = manager.post(f"{MAP}/split", json=body, headers={"Idempotency-Key": "once"})
    assert again.json() == answer.json()
    undone = manager.post(f"{MAP}/moves/{made['id']}/undo", json={})
    assert undone.json()["data"] == {"mentions": 1, "left": 0}
    assert _homes(database, some) == {world.themes[0]}
    twice = manager.post(f"{MAP}/moves/{made['id']}/undo", json={})
    assert (twice.status_code, twice.json()["error"]["code"]) == (409, "already_undone")


def test_a_move_needs_the_versions_that_were_seen(
    manager: TestClient, database: Database, world: World, numbers: dict[str, int]
) -> None:
    some, target = list(world.mentions[:1]), world.themes[1]
    seen = _seen(_preview(manager, mention_ids=some))
    with database.session(readonly=True) as session:
        version = session.get_one(Theme, target).version
    body: dict[str, Any] = {"mention_ids": some, "sources": seen, "into": target}
    assert manager.post(f"{MAP}/move", json=body).status_code == 428
    unversioned = [{**one, "version": None} for one in seen]
    assert manager.post(f"{MAP}/move", json={**body, "sources": unversioned, "version": version}).status_code == 428
    stale = manager.post(f"{MAP}/move", json=body, headers={"If-Match": f'"{version + 1}"'})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "stale_version")
    miscounted = [{**one, "mentions": 2} for one in seen]
    changed = manager.post(f"{MAP}/move", json={**body, "sources": miscounted, "version": version})
    assert (changed.status_code, changed.json()["error"]["code"]) == (409, "selection_changed")
    assert _homes(database, some) == {world.themes[0]}
    done = manager.post(f"{MAP}/move", json=body, headers={"If-Match": f'"{version}"'})
    assert (done.status_code, done.json()["data"]["theme"]["id"]) == (201, target)
    assert _homes(database, some) == {target}


def test_dismissed_mentions_stay_out_and_sources_left_out_stay_where_they_are(
    manager: TestClient, database: Database, world: World, numbers: dict[str, int]
) -> None:
    other = world.mentions[1]
    with database.session() as session:
        session.get_one(Mention, other).theme_id = None
    some = [world.mentions[0], other]
    seen = [one for one in _seen(_preview(manager, mention_ids=some)) if one["theme_id"] == world.themes[0]]
    answer = manager.post(f"{MAP}/dismiss", json={"mention_ids": some, "sources": seen, "note": "广告"})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["data"]["mentions"], answer.json()["data"]["theme"]) == (1, None)
    assert _homes(database, [other]) == {None}
    assert _homes(database, some[:1]) == {None}
    with database.session(readonly=True) as session:
        key = session.get_one(Mention, some[0]).key
        assert [(pin.key, pin.theme_id) for pin in session.scalars(select(MentionPin))] == [(key, None)]
    (dismissed,) = _preview(manager, mention_ids=some[:1])["sources"]
    assert (dismissed["dismissed"], dismissed["theme_id"]) == (True, None)
