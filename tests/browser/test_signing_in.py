"""Signing in as people do: right, wrong, each to their work; language and appearance."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit
from tests.pages.town import PASSWORD

pytestmark = pytest.mark.browser


def test_each_role_lands_where_its_work_is(visit: Visit) -> None:
    for who, work in (("pm", "主题榜"), ("mod", "回复审核")):
        page = visit(path="/signin").page
        page.get_by_label("用户名").fill(who)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", name=work, level=1)).to_be_visible()


def test_a_stranger_is_asked_to_sign_in_and_then_brought_to_the_page_they_wanted(visit: Visit) -> None:
    page = visit(path="/ballot?status=voting").page
    assert "/signin?next=" in page.url
    page.get_by_label("用户名").fill("pm")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/ballot?status=voting")


def test_a_wrong_password_says_so_and_keeps_the_name(visit: Visit) -> None:
    page = visit(path="/signin").page
    page.get_by_label("用户名").fill("pm")
    page.get_by_label("密码").fill("not the password")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不正确")
    expect(page.get_by_label("用户名")).to_have_value("pm")


def test_signing_out_ends_the_session_also_for_a_kept_cookie(visit: Visit, site: Site) -> None:
    page = visit("pm").page
    kept = page.context.cookies()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/signin")
    page.context.add_cookies(kept)
    page.goto("/themes")
    assert "/signin" in page.url


def test_the_english_switch_translates_the_page_and_stays(visit: Visit) -> None:
    page = visit("pm").page
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Themes", level=1)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto("/ballot")
    expect(page.get_by_role("heading", name="Ballot", level=1)).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="投票", level=1)).to_be_visible()


def test_the_appearance_switch_goes_dark_and_stays_dark(visit: Visit) -> None:
    page = visit("pm").page
    page.get_by_role("button", name="切换深色或浅色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/ballot")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
