"""What a product manager does with themes: find, rename, merge, undo, split, dismiss, and meet others at it."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from models.encoders.catalogue import load_encoder
from nlp.normalisation import normalise
from review import themes
from review.principals import SYSTEM
from store.repositories import board, runs, saved_views, theme_digests, theme_notes, theme_people
from store.tables import Theme
from tests.browser.conftest import Site, Visit
from tests.browser.pages import choose_word, compose
from tests.pages.town import NEEDS

pytestmark = pytest.mark.browser


def _names(page: Page) -> list[str]:
    return page.locator(".board .name > a").all_inner_texts()


def test_filters_and_search_narrow_the_board_and_live_in_the_address(visit: Visit) -> None:
    page = visit("pm").page
    everything = len(_names(page))
    page.get_by_text("更多条件").click()
    page.get_by_label("意图").select_option(label="提问")
    expect(page.locator(".board .name > a")).to_have_count(sum(need.intent == "question" for need in NEEDS))
    expect(page).to_have_url(re.compile(r"/themes\?intent=question$"))
    page.get_by_label("意图").select_option(value="")
    expect(page.locator(".board .name > a")).to_have_count(everything)
    first = _names(page)
    page.get_by_label("排序").select_option(label="按人数")
    expect(page).to_have_url(re.compile(r"/themes\?sort=people$"))
    assert _names(page) != first
    page.get_by_label("排序").select_option(label="按需求热度")
    expect(page).to_have_url(re.compile(r"/themes\?q=$"))
    assert _names(page) == first
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/themes?" in request.url else None)
    page.get_by_placeholder("搜索主题、关键词或原话").focus()
    steps = page.evaluate("history.length")
    compose(page, "chi")
    page.wait_for_timeout(400)
    assert asked == [], "half a word in letters is nothing to search for"
    choose_word(page, "迟到")
    expect(page.locator(".board .name > a")).to_have_count(1)
    assert _names(page) == ["夜间闹钟不响或延迟"]
    page.keyboard.press("Enter")  # asks once more for the same
    page.get_by_placeholder("搜索主题、关键词或原话").fill("夜间闹钟")
    expect(page).to_have_url(re.compile(r"q=[^&]{36}$"))
    page.get_by_placeholder("搜索主题、关键词或原话").fill("迟到")
    expect(page).to_have_url(re.compile(r"q=[^&]{18}$"))
    assert page.evaluate("history.length") == steps + 1, "one search is one step back"
    assert _names(visit("pm", page.url).page) == ["夜间闹钟不响或延迟"], "the address alone brings the same board"


def test_a_search_without_result_offers_the_way_back(visit: Visit) -> None:
    page = visit("pm", "/themes?q=没有人说过的话").page
    expect(page.get_by_text("没有符合条件的主题")).to_be_visible()
    page.get_by_role("link", name="清除筛选").click()
    assert len(_names(page)) == len(NEEDS)


def test_the_evidence_behind_a_score_shows_on_focus(visit: Visit) -> None:
    page = visit("pm").page
    cell, tip = page.locator(".js-evidence").first, page.locator("#evidence")
    expect(tip).to_be_hidden()
    cell.focus()
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("46 人 · 3 个渠道 · 近两周 +134%")
    expect(tip).to_contain_text("46 位用户，加权计 55.2")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.locator(".js-evidence").last.hover()
    expect(tip).to_contain_text("6 人")


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
    dialog.get_by_role("button", name="预览合并结果").click()
    expect(dialog.get_by_role("heading", name="合并之后")).to_be_visible()
    with site.database.session(readonly=True) as session:
        alone = session.get_one(Theme, site.town.themes[0])
        assert alone.status == "active", "a preview changes nothing"
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
    expect(dialog.get_by_role("heading", name="合并之后")).to_be_visible()
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
    dialog.get_by_text("耳机双设备切换断连").first.click()
    expect(dialog.locator("[name=into]:checked + span")).to_have_text("耳机双设备切换断连")
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


def _preview_of_merge(page: Page) -> Locator:
    """The sheet that shows what a merge into the first theme would do."""
    page.get_by_role("button", name="合并到…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(NEEDS[0].name).click()
    dialog.get_by_role("button", name="预览合并结果").click()
    expect(dialog.locator(".figures")).to_be_visible()
    return dialog


def test_a_double_click_on_a_confirmation_asks_once(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[9]}").page
    dialog = _preview_of_merge(page)
    sent: list[str] = []
    page.on(
        "request", lambda asked: sent.append(asked.url) if asked.method == "POST" and "merge" in asked.url else None
    )

    def slowly(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/merge", slowly)
    dialog.get_by_role("button", name="合并").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEEDS[0].name)
    assert len(sent) == 1
    with site.database.session(readonly=True) as session:
        assert session.get_one(Theme, site.town.themes[9]).merged_into == site.town.themes[0]


def test_a_confirmation_that_did_not_get_through_can_be_sent_again(visit: Visit, site: Site) -> None:
    visitor = visit("pm", f"/themes/{site.town.themes[9]}")
    page = visitor.page
    merge = _preview_of_merge(page).get_by_role("button", name="合并")
    page.route("**/merge", lambda route: route.abort())
    merge.click()
    expect(page.locator(".toast")).to_be_visible()
    expect(merge).to_be_enabled()
    expect(merge).to_be_focused()
    with site.database.session(readonly=True) as session:
        assert session.get_one(Theme, site.town.themes[9]).merged_into is None
    page.unroute("**/merge")
    merge.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEEDS[0].name)
    visitor.complaints.clear()  # the browser logs the request that failed


def test_a_merge_counts_everybody_once_shows_it_first_and_is_undone_from_the_timeline(visit: Visit, site: Site) -> None:
    target, source = site.town.themes[0], site.town.themes[9]
    with site.database.session(readonly=True) as session:
        people = theme_people.together(session, [target, source])
    page = visit("pm", f"/themes/{source}").page
    page.get_by_role("button", name="合并到…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(NEEDS[0].name).click()
    dialog.get_by_role("button", name="预览合并结果").click()
    expect(dialog.locator(".figures tr").first).to_contain_text(f"{people}")
    dialog.get_by_role("button", name="合并").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEEDS[0].name)
    with site.database.session(readonly=True) as session:
        assert session.get_one(Theme, target).authors == people
        assert session.get_one(Theme, source).merged_into == target
    page.reload()
    page.locator(".story li", has_text="并入").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEEDS[9].name)
    with site.database.session(readonly=True) as session:
        assert session.get_one(Theme, source).status == "active"


def test_a_preview_that_no_longer_holds_is_refused_with_what_changed(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[9]}").page
    page.get_by_role("button", name="合并到…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(NEEDS[0].name).click()
    dialog.get_by_role("button", name="预览合并结果").click()
    expect(dialog.get_by_role("heading", name="合并之后")).to_be_visible()
    with site.database.session() as session:
        themes.rename(session, SYSTEM, site.town.themes[0], name="管理员刚改的", version=1)
    dialog.get_by_role("button", name="合并").click()
    expect(dialog.get_by_role("alert")).to_contain_text("管理员刚改的")
    with site.database.session(readonly=True) as session:
        assert session.get_one(Theme, site.town.themes[9]).status == "active"


def test_a_view_is_saved_shared_made_default_and_found_by_a_colleague(visit: Visit, site: Site) -> None:
    page = visit("pm", "/themes?intent=question&sort=people").page
    page.get_by_role("button", name="保存视图").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("视图名称").fill("大家在问什么")
    dialog.get_by_label("设为我的默认视图").check()
    dialog.get_by_label("与所有同事共享").check()
    dialog.get_by_role("button", name="保存视图").click()
    expect(page.get_by_role("link", name="大家在问什么")).to_have_attribute("aria-current", "page")
    page.goto("/themes")
    expect(page).to_have_url(re.compile("intent=question"))
    assert len(_names(page)) == sum(need.intent == "question" for need in NEEDS)
    page.get_by_role("link", name="全部主题").click()
    assert len(_names(page)) == len(NEEDS)

    other = visit("mod", "/themes").page
    other.get_by_role("link", name="大家在问什么").click()
    expect(other).to_have_url(re.compile("intent=question.*sort=people"))
    with site.database.session(readonly=True) as session:
        (view,) = saved_views.visible_to(session, site.town.users["mod"])
        assert (view.query, view.shared) == ("intent=question&sort=people", True)


def test_a_paraphrase_finds_the_theme_by_meaning_and_words_do_so_at_once(visit: Visit, site: Site) -> None:
    _shape(site)
    page = visit("pm", "/themes").page
    page.get_by_placeholder("搜索主题、关键词或原话").fill("没有被叫醒，上班晚了")
    found = page.locator(".board-row", has_text=NEEDS[1].name)
    expect(found).to_contain_text("语义", timeout=20_000)
    page.get_by_placeholder("搜索主题、关键词或原话").fill("遲到")
    expect(page.locator(".board-row")).to_have_count(1)
    expect(page.locator(".board-row")).to_contain_text("字面")
    expect(page.locator(".board-row .snippet")).to_contain_text("迟到")


def _shape(site: Site) -> None:
    """Give the themes prototypes, as a run with the static encoder would."""
    encoder = load_encoder("static")
    with site.database.session() as session:
        last = runs.latest(session)
        assert last is not None
        last.encoder = asdict(encoder.identity)
        for theme_id, need in zip(site.town.themes, NEEDS, strict=True):
            theme = session.get_one(Theme, theme_id)
            centre = encoder.encode([normalise(words) for words in need.words]).mean(axis=0)
            theme.prototype = (centre / np.linalg.norm(centre)).astype("<f4").tobytes()
            theme.threshold, theme.run_id = 0.4, last.id


def test_notes_and_an_owner_are_for_colleagues(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    page.get_by_placeholder("例如").fill("先等硬件结论")
    page.get_by_role("button", name="添加备注").click()
    expect(page.locator(".notes")).to_contain_text("先等硬件结论")
    expect(page.locator(".notes")).to_contain_text("林产品")
    page.get_by_role("button", name="负责人").click()
    page.get_by_role("dialog").get_by_text("周运营").click()
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.locator(".owner")).to_contain_text("周运营")
    with site.database.session(readonly=True) as session:
        (note,) = theme_notes.of_theme(session, site.town.themes[0])
        assert note.text == "先等硬件结论"
        assert board.owners_of(session, site.town.themes)[site.town.themes[0]].id == site.town.users["mod"]
    mine = visit("mod", "/themes?owner=me").page
    assert _names(mine) == [NEEDS[0].name]


def test_the_talk_around_a_quote_opens_in_its_place(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    quote = page.locator(".quote").first
    quote.get_by_role("button", name="看上下文").click()
    expect(quote.locator(".talk-list .here")).to_contain_text(NEEDS[0].words[0])
    expect(page).to_have_url(re.compile(f"{site.town.themes[0]}$"))


def test_rows_are_walked_ticked_and_merged_from_the_keyboard(visit: Visit) -> None:
    page = visit("pm").page
    for key in ("j", "x", "j", "x", "m"):
        page.keyboard.press(key)
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".choices label")).to_have_count(2)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_placeholder("搜索主题、关键词或原话")).to_be_focused()


def test_what_changed_since_the_last_visit_is_marked_and_can_be_looked_at_alone(visit: Visit, site: Site) -> None:
    seen = datetime.now(UTC) - timedelta(days=2)
    with site.database.session() as session:
        run = runs.latest(session)
        assert run is not None
        theme_digests.add_points(session, run_id=run.id, at=seen - timedelta(hours=1))
        habit = saved_views.habit_for_update(session, site.town.users["pm"])
        habit.seen_at = seen
        session.get_one(Theme, site.town.themes[3]).authors += 7
    page = visit("pm", "/themes").page
    expect(page.locator(".board-row", has_text=NEEDS[3].name)).to_contain_text("+7 人")
    page.get_by_role("link", name=re.compile("上次查看")).click()
    expect(page.locator(".board-row")).to_have_count(1)
    assert _names(page) == [NEEDS[3].name]
