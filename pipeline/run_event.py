"""A mining run as one line of the audit log: what it found, and which themes it changed. Webhooks tell of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from nlp.types import EdgeKind, LineageEdge
from review.audit import record
from review.outbound_events import RUN_KEPT
from review.principals import SYSTEM
from store.tables import Run, Theme

Before = Mapping[str, tuple[str, str]]  # theme id -> name and status


def states(known: Mapping[str, Theme]) -> Before:
    """Names and statuses as they are now, to compare with after the run has been kept."""
    return {theme_id: (theme.name, theme.status) for theme_id, theme in known.items()}


def record_run(
    session: Session, run: Run, *, before: Before, known: Mapping[str, Theme], lineage: Sequence[LineageEdge]
) -> None:
    """Write the event of a run that has just been kept, with every theme whose name or status it changed."""
    merged = {edge.source for edge in lineage if edge.kind is EdgeKind.MERGE}
    changed = {
        theme_id: changes
        for theme_id, (name, status) in sorted(before.items())
        if theme_id not in merged and (changes := _changes(known[theme_id], name, status))
    }
    kinds = Counter(edge.kind.value for edge in lineage)
    after = {
        "posts": run.posts, "mentions": run.mentions, "themes": run.themes, "minted": kinds["mint"] + kinds["split"],
        "merged": kinds["merge"], "retired": kinds["retire"], "changed": changed,
    }  # fmt: skip
    record(session, SYSTEM, RUN_KEPT, "run", run.id, after=after)
    session.flush()


def _changes(theme: Theme, name: str, status: str) -> dict[str, dict[str, str]]:
    pairs = {"name": (name, theme.name), "status": (status, theme.status)}
    return {field: {"from": old, "to": new} for field, (old, new) in pairs.items() if old != new}
