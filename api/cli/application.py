"""The commands by name."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from api.cli.accounts import token_commands, user_commands
from api.cli.demo import demo
from api.cli.digest import digest
from api.cli.doctor import doctor
from api.cli.evaluate import evaluate_commands
from api.cli.ingest import ingest, run
from api.cli.knowledge import knowledge_commands
from api.cli.mine import mine
from api.cli.serve import serve, worker

application = typer.Typer(
    help="众声 Zhongsheng: hears what a crowd of Chinese-speaking users needs, and closes the loop with them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"zhongsheng {version('zhongsheng')}")
        raise typer.Exit


@application.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Settings come from ZHONGSHENG_… variables, DATABASE_URL and a .env file."""


application.command()(demo)
application.command()(mine)
application.command()(ingest)
application.command()(run)
application.command()(serve)
application.command()(worker)
application.add_typer(user_commands, name="user", help="People who sign in.")
application.add_typer(token_commands, name="token", help="Bearer tokens for other systems.")
application.add_typer(knowledge_commands, name="knowledge", help="What replies may rest on.")
application.add_typer(evaluate_commands, name="evaluate", help="Quality and speed, measured.")
application.command()(digest)
application.command()(doctor)
