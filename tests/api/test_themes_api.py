"""Themes over the API: the ranked list, evidence, and people's edits with versions."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.api.world import World


def test_the_best_demand_comes_first(manager: TestClient, world: World) -> None:
    themes = manager.get("/api/v1/themes").json()["data"]
    assert [theme["id"] for theme in themes] == list(world.themes)
    assert themes[0]["demand"]["score"] == 90.0
    assert themes[0]["first_seen"].endswith("Z")


def test_filters_and_search_narrow_the_list(manager: TestClient, world: World) -> None:
    def ids(query: str) -> list[str]:
        return [theme["id"] for theme in manager.get(f"/api/v1/themes?{query}").json()["data"]]

    assert ids("q=闹钟") == [world.themes[1]]
    assert ids(f"channel={world.channel}") == [world.themes[0]]
    assert ids("since=2027-01-01T00:00:00Z") == []
    assert ids("status=retired") == []


def test_a_theme_carries_its_version_as_etag(manager: TestClient, world: World) -> None:
    answer = manager.get(f"/api/v1/themes/{world.themes[0]}")
    assert answer.headers["ETag"] == '"1"'
    assert answer.json()["data"]["version"] == 1


def test_mentions_can_be_read(manager: TestClient, world: World) -> None:
    mentions = manager.get(f"/api/v1/themes/{world.themes[0]}/mentions").json()["data"]
    assert {mention["id"] for mention in mentions} == set(world.mentions)


def test_a_rename_needs_the_version_seen(manager: TestClient, world: World) -> None:
    address = f"/api/v1/themes/{world.themes[0]}"
    missing = manager.patch(address, json={"name": "快充变慢"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (428, "version_missing")
    done = manager.patch(address, json={"name": "快充变慢"}, headers={"If-Match": '"1"'})
    assert done.status_code == 200
    assert done.headers["ETag"] == '"2"'
    assert done.json()["data"]["named_by_person"] is True
    stale = manager.patch(address, json={"name": "别的名字", "version": 1})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "stale_version")
    assert stale.json()["error"]["details"]["version"] == 2
    assert stale.json()["error"]["details"]["changed_by"] == "product_manager"
    assert manager.get(address).json()["data"]["name"] == "快充变慢"


def test_a_header_and_a_body_that_disagree_about_the_version(manager: TestClient, world: World) -> None:
    answer = manager.patch(
        f"/api/v1/themes/{world.themes[0]}", json={"name": "慢", "version": 2}, headers={"If-Match": '"1"'}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "versions_disagree")


def test_a_merge_can_be_undone(manager: TestClient, world: World) -> None:
    first, second, _ = world.themes
    merged = manager.post(f"/api/v1/themes/{second}/merge", json={"into": first, "version": 1})
    assert merged.status_code == 200, merged.text
    assert merged.json()["data"]["id"] == first
    gone = manager.get(f"/api/v1/themes/{second}").json()["data"]
    assert (gone["status"], gone["merged_into"]) == ("merged", first)
    back = manager.post(f"/api/v1/themes/{second}/restore", json={"version": gone["version"]})
    assert back.json()["data"]["status"] == "active"
    kinds = [edge["kind"] for edge in manager.get(f"/api/v1/themes/{second}/lineage").json()["data"]]
    assert "merge" in kinds


def test_merging_into_itself_is_refused(manager: TestClient, world: World) -> None:
    theme = world.themes[0]
    answer = manager.post(f"/api/v1/themes/{theme}/merge", json={"into": theme, "version": 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "merge_into_itself")


def test_mentions_are_split_off_into_a_theme_of_their_own(manager: TestClient, world: World) -> None:
    answer = manager.post(
        f"/api/v1/themes/{world.themes[0]}/split",
        json={"mention_ids": list(world.mentions[:2]), "name": "夜间充电慢", "version": 1},
    )
    assert answer.status_code == 201, answer.text
    new = answer.json()["data"]["id"]
    assert len(manager.get(f"/api/v1/themes/{new}/mentions").json()["data"]) == 2


def test_what_is_not_a_theme_leaves_the_list(manager: TestClient, world: World) -> None:
    theme = world.themes[2]
    answer = manager.post(f"/api/v1/themes/{theme}/not-a-theme", json={"version": 1, "note": "广告"})
    assert answer.json()["data"]["status"] == "not_a_theme"
    assert theme not in [entry["id"] for entry in manager.get("/api/v1/themes").json()["data"]]


def test_a_theme_goes_to_the_ballot_once(manager: TestClient, world: World) -> None:
    theme = world.themes[2]
    first = manager.post(f"/api/v1/themes/{theme}/route", json={"title": "少一些广告", "version": 1})
    assert first.status_code == 201, first.text
    assert (first.json()["data"]["theme_id"], first.json()["data"]["votes"]) == (theme, 0)
    version = manager.get(f"/api/v1/themes/{theme}").json()["data"]["version"]
    second = manager.post(f"/api/v1/themes/{theme}/route", json={"version": version})
    assert second.status_code == 409


def test_every_edit_is_an_event(manager: TestClient, world: World) -> None:
    theme = world.themes[0]
    manager.patch(f"/api/v1/themes/{theme}", json={"name": "快充变慢", "version": 1})
    event = manager.get("/api/v1/events", params={"subject_id": theme}).json()["data"][0]
    assert event["action"] == "theme.renamed"
    assert event["before"] == {"name": "充电很慢", "named_by_person": False}
    assert event["after"] == {"name": "快充变慢"}
