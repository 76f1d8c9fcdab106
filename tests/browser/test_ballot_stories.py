"""A theme goes to the ballot, is voted on, moves along; jobs and knowledge by the way."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit
from tests.pages.town import NEEDS

pytestmark = pytest.mark.browser


def test_route_review_vote_and_a_second_vote_is_refused(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    page.get_by_role("button", name="送去投票").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("提案标题").fill("让充电保护可以关掉")
    dialog.get_by_role("button", name="送去投票").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("让充电保护可以关掉")
    for step in ("开始评估", "开放投票"):
        page.get_by_role("button", name=step).click()
        dialog.get_by_role("button", name=step).click()
        expect(page.locator(".toast")).to_contain_text("状态已改为")
    proposal = page.url.rsplit("/", 1)[-1]

    other = visit("mod", f"/ballot/{proposal}").page
    stale = visit("mod", f"/ballot/{proposal}").page  # the same person in a second window
    other.locator("button.votes").click()
    expect(other.locator("button.votes b")).to_have_text("1")
    expect(other.locator("button.votes")).to_have_attribute("aria-pressed", "true")
    stale.locator("button.votes").click()
    expect(stale.get_by_role("dialog")).to_contain_text("已投过票，每人一票")
    stale.reload()
    expect(stale.locator("button.votes b")).to_have_text("1")
    stale.locator("button.votes").click()
    expect(stale.locator("button.votes b")).to_have_text("0")


def test_a_vote_for_a_user_carries_where_it_was_said(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/ballot/{site.town.proposals[0]}").page
    page.get_by_role("button", name="代用户投票").click()
    dialog = page.get_by_role("dialog")
    before = int(page.locator("button.votes b").inner_text())
    dialog.locator("select[name=voter]").select_option(index=1)
    dialog.get_by_label("出处").fill("内测群里说支持")
    dialog.get_by_role("button", name="代用户投票").click()
    expect(page.locator(".toast")).to_contain_text("已登记代投")
    expect(page.locator("button.votes b")).to_have_text(str(before + 1))
    expect(page.get_by_text("内测群里说支持").first).to_be_visible()


def test_declining_needs_a_reason_that_contributors_read(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/ballot/{site.town.proposals[1]}").page
    page.get_by_role("button", name="暂不采纳").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="暂不采纳").click()
    expect(dialog).to_be_visible()  # the browser itself asks for the reason
    dialog.get_by_label("暂不采纳的理由（社区可见）").fill("硬件限制，下一代解决")
    dialog.get_by_role("button", name="暂不采纳").click()
    expect(page.get_by_text("硬件限制，下一代解决").first).to_be_visible()


def test_the_ballot_is_filtered_by_status_and_words(visit: Visit) -> None:
    page = visit("pm", "/ballot").page
    expect(page.locator(".proposal")).to_have_count(5)
    page.get_by_placeholder("搜索提案").fill("指纹")
    expect(page.locator(".proposal")).to_have_count(1)
    page.goto("/ballot?status=shipped")
    expect(page.locator(".proposal")).to_have_count(1)


def test_an_upload_becomes_a_job_that_can_be_cancelled(visit: Visit) -> None:
    page = visit("pm", "/jobs").page
    page.locator("input[type=file]").set_input_files(
        {
            "name": "群聊.jsonl",
            "mimeType": "application/json",
            "buffer": '{"id":"1","author":"a","time":"2026-08-01T10:00:00+08:00","text":"充电慢"}\n'.encode(),
        }
    )
    expect(page.locator("[data-file-name]")).to_have_text("群聊.jsonl")
    page.get_by_label("渠道名称").fill("内测交流群")
    page.get_by_role("button", name="开始读取").click()
    job = page.locator(".job", has_text="群聊.jsonl")
    expect(job).to_contain_text("排队中")
    job.get_by_role("button", name="取消").click()
    expect(job).to_contain_text("已取消")


def test_a_file_that_no_reader_takes_is_refused_at_once_in_chinese(visit: Visit) -> None:
    page = visit("pm", "/jobs").page
    page.locator("input[type=file]").set_input_files({"name": "空.csv", "mimeType": "text/csv", "buffer": b""})
    page.get_by_label("渠道名称").fill("内测交流群")
    page.get_by_role("button", name="开始读取").click()
    expect(page.get_by_role("dialog")).to_contain_text("「空.csv」是空文件")


def test_rejected_rows_show_with_their_reasons(visit: Visit) -> None:
    page = visit("pm", "/jobs").page
    page.get_by_role("link", name="2", exact=True).click()
    expect(page.get_by_text("118")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(2)


def test_knowledge_is_added_changed_and_taken_out_of_use(visit: Visit) -> None:
    page = visit("mod", "/knowledge/new").page
    page.get_by_label("编号").fill("K99")
    page.get_by_label("标题").fill("怎样申请内测")
    page.get_by_label("内容").fill("在社区“内测中心”提交申请。")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".toast")).to_contain_text("已新增「怎样申请内测」")
    page.get_by_role("link", name="怎样申请内测").click()
    page.get_by_label("内容").fill("在社区“内测中心”提交申请，每月一期。")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".toast")).to_contain_text("已保存")
    page.get_by_role("link", name="怎样申请内测").click()
    page.get_by_role("button", name="停用").click()
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(page.locator("li", has_text="怎样申请内测")).to_contain_text("已停用")


def test_the_audit_log_tells_what_was_done(visit: Visit, site: Site) -> None:
    page = visit("pm", f"/themes/{site.town.themes[0]}").page
    page.get_by_role("button", name="重命名").click()
    page.get_by_label("新名称").fill("充不满")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".toast")).to_be_visible()
    page.goto("/events?subject=theme")
    expect(page.locator("tbody tr").first).to_contain_text(f"将「{NEEDS[0].name}」改名为「充不满」")
