"""Every page, in light and dark: no serious finding of axe, no English in Chinese pages, nothing wider than a phone."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Site, Visit
from tests.browser.pages import every_page

pytestmark = pytest.mark.browser

GRAVE = ("serious", "critical")
APPEARANCES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (375, 768, 1920)
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


def test_every_page_is_for_everybody(visit: Visit, site: Site) -> None:
    """One walk for all rules: to open a page costs more than to look at it."""
    page = visit("admin", "/account").page
    axe = Axe()
    grave: dict[str, list[str]] = {}
    english: dict[str, list[str]] = {}
    sideways: dict[str, list[int]] = {}
    paths = every_page(site)
    for path in paths:
        _open(page, path)
        english[path] = _english(page)
        grave[path] = [finding for appearance in APPEARANCES for finding in _grave(page, axe, appearance)]
        sideways[path] = [width for width in WIDTHS if _wider_than(page, width)]
    assert len(paths) > 20
    assert _found(english) == {}
    assert _found(grave) == {}
    assert _found(sideways) == {}


def _found(by_path: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {path: faults for path, faults in by_path.items() if faults}


def _grave(page: Page, axe: Axe, appearance: Literal["light", "dark"]) -> list[str]:
    """What axe finds serious or critical, with where."""
    page.emulate_media(color_scheme=appearance, reduced_motion="reduce")
    page.evaluate("Promise.allSettled(document.getAnimations().map((change) => change.finished))")  # colours fade over
    return [
        f"{appearance} {violation['id']}: {node['target']} {node['failureSummary'][:160]}"
        for violation in axe.run(page).response["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"][:4]
    ]


def _english(page: Page) -> list[str]:
    """Words that a Chinese page should not hold."""
    words = {
        word
        for text in page.evaluate(_TEXTS, NOT_OURS)
        for word in re.findall(r"[A-Za-z][A-Za-z'’-]{2,}", re.sub(r"\S+[_.@/]\S+", " ", text))
        if word.lower() not in LATIN
    }
    return sorted(words)


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


def _wider_than(page: Page, width: int) -> bool:
    """Whether the page would have to be scrolled sideways at that width, once its drawings have fitted themselves."""
    page.set_viewport_size({"width": width, "height": 900})
    for _ in range(25):
        if page.evaluate("document.documentElement.scrollWidth") <= width:
            return False
        page.wait_for_timeout(200)
    return True


def _open(page: Page, path: str) -> None:
    """The page with its own requests done; its live stream begins later and never is."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200, path
    page.wait_for_load_state("networkidle")
