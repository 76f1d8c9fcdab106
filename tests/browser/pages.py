"""What several stories do with a browser: reach every page of the house, look away from one, compose Chinese letters."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.conftest import Site


def every_page(site: Site) -> tuple[str, ...]:
    """Addresses for one who may see everything: lists, things, forms, what is read only."""
    town = site.town
    return (
        "/themes", f"/themes/{town.themes[0]}", "/map",
        "/drafts", "/drafts/decided", f"/drafts/{town.needs_person}",
        "/ballot", f"/ballot/{town.proposals[0]}", f"/ballot/{town.proposals[3]}", f"/ballot/{town.proposals[0]}/votes",
        "/changelog", "/changelog/new", "/reports",
        "/insights", "/insights?weeks=12", "/insights/digest.html", "/posts", f"/posts?theme={town.themes[0]}",
        "/posts?q=没有这样的帖子", "/jobs", f"/sources/{town.source}", "/knowledge", "/knowledge/new", "/integrations",
        "/people", "/account", "/events",
    )  # fmt: skip


def look_away(page: Page, *, away: bool = True) -> None:
    """As if another window were in front of this one, or no longer."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        away,
    )


def compose(page: Page, letters: str) -> None:
    """Type with an input method into what has the focus: letters that no word is chosen for yet."""
    place = {"text": letters, "selectionStart": len(letters), "selectionEnd": len(letters)}
    page.context.new_cdp_session(page).send("Input.imeSetComposition", place)


def choose_word(page: Page, word: str) -> None:
    """The word for the letters that were composed."""
    page.context.new_cdp_session(page).send("Input.insertText", {"text": word})
