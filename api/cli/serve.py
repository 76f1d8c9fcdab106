"""`zhongsheng serve` and `zhongsheng worker`: the service, and those who do its long work."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from api.cli.console import err
from api.cli.failures import UsageError, plainly

if TYPE_CHECKING:
    from pipeline.settings import Settings
    from store.database import Database

_PORTS_TRIED = 50


@plainly
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port [default: 8000].")] = None,
    with_worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run a worker beside the service, as a process of its own.")
    ] = True,
) -> None:
    """Serve the desk and the API."""
    from api.cli.state import opened
    from pipeline.logging import configure

    with opened() as (settings, database):
        configure(settings.log_level)
        chosen = settings.model_copy(
            update={"host": host or settings.host, "port": settings.port if port is None else port}
        )
        if not free_port(chosen.host, chosen.port):
            raise UsageError(f"port {chosen.port} of {chosen.host} is in use; name another one with --port")
        _remind_of_users(database)
        serve_until_stopped(chosen, database, with_worker=with_worker)


@plainly
def worker() -> None:
    """Take jobs: reading files and mining. Any number may run beside the service; a killed one loses nothing."""
    from api.cli.state import opened
    from pipeline.logging import configure
    from pipeline.worker_process import work_until_told

    with opened() as (settings, _):
        configure(settings.log_level)
        err.print("Working. Stop with Ctrl-C; what is unfinished goes on with the next worker.")
    work_until_told(settings)


def serve_until_stopped(settings: Settings, database: Database, *, with_worker: bool) -> None:
    """Serve with the settings' host and port until Ctrl-C."""
    from contextlib import ExitStack

    from api.app import create_app
    from api.server import run_until_stopped
    from api.warm_up import warm_up
    from pipeline.jobs import JobRunner
    from pipeline.worker_process import worker_process

    with ExitStack() as stack:
        if with_worker:
            stack.enter_context(worker_process(settings))
        app = create_app(settings, runner=JobRunner(settings, database))
        warm_up(app)
        err.print(f"众声 is at [bold]http://{escape(settings.host)}:{settings.port}/[/bold]   (stop with Ctrl-C)")
        run_until_stopped(app, settings)


def free_port(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def next_free_port(host: str, port: int) -> int:
    """The first free port from `port` on. Raises UsageError where none of the next fifty is."""
    for candidate in range(port, min(port + _PORTS_TRIED, 65536)):
        if free_port(host, candidate):
            return candidate
    raise UsageError(f"no free port between {port} and {port + _PORTS_TRIED - 1}; name one with --port")


def _remind_of_users(database: Database) -> None:
    from store.repositories import users

    with database.session(readonly=True) as session:
        if not users.everyone(session):
            err.print("Nobody can sign in yet: add a user with  zhongsheng user add NAME --role admin", style="yellow")
