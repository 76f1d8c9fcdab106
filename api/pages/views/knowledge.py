"""Knowledge: the list and the form of one entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.pages.views.excerpts import shortened
from review.knowledge import KINDS
from store.repositories import knowledge
from store.tables import Knowledge

PAGE_SIZE: Final = 30
_EXCERPT: Final = 140


@dataclass(frozen=True, slots=True)
class KnowledgeRow:
    """An entry in the list."""

    id: str
    title: str
    kind: str
    excerpt: str
    product: str
    active: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class KnowledgeList:
    """The list of entries."""

    q: str
    kind: str
    kinds: tuple[str, ...]
    rows: tuple[KnowledgeRow, ...]
    more: str


@dataclass(frozen=True, slots=True)
class KnowledgeForm:
    """One entry, or a new one."""

    id: str
    action: str
    kinds: tuple[str, ...]
    kind: str
    key: str
    title: str
    body: str
    product: str
    product_version: str
    version: int | None
    active: bool


def knowledge_list(session: Session, *, q: str, kind: str, cursor: str | None) -> KnowledgeList:
    """Entries, latest change first, those out of use included."""
    wanted = kind if kind in KINDS else ""
    page = knowledge.listed(
        session, kind=wanted or None, active=None, q=q.strip() or None, cursor=cursor, limit=PAGE_SIZE
    )
    rows = tuple(
        KnowledgeRow(
            id=item.id,
            title=item.title,
            kind=item.kind,
            excerpt=shortened(item.body, _EXCERPT),
            product=item.product,
            active=item.active,
            at=item.source_updated_at or item.updated_at,
        )
        for item in page.items
    )
    pairs = {"q": q, "kind": wanted, "cursor": page.next_cursor or ""}
    more = f"/knowledge?{urlencode({k: v for k, v in pairs.items() if v})}" if page.next_cursor else ""
    return KnowledgeList(q, wanted, KINDS, rows, more)


def knowledge_form(item: Knowledge | None) -> KnowledgeForm:
    """The form of an entry; an empty one for None."""
    if item is None:
        return KnowledgeForm("", "/knowledge/new", KINDS, KINDS[0], "", "", "", "", "", None, active=True)
    return KnowledgeForm(
        item.id, f"/knowledge/{item.id}", KINDS, item.kind, item.key, item.title, item.body, item.product,
        item.product_version, item.version, item.active,
    )  # fmt: skip
