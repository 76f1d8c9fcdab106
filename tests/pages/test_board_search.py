"""Search on the board while the encoder warms up: never a verdict before meaning has been asked."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from pipeline.finder import Found, Readiness
from review.theme_search import Hit
from tests.pages.conftest import ClientOf
from tests.pages.town import Town


class WarmingFinder:
    """Answers as the real one does before and after its encoder is there."""

    def __init__(self) -> None:
        self.found = Found((), "loading")

    def themes(self, _session: object, _text: str) -> Found:
        return self.found


@pytest.fixture
def finder(app: FastAPI) -> WarmingFinder:
    made = WarmingFinder()
    app.state.finder = made
    return made


def test_while_meaning_is_not_asked_yet_the_board_says_so_and_comes_back_by_itself(
    client_of: ClientOf, finder: WarmingFinder, town: Town
) -> None:
    page = client_of("pm").get("/themes?q=手机烧手").text
    assert "没有符合条件的主题" not in page
    assert "正在准备按语义搜索" in page
    board = HTMLParser(page).css_first("#board")
    again = board.css("[hx-trigger='load delay:2s']")
    assert [one.attributes["hx-target"] for one in again] == ["#board"]
    assert "清除筛选" not in board.text()

    address = again[0].attributes["hx-get"] or ""
    finder.found = Found((Hit(town.themes[0], False, 0.6, 0.016),), "ready")
    after = HTMLParser(client_of("pm", htmx=True).get(address).text)
    assert after.css_first("#rows a[href*='/themes/thm_']") is not None
    assert not after.css("[hx-trigger='load delay:2s']")


@pytest.mark.parametrize("state", ["ready", "absent"])
def test_once_there_is_nothing_to_wait_for_the_board_says_that_nothing_fits(
    client_of: ClientOf, finder: WarmingFinder, state: Readiness
) -> None:
    finder.found = Found((), state)
    page = client_of("pm").get("/themes?q=量子力学").text
    assert "没有符合条件的主题" in page
    assert "load delay:2s" not in page


def test_words_found_meanwhile_are_shown_with_a_note_that_meaning_follows(
    client_of: ClientOf, finder: WarmingFinder, town: Town
) -> None:
    finder.found = Found((Hit(town.themes[0], True, None, 0.016),), "loading")
    board = HTMLParser(client_of("pm").get("/themes?q=充电").text).css_first("#board")
    assert board.css_first("#rows a[href*='/themes/thm_']") is not None
    assert len(board.css("[hx-trigger='load delay:2s']")) == 1
