"""The page of people and tokens: who signs in, which systems call, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from api.pages.language import Translator
from review.errors import Invalid
from review.permissions import TOKEN_SCOPES, permissions_of
from review.principals import Principal, Role
from review.tokens import token_state
from store.repositories import tokens, users
from store.tables import Token, User

FOR_EVER: Final = 0  # days of a token that does not end
EXPIRIES: Final = (90, 30, 365, FOR_EVER)  # days a token may be made for, the usual number first


@dataclass(frozen=True, slots=True)
class UserRow:
    """Somebody who signs in."""

    id: str
    username: str
    name: str
    role: str
    active: bool
    since: datetime
    oneself: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token of another system, without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]  # in words
    who: str
    created: datetime
    used: datetime | None
    expires: datetime | None
    state: str  # active, expired, revoked


@dataclass(frozen=True, slots=True)
class Scope:
    """Something a token may be allowed."""

    name: str
    words: str
    writes: bool


@dataclass(frozen=True, slots=True)
class PeopleView:
    """The page."""

    users: tuple[UserRow, ...]
    tokens: tuple[TokenRow, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountView:
    """One's own account."""

    username: str
    permissions: tuple[str, ...]


def people_view(session: Session, t: Translator, principal: Principal) -> PeopleView:
    """Everybody, those in use first, and every token, working ones first."""
    everyone = users.everyone(session)
    names = {user.id: user.display_name for user in everyone}
    rows = [token_row(t, token, names) for token in tokens.everything(session)]
    return PeopleView(
        users=tuple(sorted((user_row(user, principal) for user in everyone), key=lambda row: not row.active)),
        tokens=tuple(sorted(rows, key=lambda row: row.state != "active")),
        roles=tuple(role.value for role in Role),
    )


def user_row(user: User, principal: Principal) -> UserRow:
    """One user."""
    return UserRow(
        user.id, user.username, user.display_name, user.role, user.active, user.created_at,
        oneself=user.id == principal.id,
    )  # fmt: skip


def token_row(t: Translator, token: Token, names: dict[str, str]) -> TokenRow:
    """One token; nobody's name where the command line made it."""
    return TokenRow(
        id=token.id,
        name=token.name,
        scopes=tuple(scope_words(t, scope) for scope in token.scopes),
        who=names.get(token.created_by or "", t("token.by_command_line")),
        created=token.created_at,
        used=token.last_used_at,
        expires=token.expires_at,
        state=token_state(token, now=t.now),
    )


def scopes(t: Translator) -> tuple[Scope, ...]:
    """Every scope, reading before writing."""
    found = [
        Scope(scope.value, scope_words(t, scope.value), writes=not scope.value.endswith(":read"))
        for scope in TOKEN_SCOPES
    ]
    return tuple(sorted(found, key=lambda scope: (scope.writes, scope.name)))


def scope_words(t: Translator, scope: str) -> str:
    """A permission in words."""
    return t.either(f"permission.{scope}", scope)


def expiry(t: Translator, days: int) -> datetime | None:
    """When a token of so many days ends; None for one that does not. Raises Invalid for days that are not offered."""
    if days not in EXPIRIES:
        raise Invalid("unknown_expiry", "Choose one of the times a token may be made for.", "请从列出的有效期中选择。")
    return None if days == FOR_EVER else t.now + timedelta(days=days)


def account_view(session: Session, t: Translator, principal: Principal) -> AccountView:
    """Who one is here, and everything one may do."""
    user = users.get(session, principal.id)
    may = sorted(permission.value for permission in permissions_of(principal))
    return AccountView(user.username if user else principal.name, tuple(scope_words(t, name) for name in may))
