"""`zhongsheng mine`: files to ranked themes without a database."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from api.cli.console import err, out
from api.cli.failures import UsageError, plainly

Files = Annotated[list[Path], typer.Argument(help="Exports to read; their format is recognised.", show_default=False)]
Format = Annotated[str | None, typer.Option("--format", help="Format of all files instead of recognising it.")]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", help="Columns of a table: text=内容,time=时间 (repeatable)."),
]
Timezone = Annotated[str | None, typer.Option(help="Time zone of times that carry none [default: Asia/Shanghai].")]
EncoderName = Annotated[
    str | None,
    typer.Option(
        "--encoder", help="auto, default, use, e5, static[:<folder>], st:<name or folder> or openai:<url>#<model>."
    ),
]


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without the cycle collector, which looks at millions of living objects again and again and finds no cycles."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@plainly
def mine(
    files: Files,
    *,
    out_folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("out"),
    format_name: Format = None,
    mapping: Map = None,
    timezone: Timezone = None,
    previous: Annotated[
        Path | None,
        typer.Option("--previous", help="Folder of an earlier result: its themes keep their ids.", show_default=False),
    ] = None,
    encoder: EncoderName = None,
    engine: Annotated[
        str,
        typer.Option(help="local, or ray: partitions (files, or folders of them) worked through by a Ray cluster."),
    ] = "local",
) -> None:
    """Mine files: writes themes.json, assignments.csv, report.html, rejected.csv and run.json. No database."""
    from api.cli.progress import bars
    from api.cli.themes_table import themes_table
    from nlp.types import NEEDS
    from pipeline.logging import quiet
    from pipeline.offline import mine_files
    from pipeline.report import ReportTheme
    from pipeline.settings import Settings

    quiet()
    settings = Settings()
    if encoder:
        settings = settings.model_copy(update={"encoder": encoder})
    with bars() as progress, _no_collector():
        result = mine_files(
            files,
            out_folder,
            settings=settings,
            format_name=format_name,
            mapping=parsed_mapping(mapping),
            timezone=timezone,
            previous=previous,
            engine=engine,
            progress=progress,
        )
    for summary in result.corpus.summaries:
        if summary.columns is not None:
            err.print(f"{escape(summary.source)} was read with --map {escape(summary.columns.explain())}", style="dim")
    rejected = result.corpus.rejected
    if rejected:
        rows = "1 row was" if len(rejected) == 1 else f"{len(rejected):,} rows were"
        err.print(f"{rows} rejected; reasons are in {escape(str(result.out / 'rejected.csv'))}", style="yellow")
    if rejected and not result.corpus.prepared:
        first = rejected[0]
        where = f"{first.source}, line {first.rejected.line}"
        raise UsageError(
            f"no post could be read ({where}: {first.rejected.reason}). Is it the right --format or --map?"
        )
    needs = [ReportTheme.of(theme) for theme in result.mined.themes if theme.intent in NEEDS]
    out.print(themes_table(needs))
    out.print(
        f"{len(result.corpus.prepared):,} posts by {result.corpus.people:,} people, {len(result.mined.mentions):,} "
        f"mentions, {len(needs)} themes of need in {result.seconds:.1f} s."
    )
    out.print(f"Open [bold]{escape(str(result.out / 'report.html'))}[/bold]")


def parsed_mapping(given: list[str] | None) -> dict[str, str] | None:
    """`--map` values as field to column. Raises BadMappingError."""
    from ingest.columns import parse_mapping

    return dict(parse_mapping(",".join(given))) if given else None
