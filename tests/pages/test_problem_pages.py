"""Addresses that nothing answers: the same navigation as everywhere, for whoever asks."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.pages.conftest import ClientOf


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_is_signed_in_keeps_the_navigation_at_an_unknown_address(client_of: ClientOf, method: str) -> None:
    answer = client_of("pm").request(method, "/nope")
    page = HTMLParser(answer.text)
    assert answer.status_code == 404
    assert page.css_first("nav.nav a[href='/themes']") is not None
    assert page.css_first(".who").text().startswith("林")
    assert page.css_first("main h1").text() == "找不到内容"
    assert "地址可能写错了" in page.css_first("main").text()
    assert page.css_first(".public-bar") is None


@pytest.mark.parametrize("path", ["/nope", "/public/nope", "/public/proposals/prp_none"])
def test_a_stranger_gets_the_public_navigation_and_the_way_in(client_of: ClientOf, app: FastAPI, path: str) -> None:
    app.state.settings = app.state.settings.model_copy(update={"public_boards": "all"})
    answer = client_of().get(path)
    page = HTMLParser(answer.text)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert page.css_first(".public-bar a[href='/public/changelog']") is not None
    # who meant an address of the desk may sign in; on the public pages there is nothing to sign in to
    assert (page.css_first("main a[href='/signin']") is not None) is (path == "/nope")
    assert page.css_first("nav.nav") is None
    english = HTMLParser(client_of(language="en").get(path).text)
    assert english.css_first("html").attributes["lang"] == "en"


def test_where_no_board_is_public_a_stranger_is_led_back(client_of: ClientOf) -> None:
    page = HTMLParser(client_of().get("/nope").text)
    assert page.css_first(".public-bar") is None
    assert page.css_first("main.gate a[href='/']") is not None


@pytest.mark.parametrize("who", ["pm", ""])
def test_an_unknown_address_of_the_api_answers_as_the_api_does(client_of: ClientOf, who: str) -> None:
    answer = client_of(who).get("/api/v1/nope")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json()["error"]["code"] == "not_found"


def test_what_follows_along_by_itself_fails_without_taking_the_dialog(client_of: ClientOf) -> None:
    path = "/themes/thm_gone/similar"
    asked = client_of("pm", htmx=True).get(path)
    assert (asked.status_code, asked.headers["HX-Retarget"]) == (404, "#dialog")
    quiet = client_of("pm", htmx=True).get(path, headers={"X-Background": "1"})
    assert (quiet.status_code, quiet.headers["HX-Reswap"], quiet.text) == (404, "none", "")
    assert "HX-Retarget" not in quiet.headers
