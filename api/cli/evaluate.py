"""`zhongsheng evaluate`: how good and how fast, measured, as reports. Its commands are the suites' table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from api.cli.console import err, out
from api.cli.failures import plainly
from api.cli.mine import EncoderName
from evaluation.errors import EvaluationError
from evaluation.suites import SUITES, Suite, SuiteRequest, suite_named

if TYPE_CHECKING:
    from models.encoders.protocol import Encoder

evaluate_commands = typer.Typer(no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--out", help="Folder for the report.")]
_REPORTS = Path("evaluation/reports")


@evaluate_commands.callback()
def _group() -> None:
    """Quality and speed, measured."""


@evaluate_commands.command("all")
@plainly
def everything(*, encoder: EncoderName = None, folder: Folder = _REPORTS) -> None:
    """Every suite that can run here, one after the other; what cannot says why."""
    failed = False
    for suite in SUITES:
        if _skipped(suite):
            continue
        try:
            _run(suite, encoder, folder)
        except EvaluationError as error:  # the others are worth having all the same
            failed = True
            err.print(f"{suite.name} failed: {escape(str(error))}", style="red")
    if failed:
        raise typer.Exit(1)


@evaluate_commands.command("themes", help=suite_named("themes").about)
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
    peers: Annotated[bool, typer.Option("--peers", help="BERTopic and k-means beside us, in one table.")] = False,
    small: Annotated[bool, typer.Option("--small", help="Also random subsets of 20 to 300 posts.")] = False,
    encoder: EncoderName = None,
    folder: Folder = _REPORTS,
) -> None:
    from evaluation.themes_suite import run_themes

    with _request(suite_named("themes"), encoder, folder) as request:
        report = run_themes(
            files or (),
            labels=labels,
            text_column=text_column,
            label_column=label_column,
            sets=sets,
            peers=peers,
            small=small,
            encoder_for=request.encoder_for,
            out=request.out,
            progress=request.progress,
        )
    _show(report)


@evaluate_commands.command("speed", help=suite_named("speed").about)
@plainly
def speed(
    *,
    posts: Annotated[list[int] | None, typer.Option(help="Only this number of posts (repeatable).")] = None,
    million: Annotated[bool, typer.Option("--million", help="Also 1,000,000 posts: takes its time.")] = False,
    peers: Annotated[bool, typer.Option(help="BERTopic beside us, at 1,000 and 7,000 posts.")] = True,
    encoder: EncoderName = None,
    folder: Folder = _REPORTS,
) -> None:
    from evaluation.speed_suite import ALONE, BESIDE, MILLION, run_speed

    suite = suite_named("speed")
    if _skipped(suite):
        return
    alone = (*(posts or ALONE), *((MILLION,) if million else ()))
    beside = [size for size in BESIDE if posts is None or size in posts]
    with _request(suite, encoder, folder) as request:
        report = run_speed(
            encoder_name=request.encoder_name,
            beside=beside,
            alone=alone,
            peers=peers,
            out=request.out,
            progress=request.progress,
        )
    _show(report)


@evaluate_commands.command("intent", help=suite_named("intent").about)
@plainly
def intent(
    files: Annotated[
        list[Path] | None, typer.Argument(help="CSV with the columns text and intent; without any: the sample.")
    ] = None,
    *,
    encoder: EncoderName = None,
    folder: Folder = _REPORTS,
) -> None:
    from evaluation.intent_suite import run_intent

    with _request(suite_named("intent"), encoder, folder) as request:
        report = run_intent(files or (), encoder=request.encoder, out=request.out, progress=request.progress)
    _show(report)


def _command(suite: Suite) -> Callable[..., None]:
    """The command of a suite that needs to be told nothing but the encoder."""

    @plainly
    def command(*, encoder: EncoderName = None, folder: Folder = _REPORTS) -> None:
        if not _skipped(suite):
            _run(suite, encoder, folder)

    return command


for _suite in SUITES:
    if _suite.name not in {command.name for command in evaluate_commands.registered_commands}:
        evaluate_commands.command(_suite.name, help=_suite.about)(_command(_suite))


def _skipped(suite: Suite) -> bool:
    """Whether the suite cannot run here; says why and what to do."""
    missing = suite.missing()
    if missing:
        err.print(f"{suite.name} skipped: {escape(missing)}", style="yellow")
    return bool(missing)


def _run(suite: Suite, encoder: str | None, folder: Path) -> None:
    with _request(suite, encoder, folder) as request:
        report = suite.run(request)
    _show(report)


@contextmanager
def _request(suite: Suite, encoder: str | None, folder: Path) -> Iterator[SuiteRequest]:
    """What the suite is told, with bars drawn while it runs."""
    from api.cli.progress import bars
    from pipeline.drafter_choice import open_text_model
    from pipeline.logging import quiet
    from pipeline.settings import Settings

    quiet()
    name, encoder_for = _encoders(suite, encoder)
    with bars() as progress:
        yield SuiteRequest(
            encoder_for(0), name, encoder_for, folder, progress, open_text_model(Settings()) if suite.drafting else None
        )


def _encoders(suite: Suite, given: str | None) -> tuple[str, Callable[[int], Encoder]]:
    """The name of the encoder, and what it stands for at so many posts; each is opened once."""
    from models.encoders.sizes import AUTO, name_by_size
    from pipeline.mining import open_encoder
    from pipeline.settings import Settings

    settings = Settings()
    usual = settings.draft_encoder or settings.encoder if suite.drafting else settings.encoder
    name = given or usual

    @cache
    def opened(one: str) -> Encoder:
        return open_encoder(settings.model_copy(update={"encoder": one}))

    return name, lambda posts: opened(name_by_size(posts) if name == AUTO else name)


def _show(report: Path) -> None:
    out.print(escape(report.read_text("utf-8")))
    err.print(f"The report is in {escape(str(report))}")
