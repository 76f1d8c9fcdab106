"""Knowledge that people keep: what a reply may rest on, one entry at a time or imported by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from review import draft_expiry, versions
from review.audit import record
from review.errors import Conflict, Invalid
from review.permissions import Permission, require
from review.principals import Principal
from review.wording import optional, required
from store.expressions import insert_new
from store.ids import new_id
from store.repositories import drafting, knowledge
from store.tables import Knowledge

KINDS = ("faq", "release_note", "known_issue", "approved_reply")
_LIMITS = {"key": (200, "编号"), "title": (500, "标题"), "body": (20_000, "内容")}
_OPTIONAL = {"product": (100, "产品"), "product_version": (100, "版本")}
_FIELDS = ("kind", "title", "body", "product", "product_version", "source_updated_at")


class KnowledgeEntry(Protocol):
    """An entry to import, whatever class it comes in."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def product(self) -> str: ...
    @property
    def product_version(self) -> str: ...
    @property
    def source_updated_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class NewKnowledge:
    """An entry to import, made by hand or read from a file."""

    key: str
    kind: str
    title: str
    body: str
    product: str = ""
    product_version: str = ""
    source_updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What became of the entries of an import."""

    added: int
    updated: int
    unchanged: int


def add(
    session: Session,
    principal: Principal,
    *,
    key: str,
    kind: str,
    title: str,
    body: str,
    product: str = "",
    product_version: str = "",
    source_updated_at: datetime | None = None,
) -> Knowledge:
    """A new entry. Conflict `key_taken` where its key is known."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    values = _checked({
        "key": key, "kind": kind, "title": title, "body": body, "product": product,
        "product_version": product_version, "source_updated_at": source_updated_at,
    })  # fmt: skip
    entry = _insert(session, principal, values)
    if entry is None:
        taken = knowledge.by_keys(session, [values["key"]])[values["key"]]
        raise Conflict(
            "key_taken",
            f"The key {key} belongs to {taken.id}; change that entry instead.",
            "该编号已存在。",
            id=taken.id,
        )
    return entry


def update(
    session: Session,
    principal: Principal,
    knowledge_id: str,
    *,
    version: int | None,
    kind: str | None = None,
    title: str | None = None,
    body: str | None = None,
    product: str | None = None,
    product_version: str | None = None,
    source_updated_at: datetime | None = None,
) -> Knowledge:
    """Change what is given; None leaves a field as it is."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    given = {
        "kind": kind, "title": title, "body": body, "product": product, "product_version": product_version,
        "source_updated_at": source_updated_at,
    }  # fmt: skip
    values = _checked({field: value for field, value in given.items() if value is not None})
    entry = _opened(session, knowledge_id, version)
    return _change(session, principal, entry, values, action="knowledge.updated")


def deactivate(session: Session, principal: Principal, knowledge_id: str, *, version: int | None) -> Knowledge:
    """Take an entry out of use: no new draft rests on it; what rests on it in waiting drafts is struck."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    entry = _opened(session, knowledge_id, version)
    entry = _change(session, principal, entry, {"active": False}, action="knowledge.deactivated")
    draft_expiry.return_resting_on(session, drafting.withdrawn_sources(session, [entry.id]))
    return entry


def import_items(session: Session, principal: Principal, items: Sequence[KnowledgeEntry]) -> ImportCounts:
    """Add or update by key, all or none; an entry taken out of use comes back. Running it twice changes nothing."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    wanted = [_checked({"key": item.key} | {field: getattr(item, field) for field in _FIELDS}) for item in items]
    known = knowledge.by_keys(session, [values["key"] for values in wanted])
    added = updated = unchanged = 0
    for values in wanted:
        entry = known.get(values["key"])
        if entry is None:
            entry = _insert(session, principal, values)
            if entry is not None:
                known[entry.key] = entry
                added += 1
                continue
            entry = knowledge.by_keys(session, [values["key"]])[values["key"]]
        changes = {field: values[field] for field in _FIELDS} | {"active": True}
        if all(getattr(entry, field) == value for field, value in changes.items()):
            unchanged += 1
        else:
            _change(session, principal, entry, changes, action="knowledge.updated")
            updated += 1
    return ImportCounts(added=added, updated=updated, unchanged=unchanged)


def _insert(session: Session, principal: Principal, values: dict[str, Any]) -> Knowledge | None:
    now = datetime.now(UTC)
    row = values | {"id": new_id("knowledge"), "active": True, "version": 1, "created_at": now, "updated_at": now}
    if not insert_new(session, Knowledge, [row], unique=["key"]):
        return None
    entry = session.get_one(Knowledge, row["id"])
    record(session, principal, "knowledge.added", "knowledge", entry.id, after=_state(entry))
    session.flush()
    return entry


def _opened(session: Session, knowledge_id: str, version: int | None) -> Knowledge:
    entry = knowledge.locked(session, knowledge_id)
    if entry is None:
        raise versions.not_found("knowledge", knowledge_id)
    versions.check(session, entry, version)
    return entry


def _change(
    session: Session, principal: Principal, entry: Knowledge, values: dict[str, Any], *, action: str
) -> Knowledge:
    before = _state(entry)
    versions.advance(session, entry, now=datetime.now(UTC))
    for field, value in values.items():
        setattr(entry, field, value)
    record(session, principal, action, "knowledge", entry.id, before=before, after=_state(entry))
    session.flush()
    return entry


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values trimmed and within their limits, or Invalid."""
    checked = dict(values)
    for field, (limit, name) in _LIMITS.items():
        if field in checked:
            checked[field] = required(checked[field], field, name, limit=limit)
    for field, (limit, name) in _OPTIONAL.items():
        if field in checked:
            checked[field] = optional(checked[field], field, name, limit=limit)
    if "kind" in checked and checked["kind"] not in KINDS:
        raise Invalid("kind_unknown", f"kind must be one of {', '.join(KINDS)}.", "未知的知识类型。", kinds=list(KINDS))
    if "kind" in checked:
        checked["kind"] = str(checked["kind"])
    return checked


def _state(entry: Knowledge) -> dict[str, Any]:
    moment = entry.source_updated_at
    return {
        "key": entry.key, "kind": entry.kind, "title": entry.title, "body": entry.body, "product": entry.product,
        "product_version": entry.product_version, "active": entry.active,
        "source_updated_at": moment.isoformat() if moment else None,
    }  # fmt: skip
