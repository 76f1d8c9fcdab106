"""`zhongsheng ingest` and `zhongsheng run`: into the store, and from posts to ranked, drafted, routed themes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from api.cli.console import err, out
from api.cli.failures import plainly
from api.cli.mine import Files, Format, Map, Timezone, parsed_mapping

if TYPE_CHECKING:
    from api.cli.progress import Bars
    from pipeline.settings import Settings
    from store.database import Database


@dataclass(frozen=True, slots=True)
class Reading:
    """How a person said files are to be read."""

    format_name: str | None = None
    mapping: dict[str, str] | None = None
    timezone: str | None = None


@plainly
def ingest(
    files: Files,
    *,
    channel: Annotated[str, typer.Option(help="Channel the posts belong to; made where there is none.")],
    format_name: Format = None,
    mapping: Map = None,
    timezone: Timezone = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
) -> None:
    """Read files into the store. Reading a file twice adds nothing; rejected rows are kept with their reasons."""
    from api.cli.progress import bars
    from api.cli.state import opened
    from pipeline.logging import quiet

    quiet()
    how = Reading(format_name, parsed_mapping(mapping), timezone)
    for file in files:  # all or none: a file that cannot be read is told before anything is stored
        _check(file, how)
    with opened() as (settings, database):
        if dry_run:
            for file in files:
                _preview(settings, database, file, channel, how)
            return
        with working(settings, database), bars() as progress:
            results = [ingested(settings, database, file, channel, progress, how=how) for file in files]
        print_intake(results)


@plainly
def run() -> None:
    """Mine all posts of the store: themes, ranking, drafted replies, leading themes to the ballot."""
    from api.cli.progress import bars
    from api.cli.state import opened
    from pipeline.logging import quiet

    quiet()
    with opened() as (settings, database):
        with working(settings, database), bars() as progress:
            result = mined(settings, database, progress)
        print_run(database, result)


def ingested(
    settings: Settings, database: Database, file: Path, channel: str, progress: Bars, *, how: Reading
) -> dict[str, Any]:
    """Ingest one file through a job; its result."""
    from api.cli.jobs import completed
    from review.principals import SYSTEM

    with file.open("rb") as stream:
        job = completed(
            settings,
            database,
            lambda runner, session: runner.start_ingest(
                session,
                SYSTEM,
                stream=stream,
                name=file.name,
                channel=channel,
                format_name=how.format_name,
                mapping=how.mapping,
                timezone=how.timezone,
            ),
            progress,
        )
    return job.result or {}


def mined(settings: Settings, database: Database, progress: Bars) -> dict[str, Any]:
    """A run through a job; its result."""
    from api.cli.jobs import completed
    from review.principals import SYSTEM

    job = completed(settings, database, lambda runner, session: runner.start_run(session, SYSTEM), progress)
    return job.result or {}


def print_run(database: Database, result: dict[str, Any]) -> None:
    """The ranked themes of the store, and what the run did."""
    from api.cli.themes_table import themes_table
    from pipeline.store_report import report_themes

    with database.session(readonly=True) as session:
        out.print(themes_table(report_themes(session)))
    out.print(
        f"{result.get('posts', 0):,} posts, {result.get('mentions', 0):,} mentions, {result.get('themes', 0)} themes; "
        f"{result.get('drafts', 0)} replies drafted ({result.get('drafts_needing_a_person', 0)} need a person's "
        f"knowledge), {result.get('routed', 0)} themes routed to the ballot."
    )


@contextmanager
def working(settings: Settings, database: Database) -> Iterator[None]:
    """See that somebody works: a worker of our own, unless one runs already."""
    from pipeline.leases import anyone_alive
    from pipeline.worker import leases_of
    from pipeline.worker_process import worker_process

    if anyone_alive(leases_of(database)):
        yield
        return
    with worker_process(settings, log_file=settings.state / "worker.log"):
        yield


def print_intake(results: list[dict[str, Any]]) -> None:
    """What became of the rows of each file, and why the first rejected ones were."""
    table = _counts_table()
    for result in results:
        _add_counts(table, str(result.get("name", "")), result)
    out.print(table)
    for result in results:
        for line, reason in result.get("first_rejected", ()):
            out.print(f"  {escape(str(result['name']))} line {line}: {escape(str(reason))}", style="yellow")


def _check(file: Path, how: Reading) -> None:
    from ingest.reading import read_path
    from pipeline.settings import Settings, zone

    timezone = zone(how.timezone or Settings().timezone)
    with read_path(file, format=how.format_name, mapping=how.mapping, timezone=timezone) as reading:
        guess = f", --map {reading.columns.explain()}" if reading.columns else ""
        err.print(f"{escape(file.name)}: {escape(reading.format + guess)}", style="dim")


def _preview(settings: Settings, database: Database, file: Path, channel: str, how: Reading) -> None:
    from ingest.reading import read_path
    from pipeline.intake import Origin, preview
    from pipeline.settings import zone

    name = how.timezone or settings.timezone
    with (
        read_path(file, format=how.format_name, mapping=how.mapping, timezone=zone(name)) as reading,
        database.session(readonly=True) as session,
    ):
        origin = Origin(name=file.name, channel=channel, format=reading.format, sha256="", timezone=name)
        seen = preview(session, reading, origin, secret=settings.secret_key())
    table = _counts_table()
    _add_counts(table, f"{file.name} (dry run)", asdict(seen.report))
    out.print(table)
    for entry in seen.posts:
        out.print(f"  {escape(entry.key)}: {escape(entry.text[:80])}", style="dim")
    for row in seen.rejected:
        out.print(f"  line {row.line}: {escape(row.reason)}", style="yellow")


def _counts_table() -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("File", overflow="fold")
    for name in ("Received", "Written", "Duplicate", "Rejected", "Skipped", "No time"):
        table.add_column(name, justify="right")
    return table


def _add_counts(table: Table, name: str, result: dict[str, Any]) -> None:
    counted = ("received", "written", "duplicate", "rejected", "skipped", "without_time")
    table.add_row(escape(name), *(f"{result.get(key, 0):,}" for key in counted))
