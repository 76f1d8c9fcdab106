"""What a product manager does on the theme map: find a theme, read a point, circle mentions, act, and take it back."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from review import themes as review
from review.principals import SYSTEM
from store.repositories import map_points
from store.tables import Job, Mention, Post, Theme
from tests.browser.conftest import Site, Visit
from tests.map_maker import RADIUS, draw_map
from tests.pages.town import NEEDS

pytestmark = pytest.mark.browser


@pytest.fixture
def drawn(site: Site) -> Site:
    """The town with a map."""
    with site.database.session() as session:
        draw_map(session)
    return site


def _open(visit: Visit, path: str = "/map", who: str = "pm", **size: int) -> Page:
    page = visit(who, path, **size).page
    expect(page.locator("#map[data-ready]")).to_be_attached()
    return page


def _middle(page: Page) -> tuple[float, float, float]:
    """The stage's centre on the screen, and pixels from the centre of a theme in focus to its shore."""
    box = page.locator("#map-stage").bounding_box()
    assert box is not None
    reach = max(RADIUS * 1.6, 0.06)
    zoom = 0.94 * min(box["width"], box["height"]) / (2 * reach)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, RADIUS * zoom


def _whole(page: Page, site: Site) -> Callable[[float, float], tuple[float, float]]:
    """Map to screen where everything is seen."""
    with site.database.session(readonly=True) as session:
        points = map_points.points(session).values()
    left, right = min(x for x, _ in points) - 0.05, max(x for x, _ in points) + 0.05
    bottom, top = min(y for _, y in points) - 0.05, max(y for _, y in points) + 0.05
    box = page.locator("#map-stage").bounding_box()
    assert box is not None
    zoom = 0.94 * min(box["width"] / (right - left), box["height"] / (top - bottom))

    def on_screen(x: float, y: float) -> tuple[float, float]:
        across = box["x"] + box["width"] / 2 + (x - (left + right) / 2) * zoom
        return across, box["y"] + box["height"] / 2 - (y - (bottom + top) / 2) * zoom

    return on_screen


def _circle(page: Page, x: float, y: float, radius: float, *, from_turn: float = 0.0, to_turn: float = 1.0) -> None:
    """Draw a ring, or a piece of one closed by its chord, with the mouse; turns run against the clock."""
    steps = 40
    spots = [
        (x + radius * cos(2 * pi * turn), y - radius * sin(2 * pi * turn))
        for turn in (from_turn + (to_turn - from_turn) * step / steps for step in range(steps + 1))
    ]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot)
    page.mouse.up()


def _held(site: Site, theme_id: str) -> int:
    with site.database.session(readonly=True) as session:
        return len(session.scalars(select(Mention.id).where(Mention.theme_id == theme_id)).all())


def test_circled_mentions_become_a_theme_and_the_undo_brings_them_back(visit: Visit, drawn: Site) -> None:
    source = drawn.town.themes[0]
    page = _open(visit, f"/map?theme={source}")
    x, y, shore = _middle(page)
    page.get_by_role("button", name="圈选").click()
    _circle(page, x, y, shore, from_turn=-0.25, to_turn=0.25)  # the right half: three of six
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("这些提及（3 条）")
    expect(dialog.get_by_role("row", name=NEEDS[0].name)).to_contain_text("6 → 3")
    dialog.get_by_role("button", name="拆成新主题").click()
    expect(dialog).to_contain_text("3 条提及会离开现在的主题")
    dialog.get_by_label("新主题名称").fill("过夜充电的异常")
    dialog.get_by_role("button", name="拆出 3 条").click()
    expect(page.locator(".toast")).to_contain_text("过夜充电的异常")
    expect(page.get_by_role("link", name="打开主题「过夜充电的异常」")).to_be_visible()
    with drawn.database.session(readonly=True) as session:
        made = session.scalars(select(Theme).where(Theme.name == "过夜充电的异常")).one()
    assert (made.status, made.size, _held(drawn, made.id), _held(drawn, source)) == ("active", 3, 3, 3)

    page.locator(".toast").get_by_role("button", name="撤销").click()
    expect(page.locator(".toast")).to_contain_text("已撤销，3 条提及回到原处")
    expect(page.get_by_role("link", name="打开主题「过夜充电的异常」")).to_have_count(0)
    with drawn.database.session(readonly=True) as session:
        assert session.get_one(Theme, made.id).status == "retired"
    assert _held(drawn, source) == 6


def test_what_is_unticked_stays(visit: Visit, drawn: Site) -> None:
    first, second = sorted(drawn.town.themes)[:2]  # neighbours on the map
    held = {theme: _held(drawn, theme) for theme in (first, second)}
    page = _open(visit)
    on_screen = _whole(page, drawn)
    with drawn.database.session(readonly=True) as session:
        islands = map_points.islands(session)
        names = {theme: session.get_one(Theme, theme).name for theme in (first, second)}
    left, right = islands[first], islands[second]
    page.locator("#map-stage").focus()
    page.keyboard.press("l")
    corners = [(left.x, 0.14), (right.x, 0.14), (right.x, -0.14), (left.x, -0.14)]
    spots = [on_screen(x, left.y + up) for x, up in corners]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=8)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("tbody tr")).to_have_count(2)
    dialog.get_by_label(names[second]).click()
    expect(dialog.get_by_label(names[second])).not_to_be_checked()
    row = dialog.get_by_role("row", name=names[second])
    expect(row).to_contain_text(f"{held[second]} → {held[second]}")
    dialog.get_by_role("button", name="不是主题").click()
    dialog.get_by_role("button", name="排除").click()
    expect(page.locator(".toast")).to_contain_text("条提及不再归入主题")
    assert _held(drawn, first) < held[first]
    assert _held(drawn, second) == held[second]


def test_only_what_the_filters_show_is_circled_and_the_address_keeps_them(visit: Visit, drawn: Site) -> None:
    source, channel = drawn.town.themes[0], drawn.town.channels[0]
    with drawn.database.session(readonly=True) as session:
        statement = select(Mention.id).join(Post, Post.id == Mention.post_id).where(Mention.theme_id == source)
        there = len(session.scalars(statement.where(Post.channel_id == channel)).all())
    assert 0 < there < _held(drawn, source)
    page = _open(visit, f"/map?theme={source}")
    page.get_by_label("渠道").select_option(channel)
    expect(page.locator("#map-fit")).to_contain_text("其余淡出，不可点选和圈选")
    expect(page.locator(f"[data-theme-row='{source}'] button")).to_have_attribute("aria-pressed", "true")
    assert f"channel={channel}" in page.url
    x, y, shore = _middle(page)
    page.get_by_role("button", name="圈选").click()
    _circle(page, x, y, shore)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text(f"这些提及（{there} 条）")
    expect(dialog).to_contain_text("只包括筛选后显示的提及")
    dialog.get_by_role("button", name="不是主题").click()
    dialog.get_by_role("button", name="排除").click()
    expect(page.locator(".toast")).to_contain_text("条提及不再归入主题")
    assert f"channel={channel}" in page.url
    expect(page.get_by_label("渠道")).to_have_value(channel)
    with drawn.database.session(readonly=True) as session:
        left = session.scalars(
            select(Post.channel_id).join(Mention, Post.id == Mention.post_id).where(Mention.theme_id == source)
        ).all()
    assert left
    assert channel not in left


def test_circled_mentions_go_to_a_theme_found_by_search(visit: Visit, drawn: Site) -> None:
    source, target = drawn.town.themes[0], drawn.town.themes[9]
    page = _open(visit, f"/map?theme={source}")
    x, y, shore = _middle(page)
    page.keyboard.down("Shift")
    _circle(page, x, y, shore, from_turn=0.25, to_turn=0.75)
    page.keyboard.up("Shift")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="移到其他主题").click()
    dialog.get_by_label("移到哪个主题").fill("息屏")
    expect(dialog.get_by_role("radio")).to_have_count(1)
    dialog.get_by_text("息屏显示耗电明显").click()
    dialog.get_by_role("button", name="移动 3 条").click()
    expect(page.locator(".toast")).to_contain_text("已将 3 条提及移到「息屏显示耗电明显」")
    assert (_held(drawn, source), _held(drawn, target)) == (3, 2 + 3)


def test_what_is_no_theme_is_taken_out_with_a_note(visit: Visit, drawn: Site) -> None:
    source = drawn.town.themes[0]
    page = _open(visit, f"/map?theme={source}")
    x, y, shore = _middle(page)
    page.get_by_role("button", name="圈选").click()
    _circle(page, x, y, shore, from_turn=-0.25, to_turn=0.25)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="不是主题").click()
    dialog.get_by_label("说明（可不填）").fill("只是玩笑")
    dialog.get_by_role("button", name="排除 3 条").click()
    expect(page.locator(".toast")).to_contain_text("3 条提及不再归入主题")
    assert _held(drawn, source) == 3
    page.goto(f"/themes/{source}")
    expect(page.locator(".story").first).to_contain_text("将 3 条提及标为不属于任何主题")
    expect(page.locator(".story").first).to_contain_text("只是玩笑")


def test_a_whole_theme_is_not_emptied_but_led_to_its_page(visit: Visit, drawn: Site) -> None:
    source = drawn.town.themes[0]
    page = _open(visit, f"/map?theme={source}")
    x, y, shore = _middle(page)
    page.get_by_role("button", name="圈选").click()
    _circle(page, x, y, shore)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("圈中了它的全部提及，不能取空")
    expect(dialog.get_by_role("checkbox")).to_be_disabled()
    expect(dialog.get_by_role("button", name="拆成新主题")).to_have_count(0)
    dialog.get_by_role("link", name="请到主题页合并或排除").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEEDS[0].name)


def test_who_acts_on_an_old_picture_is_told_who_changed_it(visit: Visit, drawn: Site) -> None:
    source = drawn.town.themes[0]
    page = _open(visit, f"/map?theme={source}")
    x, y, shore = _middle(page)
    page.get_by_role("button", name="圈选").click()
    _circle(page, x, y, shore, from_turn=-0.25, to_turn=0.25)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="不是主题").click()
    expect(dialog.get_by_label("说明（可不填）")).to_be_visible()
    with drawn.database.session() as session:
        theme = session.get_one(Theme, source)
        review.rename(session, SYSTEM, source, name="改过的名字", version=theme.version)
    dialog.get_by_role("button", name="排除 3 条").click()
    expect(dialog.get_by_role("alert")).to_contain_text("已被")
    assert _held(drawn, source) == 6


def test_a_point_says_what_was_said_and_a_click_keeps_it(visit: Visit, drawn: Site) -> None:
    source = drawn.town.themes[0]
    page = _open(visit, f"/map?theme={source}")
    x, y, shore = _middle(page)
    spot = (x + 0.7 * shore * cos(pi / 12), y - 0.7 * shore * sin(pi / 12))
    page.mouse.move(*spot)
    card = page.locator("#map-card")
    expect(card).to_be_visible()
    with drawn.database.session(readonly=True) as session:
        said = session.scalars(select(Mention.text).where(Mention.theme_id == source)).all()
    assert card.locator(".said").inner_text() in said
    page.mouse.click(*spot)
    page.mouse.move(x, y)
    expect(card).to_be_visible()
    card.get_by_role("link", name=NEEDS[0].name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEEDS[0].name)


def test_the_list_narrows_lights_a_theme_and_stands_in_for_the_map(visit: Visit, drawn: Site) -> None:
    page = _open(visit)
    rows = page.locator("#map-rows tr:not([hidden])")
    expect(rows).to_have_count(len(NEEDS))
    page.get_by_label("查找主题").fill("闹钟")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="夜间闹钟不响或延迟").click()
    expect(page.locator(".map-label.lit")).to_contain_text("夜间闹钟不响或延迟")
    expect(page.get_by_role("button", name="夜间闹钟不响或延迟")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("查找主题").fill("没有这样的")
    expect(page.get_by_text("没有这个主题。")).to_be_visible()


def test_keys_zoom_and_pan_and_the_view_is_kept(visit: Visit, drawn: Site) -> None:
    page = _open(visit)
    middle = NEEDS[drawn.town.themes.index(sorted(drawn.town.themes)[7])].name  # lies in the middle of the map
    label = page.locator(".map-label", has_text=middle[:8])

    def spot() -> tuple[int, int]:
        page.wait_for_timeout(150)
        box = label.bounding_box()
        assert box is not None
        return round(box["x"]), round(box["y"])

    before = spot()
    page.locator("#map-stage").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    moved = spot()
    assert moved != before
    page.reload()
    expect(page.locator("#map[data-ready]")).to_be_attached()
    assert spot() == moved
    page.locator("#map-stage").focus()
    page.keyboard.press("0")
    assert spot() == before


def test_a_moderator_looks_and_does_not_touch(visit: Visit, drawn: Site) -> None:
    page = _open(visit, f"/map?theme={drawn.town.themes[0]}", who="mod")
    x, y, shore = _middle(page)
    page.get_by_role("button", name="圈选").click()
    _circle(page, x, y, shore, from_turn=-0.25, to_turn=0.25)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("这些提及（3 条）")
    expect(dialog.get_by_role("button", name="拆成新主题")).to_have_count(0)


def test_a_ring_around_nothing_says_so(visit: Visit, drawn: Site) -> None:
    page = _open(visit, f"/map?theme={drawn.town.themes[0]}")
    x, y, shore = _middle(page)
    page.get_by_role("button", name="圈选").click()
    _circle(page, x, y, shore * 0.3)
    expect(page.locator("#map-says")).to_have_text("圈内没有提及")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_before_it_is_drawn_the_page_says_what_draws_it_and_offers_that(visit: Visit, site: Site) -> None:
    page = visit("pm", "/map").page
    expect(page.get_by_role("heading", name="还没有绘制地图")).to_be_visible()
    page.get_by_role("button", name="开始挖掘").click()
    page.wait_for_url("**/jobs**")
    with site.database.session(readonly=True) as session:
        assert session.scalars(select(Job.kind).where(Job.status == "queued")).all() == ["run"]


@pytest.mark.parametrize("width", [375, 768, 1920])
def test_the_map_fits_the_window(visit: Visit, drawn: Site, width: int) -> None:
    page = _open(visit, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    stage = page.locator("#map-stage").bounding_box()
    assert stage is not None
    assert stage["width"] >= width * 0.5
    with drawn.database.session(readonly=True) as session:
        assert map_points.rows(session).numbers
