"""The loop closes: a theme is routed, voted on in public, shipped with a release, and the changelog says thanks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from review import contributors, releases
from review.principals import SYSTEM
from store.repositories import votes
from store.tables import Proposal, Release
from tests.browser.conftest import Site, Visit

pytestmark = pytest.mark.browser

PUBLIC_PATHS = ("/public", "/public?status=voting", "/public/changelog", "/public?embed=1", "/public?lang=en")


@pytest.fixture
def extra_settings() -> dict[str, Any]:
    """A public board."""
    return {"public_boards": "all"}


def _status(site: Site, proposal: str) -> str:
    with site.database.session(readonly=True) as session:
        return session.get_one(Proposal, proposal).status


def _step(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".toast")).to_contain_text("状态已改为")


def test_route_vote_ship_and_the_changelog_says_thanks(visit: Visit, site: Site) -> None:
    manager = visit("pm", f"/themes/{site.town.themes[0]}").page
    manager.get_by_role("button", name="送去投票").click()
    manager.get_by_role("dialog").get_by_role("button", name="送去投票").click()
    manager.wait_for_url("**/ballot/prp_*")
    proposal = manager.url.rsplit("/", 1)[-1]
    for name in ("开始评估", "开放投票"):
        _step(manager, name)

    with site.database.session() as session:
        first = session.get_one(Proposal, proposal).first_reporters[0]
        invitation = contributors.invite(session, SYSTEM, first)
    public = visit("", f"/public/enter?link={invitation.secret}").page
    public.get_by_role("button", name="进入").click()
    public.get_by_role("link", name="充电到 80% 就停，充不满").click()
    public.get_by_role("button", name="投票").click()
    expect(public.get_by_role("status")).to_contain_text("已投票")
    public.get_by_role("button", name="关注进展").click()
    expect(public.get_by_role("button", name="已关注")).to_be_visible()
    public.get_by_role("link", name="我的署名").click()
    public.get_by_label("希望使用的名字").fill("熬夜充电的人")
    public.get_by_role("button", name="同意署名").click()
    expect(public.get_by_text("目前以「熬夜充电的人」致谢。")).to_be_visible()
    with site.database.session(readonly=True) as session:
        assert votes.counts(session, [proposal]) == {proposal: 1}

    manager.reload()
    _step(manager, "采纳")
    manager.goto("/changelog/new")
    manager.get_by_label("版本标题").fill("3.3 版：充得满")
    manager.get_by_label("更新内容").fill("关闭保护后不再停在八成")
    manager.get_by_role("checkbox", name="充电到 80% 就停，充不满").check()
    manager.get_by_role("button", name="存为草稿").click()
    manager.wait_for_url("**/changelog/rel_*")
    assert _status(site, proposal) == "accepted"
    public.goto("/public/changelog")
    expect(public.get_by_text("3.3 版：充得满")).to_have_count(0)

    manager.get_by_role("button", name="发布").click()
    dialog = manager.get_by_role("dialog")
    expect(dialog).to_contain_text("1 个提案会变为已上线")
    expect(dialog).to_contain_text("其中 1 位同意署名")
    dialog.get_by_role("button", name="发布").click()
    expect(manager.locator(".toast")).to_contain_text("已发布")
    assert _status(site, proposal) == "shipped"
    public.reload()
    entry = public.locator(".release", has_text="3.3 版：充得满")
    expect(entry).to_contain_text("熬夜充电的人")
    expect(entry).to_contain_text("关闭保护后不再停在八成")
    public.goto(f"/public/proposals/{proposal}")
    expect(public.get_by_role("link", name="随「3.3 版：充得满」上线")).to_be_visible()


def test_doubtful_votes_are_set_aside_with_a_reason_and_counted_again(visit: Visit, site: Site) -> None:
    proposal = site.town.proposals[0]
    page = visit("pm", f"/ballot/{proposal}/votes").page
    with site.database.session(readonly=True) as session:
        before = votes.counts(session, [proposal])[proposal]
    page.locator("input[name=vote]").nth(0).check()
    page.locator("input[name=vote]").nth(1).check()
    page.get_by_role("button", name="设为不计入").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{before} → {before - 2}")
    dialog.get_by_label("理由").fill("同一时间注册的账号")
    dialog.get_by_role("button", name="设为不计入").click()
    expect(page.locator("tr.aside")).to_have_count(2)
    with site.database.session(readonly=True) as session:
        assert votes.counts(session, [proposal])[proposal] == before - 2
    page.locator(".toast").get_by_role("button", name="撤销").click()
    expect(page.locator("tr.aside")).to_have_count(0)
    with site.database.session(readonly=True) as session:
        assert votes.counts(session, [proposal])[proposal] == before


def test_a_merge_shows_the_union_first_and_is_undone(visit: Visit, site: Site) -> None:
    review = site.town.proposals[1]
    page = visit("pm", f"/ballot/{review}").page
    page.get_by_role("button", name="合并", exact=True).click()
    dialog = page.get_by_role("dialog")
    choice = dialog.locator("label", has_text="闹钟在任何模式下都必须准时响")
    expect(choice).to_contain_text("现有 17 票，合并后 17 票（0 人两边都投过）")
    choice.click()
    dialog.get_by_role("button", name="合并", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("合并到「闹钟在任何模式下都必须准时响」")
    assert _status(site, review) == "merged"
    page.goto(f"/ballot/{review}")
    page.get_by_role("button", name="撤销合并").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销合并").click()
    expect(page.locator(".toast")).to_contain_text("已撤销合并")
    assert _status(site, review) == "under_review"


def test_consent_to_be_named_is_recorded_with_where_it_was_given(visit: Visit, site: Site) -> None:
    page = visit("mod", f"/ballot/{site.town.proposals[3]}").page
    page.get_by_role("button", name="登记署名同意").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("select[name=author]").select_option(index=1)
    dialog.get_by_label("希望使用的名字").fill("爱扫地的人")
    dialog.get_by_label("出处").fill("8 月 3 日私信")
    dialog.get_by_role("button", name="登记同意").click()
    expect(page.locator(".chip.named")).to_have_text("爱扫地的人")
    page.get_by_role("button", name="登记署名同意").click()
    dialog.get_by_role("button", name="撤回").click()
    expect(page.locator(".toast")).to_contain_text("已恢复化名")
    expect(page.locator(".chip.named")).to_have_count(0)


def test_an_owner_is_chosen_and_the_words_are_changed(visit: Visit, site: Site) -> None:
    proposal = site.town.proposals[1]
    page = visit("pm", f"/ballot/{proposal}").page
    page.get_by_role("button", name="指定负责人").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("select[name=owner]").select_option(label="周运营 · 社区运营")
    dialog.get_by_role("button", name="保存").click()
    expect(page.locator(".facts")).to_contain_text("周运营")
    page.get_by_role("button", name="修改文字").click()
    dialog.get_by_label("版本标题").fill("冬天也能一按就开")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("冬天也能一按就开")
    with site.database.session(readonly=True) as session:
        changed = session.get_one(Proposal, proposal)
        assert (changed.title, changed.owner_id) == ("冬天也能一按就开", site.town.users["mod"])


def test_a_draft_release_can_be_discarded(visit: Visit, site: Site) -> None:
    page = visit("pm", "/changelog/new").page
    page.get_by_label("版本标题").fill("写错了")
    page.get_by_role("button", name="存为草稿").click()
    page.wait_for_url("**/changelog/rel_*")
    page.get_by_role("button", name="删除草稿").click()
    page.get_by_role("dialog").get_by_role("button", name="删除草稿").click()
    expect(page.locator(".toast")).to_contain_text("草稿已删除")
    with site.database.session(readonly=True) as session:
        assert session.query(Release).count() == 0


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_everybody_can_use_the_public_pages(visit: Visit, site: Site, appearance: str) -> None:
    with site.database.session() as session:
        release = releases.create(
            session,
            SYSTEM,
            title="3.1 版",
            released_at=datetime.now(UTC),
            notes="修复回充",
            proposal_ids=[site.town.proposals[3]],
        )
        releases.publish(session, SYSTEM, release.id, version=1)
        invitation = contributors.invite(
            session, SYSTEM, session.get_one(Proposal, site.town.proposals[0]).first_reporters[0]
        )
    page = visit("", "/public").page
    page.emulate_media(color_scheme=appearance)  # type: ignore[arg-type]
    paths = [
        f"/public/enter?link={invitation.secret}",
        *PUBLIC_PATHS,
        *(f"/public/proposals/{one}" for one in site.town.proposals[:1]),
    ]
    found = {}
    for signed_in in (False, True):
        for path in paths + (["/public/me"] if signed_in else []):
            page.goto(path)
            grave = [
                f"{violation['id']}: {violation['nodes'][0]['target']}"
                for violation in Axe().run(page).response["violations"]
                if violation["impact"] in ("serious", "critical")
            ]
            if grave:
                found[path] = grave
        if not signed_in:
            page.goto(paths[0])
            page.get_by_role("button", name="进入").click()
            page.get_by_role("status").wait_for()
    assert found == {}


def test_public_pages_fit_a_phone_and_load_no_script(visit: Visit, site: Site) -> None:
    for path in (*PUBLIC_PATHS, f"/public/proposals/{site.town.proposals[0]}"):
        page = visit("", path, width=375, height=800).page
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        assert page.locator("script").count() == 0
