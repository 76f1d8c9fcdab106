"""`zhongsheng user` and `zhongsheng token`: who may sign in, and which systems may call."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape

from api.cli.console import err, out
from api.cli.failures import UsageError, plainly
from review.permissions import TOKEN_SCOPES
from review.principals import Role

user_commands = typer.Typer(no_args_is_help=True)
token_commands = typer.Typer(no_args_is_help=True)


@user_commands.command("add")
@plainly
def add_user(
    name: Annotated[str, typer.Argument(help="Name to sign in with.", show_default=False)],
    *,
    role: Annotated[Role, typer.Option(help="What the person is there for.")],
    display_name: Annotated[str, typer.Option(help="Name shown in the pages.")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from a pipe.")] = False,
    generate: Annotated[bool, typer.Option("--generate", help="Make a password and show it once.")] = False,
) -> None:
    """Add a user. Asks for a password; where nobody can be asked, makes one and shows it once."""
    from api.cli.state import opened
    from review.accounts import create_user
    from review.principals import SYSTEM

    password, shown = _password(from_pipe=password_stdin, generate=generate)
    with opened() as (_, database), database.session() as session:
        user = create_user(session, SYSTEM, username=name, password=password, role=role, display_name=display_name)
        out.print(f"Added {escape(user.username)} ({user.role}).")
    if shown:
        out.print(f"Password, shown once: [bold]{escape(password)}[/bold]")


@user_commands.command("list")
@plainly
def list_users(*, as_json: Annotated[bool, typer.Option("--json", help="As JSON, one object a line.")] = False) -> None:
    """Everybody who signs in: name, role, since when, whether in use."""
    from api.cli.people_table import show_users
    from api.cli.state import opened
    from store.repositories import users

    with opened() as (settings, database), database.session(readonly=True) as session:
        show_users(users.everyone(session), settings.timezone, as_json=as_json)


@token_commands.command("list")
@plainly
def list_tokens(
    *, as_json: Annotated[bool, typer.Option("--json", help="As JSON, one object a line.")] = False
) -> None:
    """Every token, revoked ones too: what it is for, what it may, when it was last used. Never its secret."""
    from api.cli.people_table import show_tokens
    from api.cli.state import opened
    from store.repositories import tokens

    with opened() as (settings, database), database.session(readonly=True) as session:
        show_tokens(tokens.everything(session), settings.timezone, as_json=as_json)


@token_commands.command("create")
@plainly
def create_token(
    name: Annotated[str, typer.Argument(help="What the token is for.", show_default=False)],
    *,
    scope: Annotated[
        list[str], typer.Option(help=f"Repeatable: {', '.join(sorted(scope.value for scope in TOKEN_SCOPES))}.")
    ],
    days: Annotated[int | None, typer.Option(min=1, help="Days until it expires; without: never.")] = None,
) -> None:
    """Make a bearer token. Its secret is shown once and stored hashed."""
    from api.cli.state import opened
    from review import accounts
    from review.principals import SYSTEM

    expires = datetime.now(UTC) + timedelta(days=days) if days else None
    with opened() as (_, database), database.session() as session:
        token, secret = accounts.create_token(session, SYSTEM, name=name, scopes=scope, expires_at=expires)
        err.print(f"{token.id} {escape(token.name)}: {', '.join(token.scopes)}. The secret is shown once:")
    out.print(secret)


@token_commands.command("revoke")
@plainly
def revoke_token(token_id: Annotated[str, typer.Argument(help="Id, tok_…", show_default=False)]) -> None:
    """Revoke a token at once."""
    from api.cli.state import opened
    from review import accounts
    from review.principals import SYSTEM

    with opened() as (_, database), database.session() as session:
        accounts.revoke_token(session, SYSTEM, token_id)
    out.print(f"Revoked {escape(token_id)}.")


def _password(*, from_pipe: bool, generate: bool) -> tuple[str, bool]:
    """The password, and whether it must be shown because nobody knows it."""
    if from_pipe and generate:
        raise UsageError("give either --password-stdin or --generate, not both")
    if from_pipe:
        return sys.stdin.readline().rstrip("\r\n"), False
    from review.accounts import generated_password

    if generate or not sys.stdin.isatty():
        return generated_password(), True
    entered: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return entered, False
