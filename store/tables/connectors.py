"""Boards of other systems that proposals are pushed to, and where each proposal stands there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Json, UtcDateTime


class Connector(Base):
    """A board of another system: where it is, how to speak to it, with which key."""

    __tablename__ = "connectors"
    __table_args__ = (
        CheckConstraint("kind IN ('fider', 'json_board')", name="kind_known"),
        CheckConstraint("active = false OR disabled_reason = ''", name="active_has_no_reason"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    settings: Mapped[dict[str, Any]] = mapped_column(Json)  # as `review.connector_settings` checks them
    sealed_key: Mapped[str | None] = mapped_column(Text)  # sealed under the installation's secret
    active: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str] = mapped_column(String(200), default="")
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConnectorItem(Base):
    """A proposal on a board: its id there, what was pushed last, and when it is pushed again."""

    __tablename__ = "connector_items"
    __table_args__ = (
        UniqueConstraint("connector_id", "proposal_id"),
        CheckConstraint("status IN ('pending', 'pushed', 'dead')", name="status_known"),
        CheckConstraint("(status = 'pending') = (due_at IS NOT NULL)", name="pending_is_due"),
        Index("ix_connector_items_due", "connector_id", "status", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    connector_id: Mapped[str] = mapped_column(ForeignKey("connectors.id", ondelete="CASCADE"))
    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id"), index=True)
    remote_id: Mapped[str | None] = mapped_column(String(200))
    pushed: Mapped[dict[str, Any] | None] = mapped_column(Json)  # what the board was told last
    wanted: Mapped[int] = mapped_column(default=1)  # counts wishes to push: one that comes during a push is not lost
    status: Mapped[str] = mapped_column(String(20), default="pending")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_code: Mapped[int | None]
    last_error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
