"""`zhongsheng ingest` and `zhongsheng run`: into the store, and from posts to ranked, drafted, routed themes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from api.cli.console import err, out
from api.cli.failures import UsageError, plainly
from api.cli.mine import Files, Format, Map, Timezone, parsed_mapping

if TYPE_CHECKING:
    from api.cli.jobs import HowToRead
    from pipeline.settings import Settings
    from store.database import Database


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
    from api.cli.jobs import HowToRead, foreman
    from api.cli.state import opened
    from pipeline.logging import quiet

    quiet()
    how = HowToRead(format_name, parsed_mapping(mapping), timezone)
    if not channel.strip():
        raise UsageError("the channel needs a name, for example --channel 社区")
    for file in files:  # all or none: a file that cannot be read is told before anything is stored
        _check(file, how)
    with opened() as (settings, database):
        if dry_run:
            for file in files:
                _preview(settings, database, file, channel, how)
            return
        with foreman(settings, database) as boss:
            results = [boss.ingest(file, channel, how) for file in files]
        print_intake(results)


@plainly
def run() -> None:
    """Mine all posts of the store: themes, ranking, drafted replies, leading themes to the ballot."""
    from api.cli.jobs import foreman
    from api.cli.state import opened
    from pipeline.logging import quiet

    quiet()
    with opened() as (settings, database):
        with foreman(settings, database) as boss:
            result = boss.run()
        print_run(database, result)
        if not result.get("posts"):
            err.print("There was nothing to mine: read files first, with  zhongsheng ingest FILE --channel NAME")


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


def print_intake(results: list[dict[str, Any]]) -> None:
    """What became of the rows of each file, and why the first rejected ones were."""
    table = _counts_table()
    for result in results:
        _add_counts(table, str(result.get("name", "")), result)
    out.print(table)
    for result in results:
        for line, reason in result.get("first_rejected", ()):
            out.print(f"  {escape(str(result['name']))} line {line}: {escape(str(reason))}", style="yellow")


def _check(file: Path, how: HowToRead) -> None:
    from ingest.reading import read_path
    from pipeline.settings import Settings, zone

    timezone = zone(how.timezone or Settings().timezone)
    with read_path(file, format=how.format_name, mapping=how.mapping, timezone=timezone) as reading:
        guess = f", --map {reading.columns.explain()}" if reading.columns else ""
        err.print(f"{escape(file.name)}: {escape(reading.format + guess)}", style="dim")


def _preview(settings: Settings, database: Database, file: Path, channel: str, how: HowToRead) -> None:
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
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("File", overflow="fold", min_width=16)
    for name in ("Received", "Written", "Duplicate", "Rejected", "Skipped", "Undated"):
        table.add_column(name, justify="right")
    return table


def _add_counts(table: Table, name: str, result: dict[str, Any]) -> None:
    counted = ("received", "written", "duplicate", "rejected", "skipped", "without_time")
    table.add_row(escape(name), *(f"{result.get(key, 0):,}" for key in counted))
