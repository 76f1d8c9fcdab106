"""Read a spooled file into the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from ingest.posts import Record, Rejected
from ingest.reading import read_stream
from pipeline.intake import Origin, take_in_batches
from pipeline.settings import zone
from pipeline.work import Result, Task

_SHOWN = 5  # rejected rows in the job's result; all are kept with the source


def read_file(task: Task) -> Result:
    """Take the job's file in; the report with the column guess. Raises IngestError for an unreadable file."""
    arguments, settings = task.arguments, task.shop.settings
    timezone = arguments.get("timezone") or settings.timezone
    with read_stream(
        task.shop.spool.path(arguments["file"]).open("rb"),
        name=arguments["name"],  # the name it came under: its ending helps to recognise the format
        format=arguments.get("format"),
        mapping=arguments.get("mapping") or None,
        timezone=zone(timezone),
    ) as reading:
        origin = Origin(
            name=arguments["name"],
            channel=arguments["channel"],
            format=reading.format,
            sha256=arguments["sha256"],
            timezone=timezone,
            source_id=f"src_{task.suffix}",
        )
        first_rejected: list[list[int | str]] = []
        report = take_in_batches(
            task.shop.database.session,
            _noting(reading, first_rejected),
            origin,
            secret=settings.secret_key(),
            batch=settings.intake_batch,
            progress=task.reporter(),
        )
        summary = reading.summary
    return asdict(report) | {
        "name": origin.name,
        "channel": origin.channel,
        "format": summary.format,
        "encoding": summary.encoding,
        "first_rejected": first_rejected,
        "columns": summary.columns.explain() if summary.columns else None,
    }


def _noting(records: Iterable[Record], first_rejected: list[list[int | str]]) -> Iterator[Record]:
    """The same records, the first rejected ones noted as [line, reason]."""
    for record in records:
        if isinstance(record, Rejected) and len(first_rejected) < _SHOWN:
            first_rejected.append([record.line, record.reason])
        yield record
