"""Themes over REST beyond reading and editing: search, previews, themes alike, notes, owners, saved views."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from store.database import Database
from store.tables import Theme
from tests.api.world import Everyone, World

THEMES = "/api/v1/themes"


def test_a_search_says_how_each_theme_was_found_and_what_could_not_be_asked(manager: TestClient, world: World) -> None:
    answer = manager.get(f"{THEMES}/search", params={"q": "充電很慢"}).json()
    assert answer["meta"]["meaning"] == "absent"
    assert answer["meta"]["found"] == len(answer["data"])
    hit = answer["data"][0]
    assert (hit["theme"]["id"], hit["by_words"], hit["by_meaning"]) == (world.themes[0], True, False)
    assert hit["snippet"] == "充电很慢"
    assert manager.get(f"{THEMES}/search", params={"q": "充電", "by": "meaning"}).json()["data"] == []
    assert manager.get(f"{THEMES}/search").status_code == 422


@pytest.mark.parametrize("sort", ["demand", "people", "growth", "severity", "latest", "newest"])
def test_every_order_lists_every_theme_once(manager: TestClient, world: World, sort: str) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        params = {"sort": sort, "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = manager.get(THEMES, params=params).json()
        seen += [theme["id"] for theme in page["data"]]
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(world.themes)


def test_a_cursor_of_one_order_is_refused_by_another(manager: TestClient) -> None:
    cursor = manager.get(THEMES, params={"sort": "people", "limit": 1}).json()["meta"]["next_cursor"]
    assert manager.get(THEMES, params={"sort": "growth", "cursor": cursor}).status_code == 422


def test_a_merge_goes_through_as_previewed_and_not_otherwise(
    manager: TestClient, world: World, database: Database
) -> None:
    one, into = world.themes[2], world.themes[0]
    asked = {"theme_id": [one], "into": into}
    preview = manager.get(f"{THEMES}/merge-preview", params=asked).json()["data"]
    assert preview["target"]["id"] == into
    assert preview["union"]["mentions"] == 4
    manager.patch(f"{THEMES}/{into}", json={"name": "充电太慢", "version": 1})
    body = {"into": into, "version": 1, "basis": preview["basis"]}
    refused = manager.post(f"{THEMES}/{one}/merge", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "preview_outdated")
    assert [shift["what"] for shift in refused.json()["error"]["details"]["changed"]] == ["edited"]
    fresh = manager.get(f"{THEMES}/merge-preview", params=asked).json()["data"]["basis"]
    assert manager.post(f"{THEMES}/{one}/merge", json=body | {"basis": fresh}).status_code == 200
    with database.session(readonly=True) as session:
        assert session.get_one(Theme, one).merged_into == into


def test_a_split_and_a_dismissal_can_be_looked_at_first(manager: TestClient, world: World) -> None:
    theme = world.themes[0]
    split = manager.get(f"{THEMES}/{theme}/split-preview", params={"mention_id": world.mentions[:1]}).json()["data"]
    assert (split["leaving"]["mentions"], split["staying"]["mentions"]) == (1, 3)
    body = {"name": "快充", "mention_ids": world.mentions[:1], "version": 1, "basis": split["basis"]}
    new = manager.post(f"{THEMES}/{theme}/split", json=body).json()["data"]
    back = manager.post(f"{THEMES}/{new['id']}/rejoin", json={"version": new["version"]})
    assert back.json()["data"]["id"] == theme
    dismissal = manager.get(f"{THEMES}/{theme}/dismissal-preview").json()["data"]
    assert dismissal["cautions"] == ["on_ballot"]
    assert dismissal["drafts"] == 3


def test_notes_are_left_changed_and_taken_away(manager: TestClient, moderator: TestClient, world: World) -> None:
    notes = f"{THEMES}/{world.themes[1]}/notes"
    made = moderator.post(notes, json={"text": "已确认"})
    assert made.status_code == 201
    note = made.json()["data"]
    assert manager.get(notes).json()["data"] == [note]
    assert manager.patch(f"{notes}/{note['id']}", json={"text": "改", "version": 1}).status_code == 403
    assert moderator.patch(f"{notes}/{note['id']}", json={"text": "改"}).status_code == 428
    assert moderator.patch(f"{notes}/{note['id']}", json={"text": "改", "version": 1}).json()["data"]["version"] == 2
    assert moderator.delete(f"{notes}/{note['id']}", headers={"If-Match": '"2"'}).status_code == 200
    assert manager.get(notes).json()["data"] == []


def test_an_owner_is_chosen_and_filters_the_list(manager: TestClient, world: World, everyone: Everyone) -> None:
    theme, owner = world.themes[1], everyone.users["moderator"]
    answer = manager.put(f"{THEMES}/{theme}/owner", json={"owner_id": owner, "version": 1}).json()["data"]
    assert (answer["owner_id"], answer["version"]) == (owner, 2)
    assert [one["id"] for one in manager.get(THEMES, params={"owner": owner}).json()["data"]] == [theme]
    assert theme not in [one["id"] for one in manager.get(THEMES, params={"owner": "none"}).json()["data"]]
    assert manager.get(f"{THEMES}/{theme}/owner").json()["data"]["owner_id"] == owner


def test_a_view_is_kept_as_the_board_understands_it(manager: TestClient, moderator: TestClient, world: World) -> None:
    made = manager.post("/api/v1/theme-views", json={"name": "增长", "query": "?sort=growth&nonsense=1&q=充电"})
    view = made.json()["data"]
    assert view["query"] == "q=%E5%85%85%E7%94%B5&sort=growth"
    assert view["id"] not in [one["id"] for one in moderator.get("/api/v1/theme-views").json()["data"]]
    manager.patch(f"/api/v1/theme-views/{view['id']}", json={"shared": True})
    assert view["id"] in [one["id"] for one in moderator.get("/api/v1/theme-views").json()["data"]]
    assert moderator.delete(f"/api/v1/theme-views/{view['id']}").status_code == 403
    assert manager.delete(f"/api/v1/theme-views/{view['id']}").status_code == 200


def test_themes_alike_and_standings_are_lists(manager: TestClient, world: World) -> None:
    assert manager.get(f"{THEMES}/{world.themes[0]}/similar").json()["data"] == []
    manager.patch(f"{THEMES}/{world.themes[0]}", json={"name": "充电太慢", "version": 1})
    assert manager.get(f"{THEMES}/{world.themes[0]}/standings").json()["data"] == []


def test_a_given_name_is_taken_back(manager: TestClient, world: World) -> None:
    theme = world.themes[0]
    manager.patch(f"{THEMES}/{theme}", json={"name": "别的", "version": 1})
    assert manager.delete(f"{THEMES}/{theme}/name").status_code == 428
    assert manager.delete(f"{THEMES}/{theme}/name", params={"version": 2}).json()["data"]["name"] == "充电 慢"
