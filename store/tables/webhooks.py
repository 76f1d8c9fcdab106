"""What leaves for other systems: the outbox, endpoints, messages, deliveries and every attempt to deliver."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.tables.base import Base, Json, UtcDateTime
from store.tables.people import Event


class OutboxEntry(Base):
    """An event that other systems have not been told of yet; written with the event, gone when it has been handled."""

    __tablename__ = "outbox"

    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)  # failures to handle it; after too many it waits for a person
    event: Mapped[Event] = relationship()  # so that the event is written first


class WebhookEndpoint(Base):
    """An address of another system, and the events it wants to hear of."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (CheckConstraint("active = false OR disabled_reason = ''", name="active_has_no_reason"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200), default="")
    event_types: Mapped[list[str]] = mapped_column(Json)
    active: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str] = mapped_column(String(200), default="")  # why the system turned it off; '' otherwise
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # first failure since the last success
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebhookSecret(Base):
    """A signing secret of an endpoint, sealed under the installation's secret. One of them does not expire."""

    __tablename__ = "webhook_secrets"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # NULL: the one shown last


class WebhookMessage(Base):
    """What is said, word for word, to every endpoint that wants to hear it. Its id is the `webhook-id`."""

    __tablename__ = "webhook_messages"
    __table_args__ = (UniqueConstraint("event_id", "type", "subject_id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    event_id: Mapped[str | None] = mapped_column(ForeignKey("events.id"))  # NULL: a test
    type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)  # the JSON that is signed and sent
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class WebhookDelivery(Base):
    """One message on its way to one endpoint."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("message_id", "endpoint_id"),
        CheckConstraint("status IN ('pending', 'delivered', 'dead')", name="status_known"),
        CheckConstraint("(status = 'pending') = (due_at IS NOT NULL)", name="pending_is_due"),
        Index("ix_webhook_deliveries_due", "endpoint_id", "due_at", sqlite_where=text("status = 'pending'"),
              postgresql_where=text("status = 'pending'")),
        Index("ix_webhook_deliveries_listed", "endpoint_id", "created_at", "id"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("webhook_messages.id", ondelete="CASCADE"))
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(20), default="pending")
    tries: Mapped[int] = mapped_column(default=0)  # since it was made or last replayed
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # while it is being sent: when another may take over
    last_code: Mapped[int | None]  # HTTP status of the last answer; NULL: there was none
    last_error: Mapped[str] = mapped_column(String(300), default="")
    last_milliseconds: Mapped[int | None]  # how long the last try took
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebhookAttempt(Base):
    """One try of a delivery and what came back."""

    __tablename__ = "webhook_attempts"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    delivery_id: Mapped[str] = mapped_column(ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    milliseconds: Mapped[int]
    code: Mapped[int | None]
    error: Mapped[str] = mapped_column(String(300), default="")
    answer: Mapped[str] = mapped_column(String(500), default="")  # the beginning of the body that came back
