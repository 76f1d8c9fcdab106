"""Knowledge: what a reply may rest on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.fields import Input, InputTime, LongText, Name, Output, ShortText, Versioned

KnowledgeKind = Literal["faq", "release_note", "known_issue", "approved_reply"]
Key = Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f]{1,200}$", description="The id you know it by; unique")]


class KnowledgeOut(Output):
    """One entry."""

    id: str
    key: str
    kind: KnowledgeKind
    title: str
    body: str
    product: str
    product_version: str
    source_updated_at: datetime | None
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class KnowledgeIn(Input):
    """A new entry."""

    key: Key
    kind: KnowledgeKind
    title: Name
    body: LongText
    product: ShortText = ""
    product_version: ShortText = ""
    source_updated_at: InputTime | None = None


class KnowledgeChange(Versioned):
    """What changes of an entry; a field left out stays."""

    kind: KnowledgeKind | None = None
    title: Name | None = None
    body: LongText | None = None
    product: ShortText | None = None
    product_version: ShortText | None = None
    source_updated_at: InputTime | None = None


class KnowledgeDeactivation(Versioned):
    """No reply may rest on it any more."""


class KnowledgeImport(Input):
    """Many entries at once; an entry whose key is known is updated."""

    items: Annotated[list[KnowledgeIn], Field(min_length=1, max_length=5_000)]


class KnowledgeImportOut(Output):
    """What became of them."""

    added: int
    updated: int
    unchanged: int
