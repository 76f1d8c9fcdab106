"""What moderators do: claim, approve by keyboard, edit, reject, undo; two of them at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from api.pages.language import LANGUAGE_COOKIE, Language, catalogue
from review import drafts
from review.principals import Principal, Role
from store.database import Database
from store.ids import new_id
from store.tables import AdoptedAnswer, Draft, Event, Knowledge, Post, User
from tests.browser.conftest import Site, Visit
from tests.browser.pages import choose_word, compose, look_away

pytestmark = pytest.mark.browser

FIRST = "充到八成就不动了"
SECOND = "桌面那个推荐怎么关"


def _open(page: Page) -> None:
    expect(page.locator(".desk[data-release]")).to_be_visible()


def _on_desk(page: Page, words: str) -> None:
    """The item has these words and is claimed, not only shown ahead."""
    expect(page.locator(".desk[data-release] .asked .text")).to_contain_text(words)


def _status(site: Site, place: int) -> tuple[str, str | None]:
    with site.database.session(readonly=True) as session:
        draft = session.get_one(Draft, site.town.drafts[place])
        return draft.status, draft.final_text


def _principal(site: Site, username: str) -> Principal:
    with site.database.session(readonly=True) as session:
        user = session.scalars(select(User).where(User.username == username)).one()
        return Principal(user.id, user.display_name, "user", Role(user.role))


def _more(database: Database, count: int, *, same_reply: bool = False) -> list[str]:
    """More drafts to decide, more urgent than all others, the first one first."""
    now = datetime.now(UTC)
    made = []
    with database.session() as session:
        like = session.scalars(select(Post).limit(1)).one()
        source = session.scalars(select(Knowledge).limit(1)).one()
        for number in range(count):
            words = f"第{number}位用户的问题：这台机器夜里充电为什么停在八成"
            post = Post(
                id=new_id("post"), channel_id=like.channel_id, key=f"more{number}", posted_at=now - timedelta(hours=9),
                raw=words, text=words, masks={}, thread="", created_at=now,
            )  # fmt: skip
            session.add(post)
            session.flush()
            reply = "夜间充电会先停在 80%。" if same_reply else f"夜间充电会先停在 80%，第{number}条。"
            draft = Draft(
                id=new_id("draft"), post_id=post.id, drafter="grounded", gaps=[], confidence=0.9, needs_person=False,
                sentences=[{"text": reply, "kind": "grounded", "sources": [source.id]}],
                priority=900.0 - number, created_at=now, updated_at=now,
            )  # fmt: skip
            session.add(draft)
            made.append(draft.id)
    return made


def test_the_most_urgent_draft_is_claimed_with_a_countdown_and_says_why_it_is_first(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _on_desk(page, FIRST)
    expect(page.locator(".js-claim time")).to_have_text(re.compile(r"^1[34]:\d\d$"))
    expect(page.locator(".desk .clock")).to_have_text("还剩 2 天")
    page.get_by_text("为什么排在这里").click()
    expect(page.locator(".why li").first).to_have_text(re.compile(r"^承诺 3 天内首次回复，已等待 (9|10) 小时$"))
    expect(page.locator(".why li").nth(1)).to_contain_text("需求分 90.0 × 等待 0.1 倍承诺时间")
    assert _status(site, 0)[0] == "claimed"


def test_the_post_stands_in_its_thread(visit: Visit) -> None:
    page = visit("mod").page
    _open(page)
    expect(page.get_by_role("list", name="此前的发言")).to_contain_text("我的也是，上周更新之后开始的")
    expect(page.locator(".of-theme")).to_contain_text("充电到 80% 就停，充不满")


def test_a_sentence_shows_its_source_and_age_on_focus_and_a_digit_points_at_it(visit: Visit) -> None:
    page = visit("mod").page
    _open(page)
    sentence = page.locator(".sentence.grounded").first
    sentence.focus()
    expect(sentence.get_by_role("tooltip")).to_contain_text("充电为什么停在 80% · 1 个月前更新")
    expect(page.locator("#source-1")).to_have_class("source lit")
    sentence.blur()
    page.keyboard.press("2")
    expect(page.locator("#source-2")).to_have_class("source lit")
    expect(page.locator(".sentence.lit")).to_contain_text("3.2.1 版本中保护开关关闭后")


def test_ten_drafts_are_approved_by_keyboard_each_on_the_page_before_the_answer_came(visit: Visit, site: Site) -> None:
    made = _more(site.database, 11)
    page = visit("mod").page
    for number in range(10):
        _on_desk(page, f"第{number}位用户")
        if number:
            expect(page.locator(".desk[data-release]")).to_be_focused()
        page.keyboard.press("a")
    _on_desk(page, "第10位用户")
    with site.database.session(readonly=True) as session:
        found = [session.get_one(Draft, draft_id) for draft_id in made]
        assert [draft.status for draft in found] == ["approved"] * 10 + ["claimed"]
        assert [draft.final_text for draft in found[:2]] == [
            "夜间充电会先停在 80%，第0条。",
            "夜间充电会先停在 80%，第1条。",
        ]
        events = session.scalars(select(Event.subject_id).where(Event.action == "draft.approved").order_by(Event.id))
        assert list(events) == made[:10]


def test_the_next_item_is_shown_while_the_server_decides_and_a_key_meant_for_it_waits(visit: Visit, site: Site) -> None:
    made = _more(site.database, 3)
    page = visit("mod", "/knowledge").page
    with page.expect_response(lambda answer: answer.url.endswith("/ahead")):
        page.goto("/drafts")
    _on_desk(page, "第0位用户")
    page.wait_for_timeout(100)
    undecided: list[Route] = []

    def hold(route: Route) -> None:
        undecided.append(route)

    page.route("**/approve", hold)
    page.keyboard.press("a")
    shown = page.locator("#desk > .desk:not([hidden])")
    expect(shown.locator(".asked .text")).to_contain_text("第1位用户")
    assert shown.get_attribute("inert") is not None
    page.keyboard.press("s")  # before the server has answered: means the item that is seen
    undecided.pop().continue_()
    _on_desk(page, "第2位用户")
    with site.database.session(readonly=True) as session:
        assert [session.get_one(Draft, draft_id).status for draft_id in made] == ["approved", "proposed", "claimed"]


def test_where_the_server_refuses_the_item_comes_back_with_who_did_what(visit: Visit, site: Site) -> None:
    made = _more(site.database, 2)
    page = visit("mod").page
    _on_desk(page, "第0位用户")
    page.wait_for_timeout(300)
    other = _principal(site, "admin")
    with site.database.session() as session:
        drafts.release(session, other, made[0])
        version = drafts.claim(session, other, made[0]).version
        drafts.edit(session, other, made[0], text="管理员写的回复。", version=version)
    page.keyboard.press("a")
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("管理员 改写后通过")
    expect(alert).to_contain_text("您的操作没有执行")
    expect(page.locator("#desk > .desk:not([hidden]) .asked .text")).to_contain_text("第0位用户")
    with site.database.session(readonly=True) as session:
        assert session.get_one(Draft, made[0]).final_text == "管理员写的回复。"


def test_a_key_held_down_decides_one_item(visit: Visit, site: Site) -> None:
    made = _more(site.database, 4)
    page = visit("mod").page
    _on_desk(page, "第0位用户")
    page.keyboard.down("a")
    for _ in range(5):
        page.keyboard.down("a")  # what a keyboard sends while a key is held
    page.keyboard.up("a")
    _on_desk(page, "第1位用户")
    page.wait_for_timeout(300)
    with site.database.session(readonly=True) as session:
        assert [session.get_one(Draft, draft_id).status for draft_id in made[:2]] == ["approved", "claimed"]


def test_u_takes_back_one_decision_after_the_other(visit: Visit, site: Site) -> None:
    made = _more(site.database, 4)
    page = visit("mod").page
    for number in range(3):
        _on_desk(page, f"第{number}位用户")
        page.keyboard.press("a")
    _on_desk(page, "第3位用户")
    for number in (2, 1, 0):
        page.keyboard.press("u")
        _on_desk(page, f"第{number}位用户")
    with site.database.session(readonly=True) as session:
        statuses = [session.get_one(Draft, draft_id).status for draft_id in made]
    assert statuses == ["claimed", "proposed", "proposed", "proposed"]


def test_recent_decisions_are_at_hand_and_any_of_them_can_be_taken_back(visit: Visit, site: Site) -> None:
    made = _more(site.database, 3)
    page = visit("mod").page
    for number in range(2):
        _on_desk(page, f"第{number}位用户")
        page.keyboard.press("a")
    _on_desk(page, "第2位用户")
    page.get_by_text("我最近的 2 条决定").click()
    page.locator(f"[data-recent='{made[0]}']").get_by_role("button", name="撤回重审").click()
    _on_desk(page, "第0位用户")
    with site.database.session(readonly=True) as session:
        statuses = [session.get_one(Draft, draft_id).status for draft_id in made]
    assert statuses == ["claimed", "approved", "proposed"]


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


def test_neither_a_lost_claim_nor_the_end_of_a_session_takes_away_what_was_typed(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _on_desk(page, FIRST)
    page.keyboard.press("e")
    field = page.get_by_label("您的回复")
    expect(field).to_be_focused()
    page.route("**/renew", lambda asked: asked.fulfill(status=204, headers={"HX-Redirect": "/signin"}))
    field.fill("我写了一半的回复")  # the first letter asks to renew the claim
    expect(page.get_by_role("alert")).to_contain_text("您已退出登录")
    expect(field).to_have_value("我写了一半的回复")
    expect(page.get_by_role("button", name="保存并通过")).to_be_enabled()

    page = visit("mod2").page
    _on_desk(page, SECOND)
    page.keyboard.press("e")
    field = page.get_by_label("您的回复")
    expect(field).to_be_focused()
    with site.database.session() as session:
        session.get_one(Draft, site.town.drafts[1]).claimed_by = site.town.users["admin"]
    field.fill("我写了很久的回复")
    expect(page.get_by_role("alert")).to_contain_text("这条草稿已经不在您手上。 该草稿已被管理员认领。")
    expect(field).to_have_value("我写了很久的回复")
    expect(page.get_by_role("button", name="保存并通过")).to_have_count(0)
    expect(page.locator("[data-copy-from]")).to_be_visible()


def test_typing_a_letter_in_the_editor_is_no_command(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    page.keyboard.press("e")
    page.get_by_label("您的回复").press("a")
    assert _status(site, 0)[0] == "claimed"
    compose(page, "huifu")
    page.keyboard.press("Escape")  # takes the letters back, and not the reply
    choose_word(page, "回复")
    expect(page.get_by_label("您的回复")).to_have_value(re.compile("回复"))
    page.keyboard.press("Escape")
    expect(page.locator("p.reply")).to_be_visible()


def test_escape_in_the_editor_returns_to_the_same_draft_although_the_next_one_is_at_hand(
    visit: Visit, site: Site
) -> None:
    made = _more(site.database, 2)
    page = visit("mod", "/knowledge").page
    with page.expect_response(lambda answer: answer.url.endswith("/ahead")):
        page.goto("/drafts")
    _on_desk(page, "第0位用户")
    page.wait_for_timeout(100)
    page.keyboard.press("e")
    expect(page.get_by_label("您的回复")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("您的回复")).to_have_count(0)
    expect(page.locator("#desk > .desk")).to_have_count(1)
    expect(page.locator(".desk[data-release]")).to_be_focused()
    _on_desk(page, "第0位用户")
    page.keyboard.press("a")
    _on_desk(page, "第1位用户")
    with site.database.session(readonly=True) as session:
        assert [session.get_one(Draft, draft_id).status for draft_id in made] == ["approved", "claimed"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_that_can_be_done_stands_on_one_line(visit: Visit, language: Language) -> None:
    page = visit("mod", "/knowledge").page
    page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": language, "url": page.url}])
    page.goto("/drafts")
    _open(page)
    buttons = page.locator("#decide .button")
    expect(buttons).to_have_count(5)
    for width in (1600, 1440, 1280, 1120, 1024, 768, 375):
        page.set_viewport_size({"width": width, "height": 900})
        places = [(box["y"], box["height"]) for box in (button.bounding_box() for button in buttons.all()) if box]
        assert len(set(places)) == 1, (width, places)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        expect(page.get_by_role("button", name=catalogue(language)["drafts.find_similar"])).to_be_visible()


def test_reject_asks_for_a_reason_and_keeps_it(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    page.keyboard.press("x")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("依据过时").click()
    words = dialog.get_by_label("补充说明（可不填）")
    words.fill("3.2.2 已发布")
    box = words.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(5, 5)  # a selection that ends beside the sheet
    page.mouse.up()
    dialog.get_by_role("button", name="驳回").click()
    expect(page.locator(".toast")).to_contain_text("已驳回")
    expect(dialog).to_be_hidden()
    with site.database.session(readonly=True) as session:
        assert session.get_one(Draft, site.town.drafts[0]).reject_reason == "依据过时：3.2.2 已发布"


def test_skip_puts_it_back_and_last_also_when_the_queue_is_opened_anew(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _on_desk(page, FIRST)
    page.keyboard.press("s")
    _on_desk(page, SECOND)
    assert _status(site, 0)[0] == "proposed"
    page.goto("/drafts")
    _on_desk(page, SECOND)
    page.goto(f"/drafts/{site.town.drafts[0]}")
    _on_desk(page, FIRST)
    page.get_by_text("第 4 条，共 4 条").click()
    expect(page.locator(".why li")).to_contain_text("您跳过了它")


def test_j_and_k_walk_the_queue(visit: Visit) -> None:
    page = visit("mod").page
    _on_desk(page, FIRST)
    page.keyboard.press("j")
    _on_desk(page, SECOND)
    page.keyboard.press("k")
    _on_desk(page, FIRST)


def test_the_help_panel_names_every_key(visit: Visit) -> None:
    page = visit("mod").page
    _open(page)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog").locator("kbd")
    expect(keys).to_have_text(["j", "k", "a", "e", "x", "s", "u", "f", "1-9", "?"])


def test_f_finds_answers_like_the_question_and_searches_what_is_known(visit: Visit, site: Site) -> None:
    _more(site.database, 2)
    page = visit("mod").page
    _on_desk(page, "第0位用户")
    page.keyboard.press("a")
    _on_desk(page, "第1位用户")
    expect(page.locator(".similar")).to_contain_text("第0位用户的问题")
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("blockquote")).to_have_text("夜间充电会先停在 80%，第0条。")
    dialog.get_by_role("searchbox").fill("负一屏")
    expect(dialog.get_by_role("link", name="怎样关闭桌面推荐")).to_be_visible()
    expect(dialog.locator("blockquote")).to_have_count(0)


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
    _on_desk(second, SECOND)


def test_who_opens_what_another_decided_is_told_by_whom(visit: Visit, site: Site) -> None:
    path = f"/drafts/{site.town.drafts[0]}"
    first = visit("mod", path).page
    _open(first)
    first.keyboard.press("a")
    expect(first.locator(".toast")).to_contain_text("已通过")
    second = visit("mod2", path).page
    expect(second.get_by_role("alert")).to_contain_text("周运营 已处理这一条：已通过")


def test_leaving_the_page_releases_the_claim(visit: Visit, site: Site) -> None:
    page = visit("mod").page
    _open(page)
    page.goto("/knowledge")
    for _ in range(50):  # the beacon is on its way while the next page opens
        if _status(site, 0)[0] == "proposed":
            break
        page.wait_for_timeout(100)
    assert _status(site, 0)[0] == "proposed"


def test_a_decided_reply_is_copied_and_published_by_a_person(visit: Visit, site: Site) -> None:
    visitor = visit("mod")
    page = visitor.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _open(page)
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("已通过")
    page.get_by_role("link", name="已处理", exact=True).click()
    page.get_by_role("button", name="复制回复").click()
    expect(page.get_by_role("button", name="已复制，发出后请标记")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == _status(site, 0)[1]
    page.get_by_role("button", name="标记为已发布").click()
    expect(page.locator(".toast")).to_contain_text("已标记为已发布")
    assert _status(site, 0)[0] == "published"
    expect(page.get_by_role("button", name="撤回重审")).to_have_count(0)


def test_a_reply_becomes_knowledge_after_a_second_look(visit: Visit, site: Site) -> None:
    _more(site.database, 1)
    page = visit("mod").page
    _on_desk(page, "第0位用户")
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("已通过")
    page.goto("/drafts/decided")
    page.get_by_role("button", name="作为知识采用").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="标题").fill("夜里充电为什么停在八成")
    dialog.get_by_label("这条回复由我通过").check()
    dialog.get_by_role("button", name="作为知识采用").click()
    expect(dialog.get_by_text("知识库里已有相近的内容")).to_be_visible()  # found by the title that was typed
    expect(dialog.get_by_role("link", name="充电为什么停在 80%")).to_be_visible()
    expect(dialog.get_by_role("textbox", name="标题")).to_have_value("夜里充电为什么停在八成")
    dialog.get_by_label("这条回复由我通过").check()
    dialog.get_by_label("已看过上面的内容，仍要新增").check()
    dialog.get_by_role("button", name="作为知识采用").click()
    expect(page.get_by_text("已成为知识")).to_be_visible()
    with site.database.session(readonly=True) as session:
        adopted = session.scalars(select(AdoptedAnswer)).one()
        entry = session.get_one(Knowledge, adopted.knowledge_id)
        assert (entry.kind, entry.title, entry.active) == ("approved_reply", "夜里充电为什么停在八成", True)


def test_drafts_of_a_group_are_ticked_only_after_a_look_and_approved_each_by_itself(visit: Visit, site: Site) -> None:
    made = _more(site.database, 6, same_reply=True)
    page = visit("mod", "/drafts/groups", height=500).page
    page.get_by_role("link", name="逐条看一遍").first.click()
    boxes = page.locator("[name=pick]")
    expect(boxes).to_have_count(6)
    expect(boxes.last).to_be_disabled()
    expect(boxes.first).to_be_enabled()
    expect(boxes.last).to_be_disabled()  # nobody has scrolled there
    expect(page.get_by_role("button", name="通过已勾选的 0 条")).to_be_disabled()
    boxes.last.scroll_into_view_if_needed()
    expect(boxes.last).to_be_enabled()
    for place in (0, 5):
        boxes.nth(place).check()
    with site.database.session() as session:  # the system takes one of the two away meanwhile
        other = _principal(site, "admin")
        drafts.release(session, other, made[5])
    page.get_by_role("button", name="通过已勾选的 2 条").click()
    expect(page.locator("#batch").get_by_role("status")).to_contain_text("已通过 1 条。 1 条没有通过")
    expect(page.locator(f"#batch-{made[5]}")).to_contain_text("这一条没有改动")
    with site.database.session(readonly=True) as session:
        statuses = [session.get_one(Draft, draft_id).status for draft_id in made]
        assert statuses == ["approved", "claimed", "claimed", "claimed", "claimed", "proposed"]
        assert len(list(session.scalars(select(Event).where(Event.action == "draft.approved")))) == 1
    page.goto("/knowledge")
    page.wait_for_timeout(500)
    with site.database.session(readonly=True) as session:
        assert not list(session.scalars(select(Draft).where(Draft.status == "claimed")))


def test_space_ticks_the_one_in_front_and_goes_on(visit: Visit, site: Site) -> None:
    made = _more(site.database, 3, same_reply=True)
    page = visit("mod", "/knowledge").page
    page.clock.install()
    page.goto(f"/drafts/groups/{made[0]}")
    expect(page.locator("[data-look]").first).to_be_focused()
    look_away(page)
    page.clock.fast_forward(3_000)
    expect(page.locator("[name=pick]").first).to_be_disabled()  # nobody reads in a hidden window
    look_away(page, away=False)
    page.clock.fast_forward(3_000)
    for number in range(3):
        item = page.locator("[data-look]").nth(number)
        expect(item).to_be_focused()
        expect(item.locator("[name=pick]")).to_be_enabled()
        page.keyboard.press("Space")
        expect(item.locator("[name=pick]")).to_be_checked()
    page.get_by_role("button", name="通过已勾选的 3 条").click()
    expect(page.locator("#batch").get_by_role("status")).to_contain_text("已通过 3 条")
    with site.database.session(readonly=True) as session:
        assert [session.get_one(Draft, draft_id).status for draft_id in made] == ["approved"] * 3


def test_a_product_manager_may_look_but_neither_claims_nor_decides(visit: Visit, site: Site) -> None:
    page = visit("pm", "/drafts").page
    expect(page.locator(".desk")).to_be_visible()
    expect(page.get_by_role("button", name="通过")).to_have_count(0)
    assert _status(site, 0)[0] == "proposed"
