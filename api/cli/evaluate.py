"""`zhongsheng evaluate`: how good and how fast, measured on labelled posts, as a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from api.cli.console import err, out
from api.cli.failures import plainly
from api.cli.mine import EncoderName

evaluate_commands = typer.Typer(no_args_is_help=True)


@evaluate_commands.callback()
def _group() -> None:
    """Quality and speed, measured."""


@evaluate_commands.command("themes")
@plainly
def themes(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Labelled files; without any: the sample and the sets found here.")
    ] = None,
    *,
    labels: Annotated[Path | None, typer.Option(help="CSV of id,label for exactly one file without labels.")] = None,
    text_column: Annotated[str | None, typer.Option(help="Column of the text, where it is not guessed right.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the label.")] = None,
    sets: Annotated[list[str] | None, typer.Option("--set", help="Only this known set (repeatable).")] = None,
    encoder: EncoderName = None,
    folder: Annotated[Path, typer.Option("--out", help="Folder for the report.")] = Path("evaluation/reports"),
) -> None:
    """Score mined themes against labels: AMI and ARI over all posts, coverage, seconds."""
    from api.cli.progress import bars
    from evaluation.themes_suite import run_themes
    from pipeline.logging import quiet
    from pipeline.mining import open_encoder
    from pipeline.settings import Settings

    quiet()
    settings = Settings()
    if encoder:
        settings = settings.model_copy(update={"encoder": encoder})
    with bars() as progress:
        report = run_themes(
            files or (),
            labels=labels,
            text_column=text_column,
            label_column=label_column,
            sets=sets,
            encoder=open_encoder(settings),
            out=folder,
            progress=lambda _name, done, total: progress("labelled sets", done, total),
        )
    out.print(escape(report.read_text("utf-8")))
    err.print(f"The report is in {escape(str(report))}")


@evaluate_commands.command("drafts")
@plainly
def drafts(
    *,
    encoder: EncoderName = None,
    folder: Annotated[Path, typer.Option("--out", help="Folder for the report.")] = Path("evaluation/reports"),
) -> None:
    """Score drafted replies: right knowledge found, answered from it, and declined where nobody knows."""
    from api.cli.progress import bars
    from evaluation.drafts_suite import run_drafts
    from pipeline.logging import quiet
    from pipeline.mining import open_encoder
    from pipeline.settings import Settings

    quiet()
    settings = Settings()
    settings = settings.model_copy(update={"encoder": encoder or settings.draft_encoder or settings.encoder})
    with bars() as progress:
        report = run_drafts(
            encoder=open_encoder(settings),
            out=folder,
            progress=lambda _name, done, total: progress("knowledge sets", done, total),
        )
    out.print(escape(report.read_text("utf-8")))
    err.print(f"The report is in {escape(str(report))}")


@evaluate_commands.command("intent")
@plainly
def intent(
    files: Annotated[
        list[Path] | None, typer.Argument(help="CSV with the columns text and intent; without any: the sample.")
    ] = None,
    *,
    encoder: EncoderName = None,
    folder: Annotated[Path, typer.Option("--out", help="Folder for the report.")] = Path("evaluation/reports"),
) -> None:
    """Score what posts are read to do: F1 by intent, who is taken for whom, what leaks into need themes."""
    from api.cli.progress import bars
    from evaluation.intent_suite import run_intent
    from pipeline.logging import quiet
    from pipeline.mining import open_encoder
    from pipeline.settings import Settings

    quiet()
    settings = Settings()
    if encoder:
        settings = settings.model_copy(update={"encoder": encoder})
    with bars() as progress:
        report = run_intent(
            files or (),
            encoder=open_encoder(settings),
            out=folder,
            progress=lambda _name, done, total: progress("labelled sets", done, total),
        )
    out.print(escape(report.read_text("utf-8")))
    err.print(f"The report is in {escape(str(report))}")
