"""Jobs: long work and how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from api.schemas.fields import Output

JobKindName = Literal["ingest", "run"]
JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class JobOut(Output):
    """One long piece of work."""

    id: str
    kind: str
    status: JobStatus
    step: str
    done: int
    total: int
    result: dict[str, Any] | None
    error: str | None
    cancel_requested: bool
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
