"""`zhongsheng knowledge`: what replies may rest on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import out
from api.cli.failures import plainly

knowledge_commands = typer.Typer(no_args_is_help=True)


@knowledge_commands.callback()
def _group() -> None:
    """What replies may rest on."""


@knowledge_commands.command("import")
@plainly
def import_knowledge(
    file: Annotated[Path, typer.Argument(help="JSON lines: id, kind, title, body, …", show_default=False)],
) -> None:
    """Add or update entries by their id. A file with a bad line changes nothing."""
    from api.cli.state import opened
    from pipeline.knowledge_file import read_knowledge
    from review.knowledge import import_items
    from review.principals import SYSTEM

    entries = read_knowledge(file)
    with opened() as (_, database), database.session() as session:
        counts = import_items(session, SYSTEM, entries)
    out.print(f"{counts.added} added, {counts.updated} updated, {counts.unchanged} unchanged.")
