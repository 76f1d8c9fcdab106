"""Bearer tokens for other systems: shown once, stored hashed, scoped, revocable."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from review.audit import record
from review.errors import Invalid, NotFound
from review.permissions import TOKEN_SCOPES, Permission, require
from review.principals import Principal
from review.wording import required
from store.database import READONLY
from store.ids import new_id
from store.repositories import tokens
from store.tables import Token

PREFIX = "zs_"
_TOUCH_EVERY = timedelta(minutes=1)  # writing at every request would make readers wait for one another


def create_token(
    session: Session, principal: Principal, *, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> tuple[Token, str]:
    """A new token and its secret, which nobody will see again. Scopes are names of permissions."""
    require(principal, Permission.TOKEN_MANAGE)
    name = required(name, "name", "名称", limit=100)
    wanted = sorted({str(scope) for scope in scopes})
    allowed = sorted(scope.value for scope in TOKEN_SCOPES)
    unknown = [scope for scope in wanted if scope not in allowed]
    if unknown or not wanted:
        raise Invalid(
            "scopes_invalid", f"Name at least one of these scopes: {', '.join(allowed)}.", "请选择有效的权限范围。",
            unknown=unknown, allowed=allowed,
        )  # fmt: skip
    now = datetime.now(UTC)
    if expires_at is not None and expires_at <= now:
        raise Invalid("expiry_past", "expires_at must be in the future.", "到期时间须晚于现在。")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        id=new_id("token"),
        name=name,
        token_hash=_fingerprint(secret),
        scopes=wanted,
        created_by=principal.id if principal.kind == "user" else None,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    record(session, principal, "token.created", "token", token.id, after={"name": name, "scopes": wanted})
    session.flush()
    return token, secret


def principal_of_token(session: Session, secret: str, *, now: datetime | None = None) -> Principal | None:
    """Whose token this is; None where it is unknown, revoked or expired. Notes the use, but in a readonly session."""
    now = now or datetime.now(UTC)
    token = tokens.by_hash(session, _fingerprint(secret), now=now)
    if token is None:
        return None
    recently = token.last_used_at is not None and now - token.last_used_at < _TOUCH_EVERY
    if not recently and not session.info.get(READONLY):
        tokens.touch(session, token.id, now=now)
    return Principal(id=token.id, name=token.name, kind="token", scopes=frozenset(token.scopes))


def revoke_token(session: Session, principal: Principal, token_id: str) -> Token:
    """The token opens nothing from now on; revoking twice is no mistake."""
    require(principal, Permission.TOKEN_MANAGE)
    token = tokens.get(session, token_id)
    if token is None:
        raise NotFound("token_not_found", f"There is no token {token_id}.", "找不到该令牌。", id=token_id)
    if token.revoked_at is None:
        token.revoked_at = datetime.now(UTC)
        record(session, principal, "token.revoked", "token", token_id, after={"name": token.name})
        session.flush()
    return token


def token_state(token: Token, *, now: datetime) -> Literal["active", "expired", "revoked"]:
    """Whether it still opens anything."""
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= now else "active"


def _fingerprint(secret: str) -> str:
    # 256 random bits: a fast hash is enough, and lets the row be found by it.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
