"""Knowledge of the store as drafters and searches take it."""

from __future__ import annotations

from models.drafters.types import KnowledgeItem, KnowledgeKind
from store.tables import Knowledge


def knowledge_item(entry: Knowledge) -> KnowledgeItem:
    """A row without what only people who keep it need to know."""
    return KnowledgeItem(
        id=entry.id,
        kind=KnowledgeKind(entry.kind),
        title=entry.title,
        body=entry.body,
        product=entry.product,
        version=entry.product_version,
        updated_at=entry.source_updated_at,
    )
