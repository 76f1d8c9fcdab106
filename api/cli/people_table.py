"""Users and tokens as a table for the eye, or as JSON lines for a program."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

import typer
from rich.markup import escape
from rich.table import Table

from api.cli.console import out
from pipeline.settings import zone
from review.tokens import token_state
from store.tables import Token, User


def show_users(found: Iterable[User], timezone: str, *, as_json: bool) -> None:
    """Name, shown name, role, since when, in use or not."""
    if as_json:
        for user in found:
            _line(id=user.id, username=user.username, display_name=user.display_name, role=user.role,
                  active=user.active, created_at=_rfc3339(user.created_at))  # fmt: skip
        return
    table = _table("name", "shown as", "role", "since", "in use")
    for user in found:
        since = _moment(user.created_at, timezone)
        table.add_row(user.username, escape(user.display_name), user.role, since, "yes" if user.active else "no")
    out.print(table)


def show_tokens(found: Iterable[Token], timezone: str, *, as_json: bool) -> None:
    """Id, purpose, scopes, when last used, and whether it still opens anything."""
    now = datetime.now(UTC)
    if as_json:
        for token in found:
            _line(id=token.id, name=token.name, scopes=token.scopes, state=token_state(token, now=now),
                  created_at=_rfc3339(token.created_at), expires_at=_rfc3339(token.expires_at),
                  last_used_at=_rfc3339(token.last_used_at), revoked_at=_rfc3339(token.revoked_at))  # fmt: skip
        return
    table = _table("id", "for", "scopes", "last used", "state")
    for token in found:
        used = _moment(token.last_used_at, timezone)
        table.add_row(token.id, escape(token.name), " ".join(token.scopes), used, token_state(token, now=now))
    out.print(table)


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table


def _moment(moment: datetime | None, timezone: str) -> str:
    return moment.astimezone(zone(timezone)).strftime("%Y-%m-%d %H:%M") if moment else "never"


def _rfc3339(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _line(**values: object) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False))
