"""Messages reach endpoints: signed, retried, given up visibly, never lost, under one id however often they are sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook, WebhookVerificationError

from pipeline.delivery import Postman
from pipeline.outbound import relay
from pipeline.retries import WAITS, next_wait
from pipeline.settings import Settings
from review import themes, webhooks
from review.principals import SYSTEM
from store.database import Database
from store.repositories import deliveries
from store.tables import Event, WebhookDelivery, WebhookEndpoint
from tests import builders
from tests.receivers import Reply, receiver

KEY = b"a secret of these tests"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None, state=tmp_path, secret=KEY.decode(), outgoing_allow_private=True, outgoing_timeout=2,
        vote_threshold=2,
    )  # fmt: skip


def listen(database: Database, url: str, *types: str) -> tuple[str, str]:
    """A new endpoint: its id and its secret."""
    with database.session() as session:
        endpoint, secret = webhooks.create(
            session, SYSTEM, key=KEY, url=url, event_types=types or ("theme.updated",), allow_private=True
        )
        return endpoint.id, secret


def rename(database: Database, name: str = "充电太慢") -> str:
    """Something that happens: a theme gets a new name. The theme's id."""
    with database.session() as session:
        theme = builders.theme(session)
        themes.rename(session, SYSTEM, theme.id, name=name, version=1)
        return theme.id


def send(database: Database, settings: Settings) -> None:
    """Tell of everything that happened and send everything that is due."""
    relay(database, settings)
    postman = Postman(settings, database)
    postman.look()
    postman.rest()
    postman.stop()


def delivery(database: Database) -> WebhookDelivery:
    with database.session(readonly=True) as session:
        return session.scalars(select(WebhookDelivery)).one()


def make_due(database: Database) -> None:
    """Time passes until the next try."""
    with database.session() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(WebhookDelivery).where(WebhookDelivery.status == "pending").values(due_at=past))


def test_what_happened_arrives_signed_once(database: Database, settings: Settings) -> None:
    with receiver() as other:
        _, secret = listen(database, other.url + "/hooks")
        theme = rename(database)
        send(database, settings)
        send(database, settings)
    [got] = other.received
    payload = Webhook(secret).verify(got.body, got.headers)
    assert (got.method, got.path) == ("POST", "/hooks")
    assert payload["type"] == "theme.updated"
    assert payload["data"]["theme"]["id"] == theme
    assert payload["data"]["changes"] == {"name": {"from": "充电很慢", "to": "充电太慢"}}
    assert got.headers["webhook-id"].startswith("msg_")
    done = delivery(database)
    assert (done.status, done.tries, done.last_code, done.due_at) == ("delivered", 1, 200, None)


def test_only_chosen_events_are_sent_and_nothing_while_an_endpoint_is_off(
    database: Database, settings: Settings
) -> None:
    with receiver() as other:
        listen(database, other.url, "vote.cast")
        endpoint, _ = listen(database, other.url)
        with database.session() as session:
            webhooks.change(session, SYSTEM, endpoint, version=1, active=False)
        rename(database)
        send(database, settings)
        with database.session() as session:
            webhooks.change(session, SYSTEM, endpoint, version=2, active=True)
        rename(database, "二")
        send(database, settings)
    assert [got.json["data"]["theme"]["name"] for got in other.received] == ["二"]


def test_a_failure_is_tried_again_under_the_same_id_with_a_fresh_timestamp(
    database: Database, settings: Settings
) -> None:
    with receiver(lambda _: Reply(503, b"busy", {"Retry-After": "120"})) as other:
        _, secret = listen(database, other.url)
        rename(database)
        send(database, settings)
        first = delivery(database)
        assert (first.status, first.tries, first.last_code) == ("pending", 1, 503)
        assert first.due_at is not None
        assert timedelta(seconds=110) < first.due_at - datetime.now(UTC) <= timedelta(seconds=120)
        send(database, settings)  # not due yet
        assert len(other.received) == 1
        other.respond = lambda _: Reply()
        make_due(database)
        send(database, settings)
    one, two = other.received
    assert one.headers["webhook-id"] == two.headers["webhook-id"]
    assert one.body == two.body
    Webhook(secret).verify(two.body, two.headers)
    with database.session(readonly=True) as session:
        tried = deliveries.attempts(session, first.id)
    assert [(attempt.code, attempt.answer) for attempt in tried] == [(200, ""), (503, "busy")]
    assert delivery(database).status == "delivered"


def test_waits_grow_with_jitter_and_end() -> None:
    for tries in range(1, len(WAITS) + 1):
        shortest, longest = next_wait(tries, chance=0.0), next_wait(tries, chance=1.0)
        assert shortest is not None
        assert longest is not None
        assert shortest.total_seconds() == pytest.approx(WAITS[tries - 1] * 0.8)
        assert longest.total_seconds() == pytest.approx(WAITS[tries - 1] * 1.2)
    assert list(WAITS) == sorted(WAITS)
    assert next_wait(len(WAITS) + 1) is None
    assert next_wait(1, asked=1e9, chance=0.5) == timedelta(days=1)


def test_what_cannot_be_delivered_is_dead_to_look_at_and_to_replay(database: Database, settings: Settings) -> None:
    with receiver(lambda _: Reply(500)) as other:
        endpoint, _ = listen(database, other.url)
        rename(database)
        for _ in range(len(WAITS) + 1):
            send(database, settings)
            make_due(database)
        send(database, settings)
        assert len(other.received) == len(WAITS) + 1
        assert delivery(database).status == "dead"
        other.respond = lambda _: Reply(204, b"")
        with database.session() as session:
            assert webhooks.replay_dead(session, SYSTEM, endpoint) == 1
            assert webhooks.replay_dead(session, SYSTEM, endpoint) == 0
        send(database, settings)
    assert delivery(database).status == "delivered"
    assert len({got.headers["webhook-id"] for got in other.received}) == 1


def test_gone_turns_the_endpoint_off_at_once_and_says_why(database: Database, settings: Settings) -> None:
    with receiver(lambda _: Reply(410)) as other:
        endpoint, _ = listen(database, other.url)
        rename(database)
        send(database, settings)
    with database.session(readonly=True) as session:
        found = session.get_one(WebhookEndpoint, endpoint)
        assert (found.active, found.disabled_reason) == (False, "gone")
        told = session.scalars(select(Event).where(Event.action == "webhook.disabled")).one()
        assert (told.actor, told.subject_id) == ("system", endpoint)
    assert delivery(database).status == "dead"


def test_days_of_failures_turn_the_endpoint_off_and_what_waits_goes_out_when_it_is_on_again(
    database: Database, settings: Settings
) -> None:
    with receiver(lambda _: Reply(500)) as other:
        endpoint, _ = listen(database, other.url)
        rename(database)
        send(database, settings)
        with database.session() as session:
            session.get_one(WebhookEndpoint, endpoint).failing_since = datetime.now(UTC) - timedelta(days=6)
        make_due(database)
        send(database, settings)
        with database.session(readonly=True) as session:
            found = session.get_one(WebhookEndpoint, endpoint)
            assert (found.active, found.disabled_reason) == (False, "failing")
        make_due(database)
        send(database, settings)
        assert len(other.received) == 2
        other.respond = lambda _: Reply()
        with database.session() as session:
            webhooks.change(session, SYSTEM, endpoint, version=found.version, active=True)
        send(database, settings)
        assert len(other.received) == 3
    with database.session(readonly=True) as session:
        found = session.get_one(WebhookEndpoint, endpoint)
        assert (found.active, found.disabled_reason, found.failing_since) == (True, "", None)


def test_during_rotation_both_secrets_verify_and_afterwards_only_the_new_one(
    database: Database, settings: Settings
) -> None:
    with receiver() as other:
        endpoint, old = listen(database, other.url)
        with database.session() as session:
            _, new = webhooks.rotate_secret(session, SYSTEM, endpoint, key=KEY, version=1)
        rename(database)
        send(database, settings)
        with database.session() as session:
            for secret in (session.get_one(WebhookEndpoint, endpoint),):
                assert secret.version == 2
            from store.tables import WebhookSecret

            session.execute(
                update(WebhookSecret)
                .where(WebhookSecret.expires_at.is_not(None))
                .values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
            )
        rename(database, "二")
        send(database, settings)
    during, after = other.received
    for secret in (old, new):
        Webhook(secret).verify(during.body, during.headers)
    Webhook(new).verify(after.body, after.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(after.body, after.headers)


def test_a_test_goes_to_one_endpoint_alone_even_while_it_is_off_and_is_tried_once(
    database: Database, settings: Settings
) -> None:
    with receiver(lambda _: Reply(500)) as other, receiver() as bystander:
        listen(database, bystander.url)
        endpoint, secret = listen(database, other.url)
        with database.session() as session:
            webhooks.change(session, SYSTEM, endpoint, version=1, active=False)
            webhooks.send_test(session, SYSTEM, endpoint)
        send(database, settings)
    [got] = other.received
    assert Webhook(secret).verify(got.body, got.headers)["type"] == "webhook.test"
    assert bystander.received == []
    assert delivery(database).status == "dead"
    with database.session(readonly=True) as session:
        assert session.get_one(WebhookEndpoint, endpoint).failing_since is None
