"""Every page of the house as a browser reaches it, for tests that look at all of them."""

from __future__ import annotations

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
