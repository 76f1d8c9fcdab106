"""Another system is connected: its endpoint tested, verified, repaired and replayed; a board follows the backlog."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from standardwebhooks import Webhook

from pipeline.connectors.pushing import Pusher
from pipeline.delivery import Postman
from pipeline.outbound import relay
from pipeline.settings import Settings
from review import themes
from review.principals import SYSTEM
from store.tables import Connector, Theme, WebhookDelivery, WebhookEndpoint
from tests.browser.conftest import Site, Visit
from tests.pipeline.boards import Fider
from tests.receivers import Receiver, Reply, receiver

pytestmark = pytest.mark.browser

SECRET = "x" * 32  # the site's


@pytest.fixture(autouse=True)
def _receivers_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHONGSHENG_OUTGOING_ALLOW_PRIVATE", "true")


@pytest.fixture
def other() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def work(site: Site) -> None:
    """What a worker does: tell of what happened, send what is due."""
    settings = Settings(_env_file=None, secret=SECRET)
    relay(site.database, settings)
    for kind in (Postman, Pusher):
        sender = kind(settings, site.database)
        sender.look()
        sender.rest()
        sender.stop()


def add_endpoint(page: Page, url: str, *events: str) -> str:
    """Fill in the form; the secret that is shown."""
    page.get_by_role("link", name="新增接收端").click()
    page.get_by_label("接收网址").fill(url)
    page.get_by_label("名称").fill("客服工单系统")
    for event in events:
        page.get_by_role("checkbox", name=event).check()
    page.get_by_role("button", name="创建并显示密钥").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("密钥只显示这一次")
    secret = dialog.locator("code.secret").inner_text()
    page.mouse.click(5, 5)  # beside the sheet: it is not shown again
    with page.expect_navigation():
        dialog.get_by_role("link", name="已保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("客服工单系统")
    return secret


def test_an_endpoint_is_made_tested_and_its_receiver_verifies_the_signature(
    visit: Visit, site: Site, other: Receiver
) -> None:
    page = visit("admin", "/integrations").page
    secret = add_endpoint(page, other.url + "/hooks", "主题有变化")
    page.wait_for_load_state("networkidle")  # the link has led on, and the page is ready for a click
    page.get_by_role("button", name="发送测试").click()
    row = page.locator("tr.delivery").first
    expect(row).to_contain_text("待发送")
    work(site)
    expect(row).to_contain_text("已送达")  # the row looks by itself
    expect(row.locator("td").nth(2)).to_have_text("200")
    [got] = other.received
    assert Webhook(secret).verify(got.body, got.headers)["type"] == "webhook.test"
    page.reload()
    assert secret not in page.content()
    page.locator("body[data-ready]").wait_for()
    row.get_by_role("link").click()
    expect(page.get_by_role("dialog")).to_contain_text(got.headers["webhook-id"])


def test_what_could_not_be_delivered_is_seen_and_replayed(visit: Visit, site: Site, other: Receiver) -> None:
    other.respond = lambda _: Reply(500, "内部错误".encode())
    page = visit("admin", "/integrations").page
    add_endpoint(page, other.url, "主题有变化")
    with site.database.session() as session:
        theme = session.scalars(select(Theme).where(Theme.id == site.town.themes[0])).one()
        themes.rename(session, SYSTEM, theme.id, name="充不满电", version=theme.version)
    work(site)
    with site.database.session() as session:  # the last of ten tries has failed
        delivery = session.scalars(select(WebhookDelivery)).one()
        delivery.status, delivery.due_at, delivery.tries = "dead", None, 10
    page.goto("/integrations")
    page.get_by_role("link", name="1 条未送达").click()
    row = page.locator("tr.delivery")
    expect(row).to_contain_text("未送达")
    page.locator("body[data-ready]").wait_for()
    row.get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("内部错误")
    expect(dialog).to_contain_text("充不满电")
    other.respond = lambda _: Reply()
    dialog.get_by_role("button", name="重新投递").click()
    expect(page.locator(".toast")).to_contain_text("正在重新投递")
    work(site)
    expect(page.locator("tr.delivery")).to_contain_text("已送达")
    assert len({got.headers["webhook-id"] for got in other.received}) == 1


def test_a_secret_changes_hands_and_an_endpoint_goes(visit: Visit, site: Site, other: Receiver) -> None:
    page = visit("admin", "/integrations").page
    first = add_endpoint(page, other.url, "有人投票")
    page.get_by_role("button", name="更换密钥").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("旧密钥在 24 小时内仍同时签名")
    dialog.get_by_role("button", name="更换密钥").click()
    second = dialog.locator("code.secret").inner_text()
    assert second != first
    with page.expect_navigation():
        dialog.get_by_role("link", name="已保存").click()
    page.wait_for_load_state("networkidle")  # the link has led on, and the page is ready for a click
    page.get_by_role("button", name="发送测试").click()
    expect(page.locator("tr.delivery")).to_have_count(1)
    work(site)
    for secret in (first, second):
        Webhook(secret).verify(other.received[0].body, other.received[0].headers)
    page.get_by_role("button", name="停用").click()
    expect(page.locator(".head")).to_contain_text("已停用")
    page.get_by_role("button", name="删除接收端").click()
    dialog.get_by_role("button", name="删除接收端").click()
    expect(page.get_by_text("还没有接收端")).to_be_visible()
    with site.database.session(readonly=True) as session:
        assert session.scalars(select(WebhookEndpoint)).all() == []


def test_an_address_with_a_password_is_refused_in_chinese(visit: Visit) -> None:
    page = visit("admin", "/integrations/webhooks/new").page
    page.get_by_label("接收网址").fill("https://user:secret@example.com/")
    page.get_by_role("checkbox", name="有人投票").check()
    page.get_by_role("button", name="创建并显示密钥").click()
    expect(page.get_by_role("dialog")).to_contain_text("不要包含账号密码")


def test_a_board_follows_the_backlog_and_nothing_is_made_twice(visit: Visit, site: Site) -> None:
    board = Fider()
    with receiver(board) as fider:
        page = visit("admin", "/integrations").page
        page.get_by_role("link", name="连接看板").click()
        page.get_by_label("名称").fill("用户反馈看板")
        page.get_by_label("看板网址").fill(fider.url)
        page.get_by_label("密钥").fill(board.key)
        page.get_by_role("button", name="连接", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("用户反馈看板")
        for _ in range(2):
            page.get_by_role("button", name="同步全部提案").click()
            page.get_by_role("dialog").get_by_role("button", name="同步全部提案").click()
            expect(page.locator(".toast")).to_contain_text("个提案正在同步")
            work(site)
            page.reload()
        made = len(board.posts)
        assert made > 1
        expect(page.locator("#rows tr")).to_have_count(len(site.town.proposals))
        with site.database.session(readonly=True) as session:
            assert board.key not in (session.scalars(select(Connector)).one().sealed_key or "")
        assert board.key not in page.content()


def test_a_product_manager_reads_and_changes_nothing(visit: Visit, site: Site, other: Receiver) -> None:
    add_endpoint(visit("admin", "/integrations").page, other.url, "有人投票")
    page = visit("pm", "/integrations").page
    expect(page.get_by_role("link", name="新增接收端")).to_have_count(0)
    page.get_by_role("link", name="客服工单系统").click()
    expect(page.get_by_label("接收网址")).to_have_attribute("readonly", "")
    expect(page.get_by_role("button", name="发送测试")).to_have_count(0)
    expect(page.get_by_role("button", name="保存")).to_have_count(0)
