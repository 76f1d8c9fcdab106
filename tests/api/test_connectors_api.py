"""Connectors over the API: set up, changed, looked at, replayed; the key never comes out again."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.api.world import World

FIDER = {"kind": "fider", "name": "社区看板", "settings": {"url": "https://feedback.example.com"}, "key": "s3cret-key"}
CARDS = {
    "url": "https://board.example.com/cards",
    "template": {"title": "{title}", "ref": "{marker}"},
    "update_url": "https://board.example.com/cards/{remote_id}",
    "find_url": "https://board.example.com/cards?ref={marker}",
}


def test_a_board_is_connected_and_its_key_never_comes_out(admin: TestClient) -> None:
    made = admin.post("/api/v1/connectors", json=FIDER)
    assert made.status_code == 201, made.text
    connector = made.json()["data"]
    assert (connector["has_key"], connector["settings"]) == (True, {"url": "https://feedback.example.com"})
    for answer in (made, admin.get("/api/v1/connectors"), admin.get("/api/v1/events?action=connector.created")):
        assert "s3cret-key" not in answer.text


def test_a_generic_board_keeps_its_defaults_with_it(admin: TestClient) -> None:
    made = admin.post("/api/v1/connectors", json={"kind": "json_board", "name": "看板", "settings": CARDS})
    assert made.status_code == 201, made.text
    assert made.json()["data"]["settings"]["method"] == "POST"


def test_settings_of_another_kind_and_unfit_ones_are_refused(admin: TestClient) -> None:
    mixed = admin.post("/api/v1/connectors", json=FIDER | {"settings": CARDS})
    assert (mixed.status_code, mixed.json()["error"]["code"]) == (422, "settings_invalid")
    unmarked = CARDS | {"template": {"title": "{title}"}}
    refused = admin.post("/api/v1/connectors", json={"kind": "json_board", "name": "看板", "settings": unmarked})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "marker_required")
    strange = CARDS | {"template": {"title": "a\u0000b", "ref": "{marker}"}}
    nul = admin.post("/api/v1/connectors", json={"kind": "json_board", "name": "看板", "settings": strange})
    assert (nul.status_code, nul.json()["error"]["code"]) == (422, "settings_invalid")
    inside = FIDER | {"settings": {"url": "http://192.168.1.4"}}
    assert admin.post("/api/v1/connectors", json=inside).json()["error"]["code"] == "url_private"


def test_a_change_needs_the_version_and_turns_it_off(admin: TestClient, world: World) -> None:
    address = f"/api/v1/connectors/{world.connector}"
    assert admin.patch(address, json={"active": False}).status_code == 428
    done = admin.patch(address, json={"active": False, "version": 1})
    assert (done.json()["data"]["active"], done.json()["data"]["version"]) == (False, 2)
    assert admin.patch(address, json={"name": "x", "version": 1}).status_code == 409
    assert admin.delete(address, headers={"If-Match": '"2"'}).status_code == 200
    assert admin.get(address).status_code == 404


def test_what_could_not_be_pushed_is_seen_and_tried_again(admin: TestClient, manager: TestClient, world: World) -> None:
    address = f"/api/v1/connectors/{world.connector}"
    [item] = manager.get(f"{address}/items?status=dead").json()["data"]
    assert (item["id"], item["proposal_id"], item["last_code"]) == (world.connector_item, world.proposals[0], 500)
    assert manager.post(f"/api/v1/connector-items/{item['id']}/replay").status_code == 403
    assert admin.post(f"/api/v1/connector-items/{item['id']}/replay").json()["data"] == {"proposals": 1}
    assert admin.post(f"/api/v1/connector-items/{item['id']}/replay").status_code == 409
    assert admin.post(f"{address}/replay").json()["data"] == {"proposals": 0}
    assert admin.post(f"{address}/push-all").json()["data"] == {"proposals": 2}
    assert admin.get(address).json()["data"]["pending"] == 2
