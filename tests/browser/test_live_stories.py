"""Pages follow along: jobs move, lists grow, a lost connection is said and made good; files are previewed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from review import accounts
from review.principals import SYSTEM
from store.ids import new_id
from store.repositories import job_progress, jobs
from tests.browser.conftest import Site, Visit
from tests.browser.pages import look_away

pytestmark = pytest.mark.browser


def _connected(page: Page) -> None:
    page.wait_for_selector("body[data-connected=yes]")


def _stays_closed_while_hidden(page: Page) -> None:
    """Six hidden windows must not take the six connections that a browser allows a site."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/live?" in request.url else None)
    look_away(page)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    with page.expect_request("**/live?*"):
        look_away(page, away=False)
    assert len(asked) == 1


def test_a_jobs_progress_and_end_are_seen_without_a_reload(visit: Visit, site: Site) -> None:
    page = visit("pm", "/jobs").page
    _connected(page)
    row = page.locator(f"#{site.town.job}")
    with page.expect_request(f"**/jobs/{site.town.job}/row") as asked, site.database.session() as session:
        job_progress.report(session, site.town.job, step="name", done=311, total=412)
    assert asked.value.headers["x-background"] == "1"  # a failure of it takes nobody's place
    expect(row).to_contain_text("311 / 412")
    expect(row).to_contain_text("命名主题")
    with site.database.session() as session:
        job_progress.finish(session, site.town.job, status="succeeded", now=datetime.now(UTC), result={"themes": 21})
    expect(row).to_contain_text("已完成")
    expect(row).to_contain_text("主题 21")
    expect(row.get_by_role("button", name="取消")).to_have_count(0)


def test_a_job_that_somebody_else_starts_comes_on_top(visit: Visit, site: Site) -> None:
    page = visit("mod", "/jobs").page
    _connected(page)
    other = visit("pm", "/jobs").page
    with site.database.session() as session:
        job_progress.finish(session, site.town.job, status="succeeded", now=datetime.now(UTC))
    other.get_by_role("button", name="开始挖掘").click()
    expect(page.locator("#rows > li").first).to_contain_text("排队中")
    made = [new_id("job") for _ in range(3)]
    with site.database.session() as session:
        for job_id in made:
            now = datetime.now(UTC)
            job_progress.add(session, job_id, kind="expire", arguments={}, created_by="system", now=now)
    for job_id in made:  # told in one breath, and each of them comes
        expect(page.locator(f"#{job_id}")).to_be_visible()


def test_a_user_made_elsewhere_appears_in_the_list(visit: Visit, site: Site) -> None:
    page = visit("admin", "/people").page
    _connected(page)
    with site.database.session() as session:
        accounts.create_user(session, SYSTEM, username="xiaowang", password="chang-mima-123", role="moderator")
    expect(page.locator("#people")).to_contain_text("xiaowang")


def test_a_lost_connection_is_said_and_what_was_missed_is_made_good(visit: Visit, site: Site) -> None:
    visitor = visit("pm", "/jobs")
    page = visitor.page
    _connected(page)
    sign = page.locator("#live")
    expect(sign).to_be_hidden()
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(sign).to_be_visible(timeout=10_000)
    expect(sign).to_contain_text("已断开")
    with site.database.session() as session:
        job_progress.report(session, site.town.job, step="name", done=333, total=412)
    page.context.set_offline(False)
    expect(sign).to_be_hidden()
    expect(page.locator(f"#{site.town.job}")).to_contain_text("333 / 412")
    _stays_closed_while_hidden(page)
    visitor.complaints[:] = [text for text in visitor.complaints if "ERR_" not in text]


def test_the_columns_of_a_file_are_chosen_before_it_is_read(visit: Visit, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "导出.csv"
    file.write_text(
        "biaoqian,wenben,shijian\nA,充电很慢,2026-09-20 10:00\nB,屏幕掉帧,2026-09-21 11:00\n", encoding="utf-8"
    )
    page = visit("pm", "/jobs").page
    page.set_input_files("#upload-form input[type=file]", file)
    expect(page.locator("#preview")).to_contain_text("没有认出正文在哪一列")
    page.locator("select[name=map_text]").select_option("wenben")
    expect(page.locator("#preview .previewed")).to_contain_text("充电很慢")
    page.locator("select[name=map_time]").select_option("shijian")
    expect(page.locator("#preview .previewed")).to_contain_text("2026-09-20 10:00")
    page.get_by_label("渠道名称").fill("内测群")
    page.get_by_role("button", name="开始读取").click()
    expect(page.locator("#rows > li").first).to_contain_text("导出.csv → 内测群")
    with site.database.session(readonly=True) as session:
        mapping = jobs.listed(session, limit=1).items[0].arguments["mapping"]
    assert (mapping["text"], mapping["time"]) == ("wenben", "shijian")


def test_a_chart_is_saved_as_a_picture_and_leads_to_its_posts(visit: Visit, site: Site) -> None:
    page = visit("pm", "/insights?weeks=12").page
    expect(page.locator("#demand canvas")).to_be_visible()
    with page.expect_download() as downloaded:
        page.locator("[data-chart-png=demand]").click()
    picture = downloaded.value.path().read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 5_000
    page.get_by_role("link", name="近 4 周").click()
    expect(page).to_have_url(f"{site.address}/insights?weeks=4")
    expect(page.locator("#demand canvas")).to_be_visible()
