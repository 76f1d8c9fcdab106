"""The audit log and the head of a proposal: things by the names people know, ids only to be copied."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode

from review.audit import record
from review.principals import SYSTEM, Principal
from store.database import Database
from store.tables import Draft, Post, Proposal
from tests.pages.conftest import ClientOf
from tests.pages.town import Town

RAW_ID = re.compile(r"\b[a-z]{3}_[0-9a-z]{6,}")


def _row(page: HTMLParser, copied: str) -> LexborNode:
    """The line whose id can be copied."""
    for row in page.css("#rows tr"):
        button = row.css_first("[data-copy]")
        if button is not None and button.attributes["data-copy"] == copied:
            return row
    raise AssertionError(copied)


def test_the_log_calls_accounts_proposals_posts_and_tokens_by_name(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    with database.session() as session:
        title = session.get_one(Proposal, town.proposals[0]).title
        asked = session.get_one(Post, session.get_one(Draft, town.drafts[0]).post_id).text
        record(session, SYSTEM, "user.deactivated", "user", town.users["mod2"])
        record(session, SYSTEM, "proposal.created", "proposal", town.proposals[0])
        record(session, Principal("tok_gone", "x", "token", None), "draft.released", "draft", town.drafts[0])
        record(session, SYSTEM, "theme.renamed", "theme", "thm_gone")
    page = HTMLParser(client_of("admin").get("/events").text)
    assert _one(_row(page, town.users["mod2"]), ".subject").text().strip().startswith("mod2")
    assert _one(_row(page, town.proposals[0]), ".subject a").text() == title
    draft = _one(_row(page, town.drafts[0]), ".subject a").text()
    assert asked.startswith(draft.removesuffix("…"))
    assert _one(_row(page, "thm_gone"), ".subject a").text() == "主题"
    assert RAW_ID.findall(_one(page, "#rows").text()) == []


def test_the_head_of_a_proposal_shows_its_title_and_its_id_as_a_detail_to_copy(client_of: ClientOf, town: Town) -> None:
    head = _one(HTMLParser(client_of("pm").get(f"/ballot/{town.proposals[0]}").text), "header.head")
    assert RAW_ID.findall(head.text()) == []
    assert _one(head, "[data-copy]").attributes["data-copy"] == town.proposals[0]


def _one(node: HTMLParser | LexborNode, selector: str) -> LexborNode:
    found = node.css_first(selector)
    assert found is not None, selector
    return found
