"""Feeds hold to RFC 4287 whatever the text is."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.atom import Entry, Feed, permanent_id, written

NOW = datetime(2026, 8, 20, 8, 0, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"


def _feed(*entries: Entry) -> Feed:
    return Feed("board:all", "进展", "众声", "https://x/public", "https://x/feed.atom", "zh-CN", entries, NOW)


def _entry(key: str = "event:1", text: str = "好", at: datetime = NOW) -> Entry:
    return Entry(key, text, text, "https://x/p", at, at)


@given(st.text())
def test_any_text_gives_a_well_formed_feed(text: str) -> None:
    root = ET.fromstring(written(_feed(_entry(text=text))))
    said = root.findtext(f"{ATOM}entry/{ATOM}content") or ""
    kept = [c for c in text if c in "\t\n" or 0x20 <= ord(c) <= 0xD7FF or 0xE000 <= ord(c) <= 0xFFFD or ord(c) > 0xFFFF]
    assert [c for c in said if c not in "\ufffd\n"] == [c for c in kept if c not in "\ufffd\n"]


def test_a_feed_has_all_that_the_standard_asks_for() -> None:
    later = NOW + timedelta(hours=1)
    root = ET.fromstring(written(_feed(_entry("event:2", at=later), _entry())))
    for name in ("id", "title", "updated", "author", "link"):
        assert root.find(f"{ATOM}{name}") is not None
    assert root.findtext(f"{ATOM}updated") == "2026-08-20T09:00:00Z"
    assert [link.get("rel") for link in root.findall(f"{ATOM}link")] == ["self", "alternate"]
    for entry in root.findall(f"{ATOM}entry"):
        assert {node.tag.removeprefix(ATOM) for node in entry} >= {"id", "title", "updated", "content", "link"}


def test_ids_stay_the_same_wherever_the_service_lives() -> None:
    assert permanent_id("event:1") == permanent_id("event:1") != permanent_id("event:2")
    assert permanent_id("event:1").startswith("urn:uuid:")


def test_an_empty_feed_still_says_when() -> None:
    assert ET.fromstring(written(_feed())).findtext(f"{ATOM}updated") == "2026-08-20T08:00:00Z"
