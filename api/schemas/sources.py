"""Sources: files and pushes that were read."""

from __future__ import annotations

from datetime import datetime

from api.schemas.fields import Output


class SourceOut(Output):
    """One file or push, and what became of its rows."""

    id: str
    channel_id: str
    name: str
    sha256: str
    format: str
    received: int
    written: int
    duplicate: int
    rejected: int
    skipped: int
    created_at: datetime


class RejectedRowOut(Output):
    """A row that could not become a post. The row itself is kept, and may hold personal data: it is not sent."""

    line: int
    reason: str
