"""Hostile words do not run, nothing breaks the content security policy, and pages work by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit

pytestmark = pytest.mark.browser


def test_hostile_posts_are_shown_as_text_and_run_nowhere(visit: Visit, site: Site) -> None:
    page = visit("mod", f"/drafts/{site.town.needs_person}").page
    expect(page.locator(".post .text")).to_contain_text("<script>window.hacked = 1</script>")
    assert page.evaluate("window.hacked") is None
    page = visit("admin", f"/sources/{site.town.source}").page
    expect(page.locator(".raw").last).to_contain_text("onerror")
    assert page.evaluate("window.hacked") is None


def test_a_hostile_name_is_harmless_wherever_it_is_shown(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    name = "\"><img src=x onerror='window.hacked=1'>{{7*7}}"
    page.get_by_role("button", name="重命名").click()
    page.get_by_label("新名称").fill(name)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    for path in ("/themes", f"/themes/{site.town.themes[0]}", "/events"):
        page.goto(path)
        page.wait_for_timeout(200)
        assert page.evaluate("window.hacked") is None
        assert page.locator("img[src='x']").count() == 0


def test_the_whole_board_works_by_keyboard(visit: Visit, site: Site) -> None:
    page = visit("pm", "/themes").page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_trend_is_drawn_and_told_in_words(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    expect(page.locator(".js-chart canvas")).to_be_visible()
    assert "近 8 周走势" in (page.locator(".js-chart").get_attribute("aria-label") or "")


def test_dates_fit_a_phone_and_a_chosen_file_gets_the_width_of_the_page(visit: Visit) -> None:
    page = visit("pm", "/posts", width=320).page
    for field in page.locator(".posts-filters .day input").all():
        box = field.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/jobs")
    rows = "标题,正文,时间,作者\n" + "充电慢,充到八成就不动了,2026-08-01 10:00,小明\n" * 3
    page.set_input_files("input[type=file]", {"name": "f.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    expect(page.locator(".preview")).to_be_visible()
    box = page.locator(".preview").bounding_box()
    assert box
    assert box["width"] > 900


def test_when_the_service_is_gone_the_page_says_so(visit: Visit, site: Site) -> None:
    visitor = visit("pm", f"/themes/{site.town.themes[0]}")
    page = visitor.page
    page.context.set_offline(True)
    page.get_by_role("button", name="送去投票").click()
    expect(page.get_by_role("alert")).to_contain_text("连接不上服务，操作没有完成")
    visitor.complaints[:] = [text for text in visitor.complaints if "ERR_" not in text and "htmx:" not in text]
