"""Atom feeds (RFC 4287): how contributors hear of releases and of what becomes of proposals."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
# what XML 1.0 has no way to write, section 2.2
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `key` names it for good, whatever address the service has."""

    key: str
    title: str
    text: str
    url: str
    published: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed with its latest entries first. `updated` is used where there are none."""

    key: str
    title: str
    author: str
    url: str  # the page it tells of
    own_url: str
    language: str
    entries: Sequence[Entry]
    updated: datetime


def permanent_id(key: str) -> str:
    """The same for the same key, for ever and everywhere: an id must not change when the address does (4.2.6)."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'zhongsheng:{key}')}"


def written(feed: Feed) -> bytes:
    """The feed as a document in UTF-8."""
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    _text(root, "id", permanent_id(feed.key))
    _text(root, "title", feed.title)
    _text(root, "updated", _time(max((entry.updated for entry in feed.entries), default=feed.updated)))
    _text(ET.SubElement(root, "author"), "name", feed.author)
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.own_url})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.url})
    for entry in feed.entries:
        _entry(root, entry)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _entry(root: ET.Element, entry: Entry) -> None:
    node = ET.SubElement(root, "entry")
    _text(node, "id", permanent_id(entry.key))
    _text(node, "title", entry.title)
    _text(node, "published", _time(entry.published))
    _text(node, "updated", _time(max(entry.updated, entry.published)))
    ET.SubElement(node, "link", {"rel": "alternate", "type": "text/html", "href": entry.url})
    content = _text(node, "content", entry.text)
    content.set("type", "text")


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    node = ET.SubElement(parent, name)
    node.text = _UNWRITABLE.sub("\ufffd", text)
    return node


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
