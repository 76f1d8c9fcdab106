"""How the themes of a run came from those before it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.tables import LineageEdge


def of_run(session: Session, run_id: str) -> tuple[LineageEdge, ...]:
    """The edges of a run, in the order they were written."""
    statement = select(LineageEdge).where(LineageEdge.run_id == run_id).order_by(LineageEdge.id)
    return tuple(session.scalars(statement))
