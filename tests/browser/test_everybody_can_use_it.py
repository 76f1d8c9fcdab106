"""Every page, in light and dark: no serious finding of axe, no English in Chinese pages, nothing wider than a phone."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Site, Visit
from tests.browser.pages import every_page

pytestmark = pytest.mark.browser

GRAVE = ("serious", "critical")
# Names of things that Chinese writes in Latin letters, and what this house's people and files are called.
LATIN = frozenset({
    "png", "csv", "html", "json", "jsonl", "lines", "excel", "xlsx", "tsv", "txt", "pdf", "url", "api", "https",
    "webhook", "rss", "atom", "fider", "discuz", "english", "admin", "faq", "note", "pro", "mini",
})  # fmt: skip
# What people wrote, names of files and programs, and what is told to be left as it is.
NOT_OURS = (
    "code, kbd, pre, script, style, textarea, blockquote, q, .text, .words, .raw, .quote, [translate=no], [lang=en], "
    "[data-user-text], .mentions, .sentence, .who b, time"
)


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(visit: Visit, site: Site, appearance: str) -> None:
    page = visit("admin", "/account").page
    page.emulate_media(color_scheme=appearance)  # type: ignore[arg-type]
    axe = Axe()
    found: dict[str, list[str]] = {}
    for path in every_page(site):
        _open(page, path)
        grave = [
            f"{violation['id']}: {node['target']} {node['failureSummary'][:160]}"
            for violation in axe.run(page).response["violations"]
            if violation["impact"] in GRAVE
            for node in violation["nodes"][:4]
        ]
        if grave:
            found[path] = grave
    assert found == {}


def test_no_english_leaks_into_chinese_pages(visit: Visit, site: Site) -> None:
    page = visit("admin", "/account").page
    leaked: dict[str, list[str]] = {}
    for path in every_page(site):
        _open(page, path)
        words = {
            word
            for text in page.evaluate(_TEXTS, NOT_OURS)
            for word in re.findall(r"[A-Za-z][A-Za-z'’-]{2,}", re.sub(r"\S+[_.@/]\S+", " ", text))
            if word.lower() not in LATIN
        }
        if words:
            leaked[path] = sorted(words)
    assert leaked == {}


_TEXTS = """(notOurs) => {
  const said = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { parentElement: parent, nodeValue } = walk.currentNode;
    if (nodeValue.trim() && !parent.closest(notOurs) && parent.checkVisibility()) said.push(nodeValue);
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (element.closest(notOurs) || !element.checkVisibility()) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) said.push(element.getAttribute(name) ?? "");
  }
  return said;
}"""


@pytest.mark.parametrize("width", [375, 768, 1920])
def test_no_page_scrolls_sideways(visit: Visit, site: Site, width: int) -> None:
    page = visit("admin", "/account", width=width).page
    wide = {}
    for path in every_page(site):
        _open(page, path)
        there = page.evaluate("document.documentElement.scrollWidth")
        if there > width:
            wide[path] = there
    assert wide == {}


def _open(page: Page, path: str) -> None:
    """The page with its own requests done; its live stream begins later and never is."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200, path
    page.wait_for_load_state("networkidle")
