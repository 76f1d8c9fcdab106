"""Endpoints over the API: the secret shown once, versions, tests, dead letters and their replay."""

from __future__ import annotations

from fastapi.testclient import TestClient
from sqlalchemy import select

from pipeline.settings import Settings
from review.sealing import unseal
from store.database import Database
from store.tables import IdempotencyKey, WebhookSecret
from tests.api.world import World

ENDPOINT = {"url": "https://hooks.example.com/zhongsheng", "event_types": ["vote.cast", "draft.approved"]}


def test_an_endpoint_shows_its_secret_once_and_the_store_keeps_it_sealed(
    admin: TestClient, database: Database, settings: Settings
) -> None:
    made = admin.post("/api/v1/webhooks", json=ENDPOINT, headers={"Idempotency-Key": "k"})
    assert made.status_code == 201, made.text
    data = made.json()["data"]
    secret = data["secret"]
    assert secret.startswith("whsec_")
    assert data["event_types"] == ["vote.cast", "draft.approved"]
    again = admin.get(f"/api/v1/webhooks/{data['id']}")
    assert "secret" not in again.json()["data"]
    assert secret not in admin.get("/api/v1/webhooks").text
    with database.session(readonly=True) as session:
        kept = session.scalars(select(WebhookSecret).where(WebhookSecret.endpoint_id == data["id"])).one()
        assert secret not in kept.sealed
        assert unseal(settings.secret_key(), kept.sealed) == secret
        assert session.scalars(select(IdempotencyKey)).all() == []


def test_an_address_inside_the_network_is_refused(admin: TestClient) -> None:
    for url in (
        "http://127.0.0.1/x",
        "http://10.0.0.8/",
        "http://[::1]:9/",
        "http://localhost/x",
        "http://169.254.169.254/",
    ):
        answer = admin.post("/api/v1/webhooks", json=ENDPOINT | {"url": url})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "url_private"), url


def test_unknown_events_and_none_are_refused(admin: TestClient) -> None:
    assert admin.post("/api/v1/webhooks", json=ENDPOINT | {"event_types": ["user.created"]}).status_code == 422
    assert admin.post("/api/v1/webhooks", json=ENDPOINT | {"event_types": []}).status_code == 422


def test_a_change_needs_the_version_that_was_seen(admin: TestClient, world: World) -> None:
    address = f"/api/v1/webhooks/{world.webhook}"
    assert admin.patch(address, json={"active": False}).status_code == 428
    done = admin.patch(address, json={"active": False}, headers={"If-Match": '"1"'})
    assert (done.status_code, done.json()["data"]["active"], done.headers["ETag"]) == (200, False, '"2"')
    stale = admin.patch(address, json={"active": True, "version": 1})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "stale_version")
    assert admin.patch(address, json={"active": True, "description": "看板", "version": 2}).status_code == 200
    assert admin.get(address).json()["data"]["description"] == "看板"


def test_rotation_gives_another_secret(admin: TestClient) -> None:
    made = admin.post("/api/v1/webhooks", json=ENDPOINT).json()["data"]
    rotated = admin.post(f"/api/v1/webhooks/{made['id']}/rotate", json={"version": 1})
    assert rotated.status_code == 200, rotated.text
    assert rotated.json()["data"]["secret"] != made["secret"]


def test_a_test_is_queued_and_shows_what_is_sent(admin: TestClient, world: World) -> None:
    queued = admin.post(f"/api/v1/webhooks/{world.webhook}/test")
    assert queued.status_code == 202, queued.text
    shown = admin.get(f"/api/v1/webhook-deliveries/{queued.json()['data']['id']}").json()["data"]
    assert (shown["status"], shown["body"]["type"], shown["attempts"]) == ("pending", "webhook.test", [])


def test_dead_letters_are_listed_looked_at_and_replayed(admin: TestClient, manager: TestClient, world: World) -> None:
    [dead] = manager.get("/api/v1/webhook-deliveries?status=dead").json()["data"]
    assert (dead["id"], dead["endpoint_id"], dead["last_code"]) == (world.delivery, world.webhook, 500)
    assert manager.get(f"/api/v1/webhook-deliveries/{dead['id']}").json()["data"]["attempts"][0]["answer"] == "oops"
    assert manager.post(f"/api/v1/webhook-deliveries/{dead['id']}/replay").status_code == 403
    again = admin.post(f"/api/v1/webhook-deliveries/{dead['id']}/replay")
    assert (again.json()["data"]["status"], again.json()["data"]["tries"]) == ("pending", 0)
    assert again.json()["data"]["message_id"] == dead["message_id"]
    assert admin.post(f"/api/v1/webhook-deliveries/{dead['id']}/replay").status_code == 409
    assert admin.post(f"/api/v1/webhooks/{world.webhook}/replay").json()["data"] == {"replayed": 0}


def test_a_removed_endpoint_takes_its_deliveries_with_it(admin: TestClient, world: World) -> None:
    address = f"/api/v1/webhooks/{world.webhook}"
    assert admin.delete(address).status_code == 428
    assert admin.delete(address, headers={"If-Match": '"1"'}).json()["data"]["removed"] is True
    assert admin.get(address).status_code == 404
    assert admin.get(f"/api/v1/webhook-deliveries/{world.delivery}").status_code == 404
    removed = admin.get("/api/v1/events?action=webhook.removed").json()["data"][0]
    assert removed["before"]["url"] == "https://other.example"  # without the path, which may be a secret
