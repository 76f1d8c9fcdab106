"""What a product manager does with themes: find, rename, merge, undo, split, dismiss, and meet others at it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visit
from tests.pages.town import NEEDS

pytestmark = pytest.mark.browser


def _names(page: Page) -> list[str]:
    return page.locator(".board .name > a").all_inner_texts()


def test_filters_and_search_narrow_the_board_and_live_in_the_address(visit: Visit) -> None:
    page = visit("pm").page
    everything = len(_names(page))
    page.get_by_label("意图").select_option(label="提问")
    expect(page.locator(".board .name > a")).to_have_count(sum(need.intent == "question" for need in NEEDS))
    assert "intent=question" in page.url
    page.get_by_label("意图").select_option(value="")
    expect(page.locator(".board .name > a")).to_have_count(everything)
    page.get_by_placeholder("搜索主题、关键词或原话").fill("迟到")
    expect(page.locator(".board .name > a")).to_have_count(1)
    assert _names(page) == ["夜间闹钟不响或延迟"]
    page.reload()
    assert _names(page) == ["夜间闹钟不响或延迟"], "the address alone brings the same board"


def test_a_search_without_result_offers_the_way_back(visit: Visit) -> None:
    page = visit("pm", "/themes?q=没有人说过的话").page
    expect(page.get_by_text("没有符合条件的主题")).to_be_visible()
    page.get_by_role("link", name="清除筛选").click()
    assert len(_names(page)) == len(NEEDS)


def test_the_evidence_behind_a_score_shows_on_focus(visit: Visit) -> None:
    page = visit("pm").page
    cell = page.locator(".demand .tip").first
    expect(cell.get_by_role("tooltip")).to_be_hidden()
    cell.focus()
    expect(cell.get_by_role("tooltip")).to_be_visible()
    expect(cell.get_by_role("tooltip")).to_contain_text("46 人 · 3 个渠道 · 近两周 +134%")


def test_rename_then_merge_then_undo(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    page.get_by_role("button", name="重命名").click()
    page.get_by_label("新名称").fill("充电停在八成")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("充电停在八成")
    expect(page.locator(".toast")).to_contain_text("已改名为「充电停在八成」")

    page.get_by_role("button", name="合并到…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("它的全部提及会转到您选择的主题")
    dialog.get_by_label("合并到哪个主题").fill("息屏")
    expect(dialog.get_by_role("radio")).to_have_count(1)
    dialog.get_by_text("息屏显示耗电明显").click()
    dialog.get_by_role("button", name="合并").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("息屏显示耗电明显")
    expect(page.locator(".toast")).to_contain_text("已将「充电停在八成」并入「息屏显示耗电明显」")

    page.locator(".toast").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("充电停在八成")
    expect(page.locator(".toast")).to_contain_text("已恢复")
    expect(page.locator(".story")).to_contain_text("恢复了主题")


def test_merge_and_undo_need_no_mouse(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    page.get_by_role("button", name="合并到…").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("合并到哪个主题")).to_be_focused()
    page.keyboard.type("息屏")
    expect(dialog.get_by_role("radio")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("息屏显示耗电明显")

    undo = page.locator(".toast").get_by_role("button", name="撤销")
    page.keyboard.press("Tab")  # the skip link
    page.keyboard.press("Tab")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(NEEDS[0].name)


def test_a_rename_is_undone_from_its_toast(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    page.get_by_role("button", name="重命名").click()
    page.get_by_label("新名称").fill("别的名字")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("别的名字")
    page.locator(".toast").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEEDS[0].name)


def test_selected_mentions_become_a_theme_of_their_own(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    for words in NEEDS[0].words[3:5]:
        page.get_by_label(words).check()
    expect(page.locator("[data-selection]")).to_contain_text("已选 2 条提及")
    page.get_by_role("button", name="拆成新主题").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(NEEDS[0].words[3])
    dialog.get_by_label("新主题名称").fill("过夜充电的异常")
    dialog.get_by_role("button", name="拆成新主题").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("过夜充电的异常")
    expect(page.locator(".mentions li")).to_have_count(2)


def test_several_themes_picked_on_the_board_become_one(visit: Visit) -> None:
    page = visit("pm").page
    page.get_by_label("选择主题：息屏显示耗电明显").check()
    expect(page.locator("[data-selection]")).to_be_hidden()
    page.get_by_label("选择主题：耳机双设备切换断连").check()
    expect(page.locator("[data-selection]")).to_contain_text("已选 2 个主题")
    page.locator("[data-selection]").get_by_role("button", name="合并").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("耳机双设备切换断连").click()
    dialog.get_by_role("button", name="合并").click()
    expect(page.locator(".toast")).to_contain_text("已将 1 个主题并入「耳机双设备切换断连」")
    expect(page.get_by_role("link", name="息屏显示耗电明显")).to_have_count(0)
    page.locator(".toast").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("link", name="息屏显示耗电明显")).to_be_visible()


def test_what_is_not_a_theme_leaves_the_board_and_can_come_back(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[6]}").page
    page.get_by_role("button", name="不是主题").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("它会从榜单消失")
    dialog.get_by_label("说明（可不填）").fill("只是使用方法")
    dialog.get_by_role("button", name="不是主题").click()
    page.wait_for_url("**/themes")
    expect(page.get_by_role("link", name=NEEDS[6].name)).to_have_count(0)
    page.locator(".toast").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEEDS[6].name)


def test_escape_closes_the_dialog_and_changes_nothing(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    page.get_by_role("button", name="不是主题").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEEDS[0].name)


def test_who_acts_on_an_old_page_is_told_who_changed_what(visit: Visit, site: Site) -> None:
    path = f"/themes/{site.town.themes[0]}"
    slow, quick = visit("pm", path).page, visit("admin", path).page
    quick.get_by_role("button", name="重命名").click()
    quick.get_by_label("新名称").fill("管理员改的名字")
    quick.get_by_role("button", name="保存").click()
    expect(quick.locator(".toast")).to_be_visible()

    slow.get_by_role("button", name="送去投票").click()
    dialog = slow.get_by_role("dialog")
    dialog.get_by_role("button", name="送去投票").click()
    expect(dialog.get_by_role("alert")).to_contain_text("已被管理员修改")
    expect(dialog).to_contain_text("管理员 将「充电到 80% 就停，充不满」改名为「管理员改的名字」")
    dialog.get_by_role("link", name="重新加载").click()
    expect(slow.get_by_role("heading", level=1)).to_have_text("管理员改的名字")
