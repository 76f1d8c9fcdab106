"""The map's page and sheets as HTML: what each may see, what the sheet says before anything is done, refusals."""

from __future__ import annotations

import html

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlalchemy import func, select

from api.pages import theme_map
from api.pages.theme_map import unpacked
from review import mention_moves
from review.mention_moves import Group
from review.principals import SYSTEM
from store.database import Database
from store.tables import MapPoint, Mention, MentionMove, Post, Theme
from tests.map_maker import draw_map
from tests.pages.conftest import ClientOf
from tests.pages.town import HOSTILE, NEEDS, Town


def _packed(numbers: list[int]) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    ordered = sorted(numbers)
    parts = []
    for place, number in enumerate(ordered):
        step, word = number - (ordered[place - 1] if place else 0), ""
        while step:
            step, digit = divmod(step, 36)
            word = digits[digit] + word
        parts.append(word)
    return ".".join(parts)


@pytest.fixture
def numbers(database: Database) -> dict[str, list[int]]:
    """Point numbers by theme, in the order of keys."""
    with database.session() as session:
        draw_map(session)
        found: dict[str, list[int]] = {}
        statement = select(Mention.theme_id, MapPoint.number).join(MapPoint, MapPoint.key == Mention.key)
        for theme, number in session.execute(statement.order_by(MapPoint.number)):
            found.setdefault(theme or "", []).append(number)
    return found


@pytest.mark.parametrize(("who", "starts"), [("pm", True), ("mod", False)])
def test_a_map_not_drawn_yet_is_drawn_by_a_run_and_asks_for_no_data(
    client_of: ClientOf, who: str, starts: bool
) -> None:
    page = HTMLParser(client_of(who).get("/map").text)
    assert "下一次挖掘" in page.css_first("main .empty").text()
    assert page.css("main .empty a[href='/jobs']") == []
    assert bool(page.css("main .empty form[action='/jobs/run'] button")) is starts


def test_numbers_travel_as_differences() -> None:
    assert unpacked(_packed([7, 3, 4_000, 123_456])) == [3, 7, 4_000, 123_456]
    assert unpacked("") == []
    assert unpacked("..zzzzzzzz.1") == [1]


def test_the_sheet_says_how_many_of_which_theme_before_anything_is_done(
    client_of: ClientOf, town: Town, numbers: dict[str, list[int]], database: Database
) -> None:
    circled = numbers[town.themes[0]][:4] + numbers[town.themes[1]][:1]
    sheet = HTMLParser(client_of("pm", htmx=True).post("/map/selection", data={"points": _packed(circled)}).text)
    rows = [[cell.text(strip=True) for cell in row.css("td")] for row in sheet.css("tbody tr")]
    assert rows == [[NEEDS[0].name, "4", "6 → 2"], [NEEDS[1].name, "1", "3 → 2"]]
    assert len(sheet.css(".acts button")) == 3
    with database.session(readonly=True) as session:
        assert session.scalars(select(MentionMove)).all() == []


def test_who_may_not_edit_sees_the_words_and_no_buttons(
    client_of: ClientOf, town: Town, numbers: dict[str, list[int]]
) -> None:
    answer = client_of("mod", htmx=True).post("/map/selection", data={"points": _packed(numbers[town.themes[0]][:2])})
    sheet = HTMLParser(answer.text)
    assert sheet.css(".samples li")
    assert sheet.css(".acts button") == []


def test_what_was_dismissed_before_is_shown_apart_and_not_taken_by_itself(
    client_of: ClientOf, town: Town, numbers: dict[str, list[int]], database: Database
) -> None:
    with database.session() as session:
        theme = session.get_one(Theme, town.themes[0])
        key = session.get_one(MapPoint, numbers[theme.id][0]).key
        mention_moves.dismiss(session, SYSTEM, keys=[key], groups=[Group(theme.id, theme.version, 1)])
    circled = {"points": _packed(numbers[town.themes[0]][:3])}
    sheet = HTMLParser(client_of("pm", htmx=True).post("/map/selection", data=circled).text)
    boxes = sheet.css("tbody input")
    story = HTMLParser(client_of("pm").get(f"/themes/{town.themes[0]}").text)
    undo = story.css_first(".story form[action*='/map/moves/']")
    data = {field.attributes["name"] or "": field.attributes["value"] for field in undo.css("input")}
    undone = client_of("pm").post(undo.attributes["action"] or "", data=data)
    assert undone.headers["location"] == f"/themes/{town.themes[0]}"  # and not the map, where nobody was
    assert [("checked" in box.attributes, (box.attributes["value"] or "")[:3]) for box in boxes] == [
        (True, "thm"), (False, "-::"),
    ]  # fmt: skip


def test_a_move_without_a_target_and_a_split_without_a_name_are_refused_in_words(
    client_of: ClientOf, town: Town, numbers: dict[str, list[int]]
) -> None:
    client = client_of("pm", htmx=True)
    data = {"points": _packed(numbers[town.themes[0]][:2]), "taken": f"{town.themes[0]}:1:2"}
    assert "请选择要移到的主题" in client.post("/map/move", data=data).text
    assert "请填写名称" in client.post("/map/split", data=data | {"name": "  "}).text


def _in_channel(database: Database, channel: str) -> dict[str, int]:
    """Mentions of a channel by theme ("" for none)."""
    with database.session(readonly=True) as session:
        statement = select(Mention.theme_id, func.count()).join(Post, Post.id == Mention.post_id)
        counted = session.execute(statement.where(Post.channel_id == channel).group_by(Mention.theme_id))
        return {theme or "": count for theme, count in counted}


def test_filters_are_those_of_the_board_that_mentions_can_satisfy(
    client_of: ClientOf, town: Town, numbers: dict[str, list[int]]
) -> None:
    page = HTMLParser(client_of("mod").get(f"/map?channel={town.channels[1]}&owner=me&sort=people&q=x").text)
    names = {field.attributes["name"] for field in page.css("#map-filters select, #map-filters input[type=date]")}
    assert names <= {"channel", "product", "region", "intent", "period", "since", "until"}
    assert {"channel", "product", "period", "since", "until"} <= names
    chosen = page.css_first("#map-filters select[name=channel] option[selected]")
    assert chosen is not None
    assert chosen.attributes["value"] == town.channels[1]


def test_a_filter_counts_what_fits_by_theme_says_so_and_stands_in_the_address(
    client_of: ClientOf, town: Town, numbers: dict[str, list[int]], database: Database
) -> None:
    there = _in_channel(database, town.channels[1])
    asked = {"channel": town.channels[1], "period": "", "theme": town.themes[0]}
    answer = client_of("mod", htmx=True).get("/map", params=asked)
    assert answer.headers["hx-replace-url"] == f"/map?channel={town.channels[1]}&theme={town.themes[0]}"
    part = HTMLParser(answer.text)
    assert part.css_first("h1") is None
    shown = {row.attributes["data-theme-row"]: row.css_first("td.number") for row in part.css("[data-theme-row]")}
    assert {theme: cell.text(strip=True).partition("/")[0].strip() for theme, cell in shown.items() if cell} == {
        theme: str(count) for theme, count in there.items()
    }
    said = part.css_first("#map-fit[hx-swap-oob]")
    assert said is not None
    assert f"显示 {sum(there.values())} / {sum(map(len, numbers.values()))} 条" in said.text()
    found = part.css_first("#map-found")
    assert found is not None
    source = client_of("mod").get(found.attributes["data-fitting"] or "").json()["data"]
    assert source["points"] == sum(there.values())


def test_where_nothing_fits_the_page_says_what_to_do(
    client_of: ClientOf, town: Town, numbers: dict[str, list[int]]
) -> None:
    page = HTMLParser(client_of("pm").get("/map?since=2100-01-01").text)
    empty = page.css_first("#map-list .empty")
    assert empty is not None
    assert "没有符合条件的提及" in empty.text()
    assert page.css("[data-theme-row]") == []
    assert page.css_first("#map-canvas") is not None


def test_a_sheet_over_a_filtered_map_says_so_and_what_it_does_comes_back_to_the_same_map(
    client_of: ClientOf, town: Town, numbers: dict[str, list[int]]
) -> None:
    client, asked = client_of("pm", htmx=True), f"channel={town.channels[1]}"
    circled = {"points": _packed(numbers[town.themes[0]][:2]), "asked": f"{asked}&theme=x"}
    sheet = HTMLParser(client.post("/map/selection", data=circled).text)
    field = sheet.css_first("input[name=asked]")
    assert field is not None
    assert field.attributes["value"] == asked
    assert "只包括筛选后显示的提及" in sheet.text()
    assert sheet.css_first("input[name=taken]") is not None
    version = (sheet.css("input[name=taken]")[0].attributes["value"] or "").split(":")[1]
    done = client.post("/map/dismiss", data=circled | {"asked": asked, "taken": f"{town.themes[0]}:{version}:2"})
    assert done.headers["hx-redirect"] == f"/map?{asked}"
    plain = client.post("/map/selection", data={"points": circled["points"]}).text
    assert "只包括筛选后显示的提及" not in plain


def test_the_card_of_a_point_escapes_what_people_said(
    client_of: ClientOf, town: Town, numbers: dict[str, list[int]], database: Database
) -> None:
    number = numbers[town.themes[0]][0]
    with database.session() as session:
        key = session.get_one(MapPoint, number).key
        session.scalars(select(Mention).where(Mention.key == key)).one().text = HOSTILE
    answer = client_of("mod", htmx=True).get(f"/map/points/{number}")
    assert "<script>" not in answer.text
    assert html.escape(HOSTILE[:20]) in answer.text.replace("&#34;", "&quot;")
    assert client_of("mod", htmx=True).get("/map/points/999999").status_code == 404


def test_a_legend_that_takes_a_moment_is_asked_for_by_the_page(
    client_of: ClientOf, town: Town, numbers: dict[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(theme_map, "_QUICK", 0)
    path = f"/map?theme={town.themes[0]}"
    frame = HTMLParser(client_of("pm").get(path).text)
    waiting = frame.css_first("#map-list [aria-busy]")
    assert waiting is not None
    assert waiting.attributes["hx-get"] == path
    assert frame.css("[data-theme-row]") == []
    assert frame.css_first("#map-canvas") is not None
    legend = HTMLParser(client_of("pm", htmx=True).get(path).text)
    assert len(legend.css("[data-theme-row]")) == len(numbers)
    counts = legend.css_first("#map-counts[hx-swap-oob]")
    assert counts is not None
    assert str(sum(map(len, numbers.values()))) in counts.text()
    whole = HTMLParser(client_of("pm").get(path).text)  # it has been made now
    assert len(whole.css("[data-theme-row]")) == len(numbers)
    filtered = HTMLParser(client_of("pm").get(f"{path}&channel={town.channels[1]}").text)  # which fit has not
    assert filtered.css_first("#map-list [aria-busy]") is not None
