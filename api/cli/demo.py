"""`zhongsheng demo`: the whole loop on the bundled sample, from files to an open desk."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from api.cli.console import err, out
from api.cli.failures import UsageError, plainly

if TYPE_CHECKING:
    from api.cli.jobs import Foreman
    from pipeline.settings import Settings
    from store.database import Database

STATE = Path(".zhongsheng") / "demo"
REPORT = Path("report.html")
_MARK = "demo"  # a file that says the folder is ours to recreate


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody to sign in as."""

    username: str
    role: str
    display_name: str


ACCOUNTS = (
    Account("pm", "product_manager", "产品经理"),
    Account("moderator", "moderator", "社区运营"),
)


@plainly
def demo(
    *,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the desk afterwards.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the desk; the next free one if taken.")] = 8000,
    host: Annotated[str, typer.Option(help="Address of the desk.")] = "127.0.0.1",
    encoder: Annotated[str | None, typer.Option(help="Encoder to mine with.")] = None,
) -> None:
    """Ingest the bundled sample, mine, rank, draft, route to the ballot, and open the desk. Starts afresh each time."""
    from api.cli.ingest import print_intake, print_run
    from api.cli.jobs import foreman
    from api.cli.serve import next_free_port, serve_until_stopped
    from api.cli.state import opened
    from pipeline.logging import quiet
    from pipeline.outputs import write_text
    from pipeline.store_report import store_page

    quiet()
    settings = _fresh_settings(encoder)
    with opened(settings) as (_, database):
        with foreman(settings, database) as boss:
            results = _ingest_sample(boss)
            _import_knowledge(database)
            run_result = boss.run()
        print_intake(results)
        print_run(database, run_result)
        with database.session(readonly=True) as session:
            write_text(REPORT, store_page(session))
        out.print(f"The report is in [bold]{REPORT}[/bold]")
        _print_accounts(_add_accounts(database))
        if serve:
            chosen = settings.model_copy(update={"host": host, "port": next_free_port(host, port)})
            serve_until_stopped(chosen, database, with_worker=True)
        else:
            err.print(f"Open the desk with  ZHONGSHENG_STATE={STATE} zhongsheng serve")


def _fresh_settings(encoder: str | None) -> Settings:
    """Settings of an empty state folder of the demo's own, whatever database the environment names."""
    from pipeline.settings import Settings

    if STATE.exists():
        if any(STATE.iterdir()) and not (STATE / _MARK).exists():
            raise UsageError(f"{STATE} was not made by the demo; move it away, then run the demo again")
        shutil.rmtree(STATE)
    STATE.mkdir(parents=True)
    (STATE / _MARK).touch()
    wanted = {"encoder": encoder} if encoder else {}
    database = f"sqlite:///{STATE / 'zhongsheng.sqlite'}"
    return Settings(state=STATE).model_copy(update={"database_url": database} | wanted)


def _ingest_sample(boss: Foreman) -> list[dict[str, Any]]:
    from api.cli.jobs import HowToRead
    from pipeline.examples_folder import EXAMPLES, examples_folder

    folder = examples_folder()
    return [boss.ingest(folder / example.file, example.channel, HowToRead()) for example in EXAMPLES]


def _import_knowledge(database: Database) -> None:
    from pipeline.examples_folder import KNOWLEDGE, examples_folder
    from pipeline.knowledge_file import read_knowledge
    from review.knowledge import import_items
    from review.principals import SYSTEM

    entries = read_knowledge(examples_folder() / KNOWLEDGE)
    with database.session() as session:
        import_items(session, SYSTEM, entries)


def _add_accounts(database: Database) -> list[tuple[Account, str]]:
    from review.accounts import create_user, generated_password
    from review.principals import SYSTEM

    made = [(account, generated_password()) for account in ACCOUNTS]
    with database.session() as session:
        for account, password in made:
            create_user(
                session,
                SYSTEM,
                username=account.username,
                password=password,
                role=account.role,
                display_name=account.display_name,
            )
    return made


def _print_accounts(made: list[tuple[Account, str]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("Sign in as", "Password", "Role"):
        table.add_column(heading, no_wrap=True)
    for account, password in made:
        table.add_row(escape(account.username), f"[bold]{escape(password)}[/bold]", account.display_name)
    out.print(table)
