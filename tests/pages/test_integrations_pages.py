"""The pages of other systems as HTML: secrets once, hostile words escaped, both languages, no script needed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlalchemy import select

from review.outbound_events import EVENT_TYPES
from store.database import Database
from store.ids import new_id
from store.tables import Connector, ConnectorItem, WebhookDelivery, WebhookEndpoint
from tests.pages.conftest import ClientOf
from tests.pages.town import HOSTILE, Town

FORM = {"url": "https://hooks.example.com/in", "description": HOSTILE[:150], "event": ["vote.cast", "draft.approved"]}


def endpoint(client: TestClient) -> str:
    """A new endpoint's address on the desk."""
    answer = client.post("/integrations/webhooks/new", data=FORM)
    found = re.search(r"/integrations/webhooks/(whk_\w+)", answer.text)
    assert found is not None, answer.text
    return found.group(0)


def test_without_script_the_secret_is_a_page_that_no_cache_keeps(client_of: ClientOf) -> None:
    answer = client_of("admin").post("/integrations/webhooks/new", data=FORM)
    assert answer.status_code == 200
    secret = HTMLParser(answer.text).css_first("code.secret").text()
    assert secret is not None
    assert secret.startswith("whsec_")
    assert answer.headers["Cache-Control"] == "no-store"
    address = re.search(r"/integrations/webhooks/whk_\w+", answer.text)
    assert address is not None
    assert secret not in client_of("admin").get(address.group(0)).text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_are_whole_in_both_languages_and_escape_what_people_write(client_of: ClientOf, language: str) -> None:
    client = client_of("admin", language=language)
    address = endpoint(client)
    client.post(f"{address}/test")
    for path in ("/integrations", address, "/integrations/webhooks/new", "/integrations/connectors/new",
                 "/integrations/connectors/new?kind=json_board"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        page = HTMLParser(answer.text)
        assert page.css_first("nav [aria-current=page]").attributes["href"] == "/integrations"
        assert not page.css("img[onerror], main script"), path
        text = page.css_first("main").text()
        assert not re.search(r"\b(webhook|connector)\.[a-z_]+\b(?<!webhook\.test)", text), "a message without words"


def test_every_event_can_be_chosen_and_the_chosen_are_marked(client_of: ClientOf) -> None:
    client = client_of("admin")
    page = HTMLParser(client.get(endpoint(client)).text)
    assert [box.attributes["value"] for box in page.css("input[name=event]")] == list(EVENT_TYPES)
    chosen = [box.attributes["value"] for box in page.css("input[name=event][checked]")]
    assert chosen == ["vote.cast", "draft.approved"]


def test_a_refused_form_says_why_in_chinese(client_of: ClientOf) -> None:
    client = client_of("admin", htmx=True)
    for change, words in (
        ({"event": []}, "请至少选择一种事件"),
        ({"url": "http://10.0.0.1/"}, "该地址指向内网"),
        ({"url": ""}, "请填写地址"),
    ):
        answer = client.post("/integrations/webhooks/new", data=FORM | change)
        assert answer.status_code == 422
        assert words in answer.text


def test_changing_and_turning_off_need_the_version_that_was_seen(client_of: ClientOf, database: Database) -> None:
    client = client_of("admin")
    address = endpoint(client)
    assert client.post(address, data=FORM | {"url": "https://other.example.com/", "version": 1}).status_code == 303
    stale = client.post(f"{address}/active", data={"active": "false", "version": 1})
    assert stale.status_code == 409
    assert client.post(f"{address}/active", data={"active": "false", "version": 2}).status_code == 303
    with database.session(readonly=True) as session:
        found = session.scalars(select(WebhookEndpoint)).one()
        assert (found.url, found.active, found.version) == ("https://other.example.com/", False, 3)


def test_why_an_endpoint_was_turned_off_is_on_its_page(client_of: ClientOf, database: Database) -> None:
    client = client_of("admin")
    address = endpoint(client)
    with database.session() as session:
        found = session.scalars(select(WebhookEndpoint)).one()
        found.active, found.disabled_reason = False, "gone"
    assert "对方答复 410" in HTMLParser(client.get(address).text).css_first("[role=alert]").text()
    assert "已自动停用" in client.get("/integrations").text


def test_a_delivery_is_a_page_too_and_shows_what_is_sent(client_of: ClientOf, database: Database) -> None:
    client = client_of("admin")
    client.post(f"{endpoint(client)}/test")
    with database.session(readonly=True) as session:
        delivery = session.scalars(select(WebhookDelivery)).one()
    page = HTMLParser(client.get(f"/integrations/deliveries/{delivery.id}").text)
    assert '"type": "webhook.test"' in page.css_first("main pre").text()
    sheet = client_of("admin", htmx=True).get(f"/integrations/deliveries/{delivery.id}").text
    assert "<html" not in sheet


def test_a_row_looks_by_itself_only_while_something_will_come_of_it(client_of: ClientOf, database: Database) -> None:
    client = client_of("admin")
    address = endpoint(client)
    client.post(f"{address}/test")
    row = HTMLParser(client.get(address).text).css_first("tr.delivery[hx-get]")
    path = row.attributes["hx-get"] or ""
    with database.session() as session:
        session.scalars(select(WebhookDelivery)).one().due_at = datetime.now(UTC) - timedelta(minutes=5)
    overdue = HTMLParser(client.get(address).text).css_first("tr.delivery")
    assert "没有" in overdue.css_first(".warn-text").text()
    assert "hx-get" not in overdue.attributes
    client.post(f"{address}/remove", data={"version": 1})
    gone = client_of("admin", htmx=True).get(path)
    assert (gone.status_code, gone.text) == (200, "")  # the row leaves with its endpoint


def test_a_generic_board_is_set_up_by_a_form(client_of: ClientOf, database: Database, town: Town) -> None:
    form = {
        "kind": "json_board", "name": "看板", "url": "https://board.example.com/cards", "key": "k3y",
        "template": '{"title": "{title}", "ref": "{marker}"}', "find_url": "https://board.example.com/cards?ref={marker}",
        "update_url": "https://board.example.com/cards/{remote_id}", "statuses": '{"voting": "收集中"}',
    }  # fmt: skip
    client = client_of("admin", htmx=True)
    broken = client.post("/integrations/connectors/new", data=form | {"template": '{"title": }'})
    assert (broken.status_code, "「模板」不是有效的 JSON" in broken.text) == (422, True)
    strange = client.post("/integrations/connectors/new", data=form | {"update_url": "https://board.example.com/{id}"})
    assert "「更新卡片的网址」中不能使用 {id}，可用的占位符：{proposal_id}、{remote_id}" in strange.text
    made = client.post("/integrations/connectors/new", data=form)
    assert made.status_code == 204, made.text
    page = client_of("admin").get(made.headers["HX-Redirect"])
    assert "k3y" not in page.text
    assert "收集中" in page.text
    with database.session(readonly=True) as session:
        connector = session.scalars(select(Connector)).one()
        assert connector.settings["statuses"] == {"voting": "收集中"}
        sealed = connector.sealed_key
    with database.session() as session:  # the worker's answer for a proposal that it did not put there
        held = ConnectorItem(
            id=new_id("connector_item"), connector_id=connector.id, proposal_id=town.proposals[2], status="pushed",
            created_at=datetime.now(UTC), updated_at=datetime.now(UTC),
        )  # fmt: skip
        session.add(held)
    row = HTMLParser(client_of("admin").get(made.headers["HX-Redirect"]).text).css_first("#rows tr")
    assert "未公开，暂不同步" in row.text()
    assert "已同步" not in row.text()
    unchanged = client.post(
        f"/integrations/connectors/{connector.id}", data=form | {"key": "", "name": "新看板", "version": "1"}
    )
    assert unchanged.status_code == 204, unchanged.text
    with database.session(readonly=True) as session:
        kept = session.scalars(select(Connector)).one()
        assert (kept.name, kept.sealed_key) == ("新看板", sealed)
