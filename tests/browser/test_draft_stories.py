"""What moderators do: claim, approve by keyboard, edit, reject, undo; two of them at once."""

import pytest
from playwright.sync_api import Page, expect

from store.tables import Draft
from tests.browser.conftest import Site, Visit

pytestmark = pytest.mark.browser


def _open(page: Page) -> None:
    expect(page.locator(".desk")).to_be_visible()


def _status(site: Site, place: int) -> tuple[str, str | None]:
    with site.database.session(readonly=True) as session:
        draft = session.get_one(Draft, site.town.drafts[place])
        return draft.status, draft.final_text


def test_the_most_urgent_draft_is_claimed_with_a_countdown(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    expect(page.locator(".post .text")).to_contain_text("充到八成就不动了")
    expect(page.locator(".js-claim time")).to_have_text("14:59", timeout=4000)
    assert _status(site, 0)[0] == "claimed"


def test_a_sentence_shows_its_source_and_age_on_focus(visit: Visit) -> None:
    page = visit("mod").page
    _open(page)
    sentence = page.locator(".sentence.grounded").first
    sentence.focus()
    expect(sentence.get_by_role("tooltip")).to_contain_text("充电为什么停在 80% · 1 个月前更新")
    expect(page.locator("#source-1")).to_have_class("source lit")


def test_approve_by_keyboard_brings_the_next_without_a_page_load_and_u_takes_it_back(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    page.evaluate("window.samePage = true")
    page.keyboard.press("a")
    expect(page.locator(".post .text")).to_contain_text("桌面那个推荐怎么关")
    assert page.evaluate("window.samePage")
    assert _status(site, 0)[0] == "approved"
    page.keyboard.press("u")
    expect(page.locator(".post .text")).to_contain_text("充到八成就不动了")
    assert _status(site, 0)[0] == "claimed"


def test_edit_saves_the_moderators_words(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    page.keyboard.press("e")
    box = page.get_by_label("您的回复")
    expect(box).to_be_focused()
    box.fill("您好，这是我们写的回复。")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("已保存改写并通过")
    assert _status(site, 0) == ("edited", "您好，这是我们写的回复。")


def test_typing_a_letter_in_the_editor_is_no_command(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    page.keyboard.press("e")
    page.get_by_label("您的回复").press("a")
    assert _status(site, 0)[0] == "claimed"
    page.keyboard.press("Escape")
    expect(page.locator(".reply")).to_be_visible()


def test_reject_asks_for_a_reason_and_keeps_it(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    page.keyboard.press("x")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("依据过时").click()
    dialog.get_by_label("补充说明（可不填）").fill("3.2.2 已发布")
    dialog.get_by_role("button", name="驳回").click()
    expect(page.locator(".toast")).to_contain_text("已驳回")
    expect(dialog).to_be_hidden()
    with site.database.session(readonly=True) as session:
        assert session.get_one(Draft, site.town.drafts[0]).reject_reason == "依据过时：3.2.2 已发布"


def test_skip_puts_it_back_and_offers_the_next(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    page.keyboard.press("s")
    expect(page.locator(".post .text")).to_contain_text("桌面那个推荐怎么关")
    assert _status(site, 0)[0] == "proposed"


def test_j_and_k_walk_the_queue(visit: Visit) -> None:
    page = visit("mod").page
    _open(page)
    page.keyboard.press("j")
    expect(page.locator(".post .text")).to_contain_text("桌面那个推荐怎么关")
    page.keyboard.press("k")
    expect(page.locator(".post .text")).to_contain_text("充到八成就不动了")


def test_the_help_panel_names_every_key(visit: Visit) -> None:
    page = visit("mod").page
    _open(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog").locator("kbd")).to_have_text(["j", "k", "a", "e", "x", "s", "u", "?"])


def test_what_needs_a_person_looks_different_says_what_to_ask_and_cannot_be_approved(visit: Visit, site: Site) -> None:
    page = visit("mod", f"/drafts/{site.town.needs_person}").page
    _open(page)
    expect(page.get_by_role("heading", name="需要您来回答")).to_be_visible()
    expect(page.get_by_text("充电口松动的检测与维修方式")).to_be_visible()
    expect(page.get_by_role("button", name="通过")).to_be_disabled()
    page.keyboard.press("a")
    assert _status(site, 2)[0] == "claimed"


def test_of_two_moderators_the_second_is_told_who_has_the_draft(visit: Visit, site: Site) -> None:
    path = f"/drafts/{site.town.drafts[0]}"
    _open(visit("mod", path).page)
    second = visit("mod2", path).page
    expect(second.get_by_role("alert")).to_contain_text("周运营 正在处理这一条")
    expect(second.get_by_role("alert")).to_contain_text("认领到")
    second.get_by_role("button", name="处理下一条").click()
    expect(second.locator(".post .text")).to_contain_text("桌面那个推荐怎么关")


def test_leaving_the_page_releases_the_claim(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    page.goto("/knowledge")
    for _ in range(50):  # the beacon is on its way while the next page opens
        if _status(site, 0)[0] == "proposed":
            break
        page.wait_for_timeout(100)
    assert _status(site, 0)[0] == "proposed"


def test_a_decided_reply_is_published_by_a_person(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("已通过")
    page.get_by_role("link", name="已处理").click()
    page.get_by_role("button", name="标记为已发布").click()
    expect(page.locator(".toast")).to_contain_text("已标记为已发布")
    assert _status(site, 0)[0] == "published"


def test_a_product_manager_may_look_but_neither_claims_nor_decides(visit: Visit, site: Site) -> None:
    page = visit("pm", "/drafts").page
    _open(page)
    expect(page.get_by_role("button", name="通过")).to_have_count(0)
    assert _status(site, 0)[0] == "proposed"
