"""People who sign in: users, passwords, sessions. Secrets are stored as hashes only."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy.orm import Session

from review.audit import record
from review.errors import Conflict, Forbidden, Invalid, NotFound, TooManyAttempts
from review.permissions import Permission, require
from review.principals import Principal, Role
from review.tokens import create_token, principal_of_token, revoke_token
from review.wording import required
from store.expressions import insert_new
from store.ids import new_id
from store.repositories import users
from store.tables import SignInFailure, User, UserSession

__all__ = [
    "activate_user", "authenticate", "change_password", "change_role", "close_session", "create_token", "create_user",
    "deactivate_user", "generated_password", "open_session", "principal_of", "principal_of_session",
    "principal_of_token", "revoke_token",
]  # fmt: skip

SESSION_HOURS = 12
ATTEMPTS = 10  # failed sign-ins under one name …
ATTEMPT_WINDOW = timedelta(minutes=15)  # … within this time, before the name has to wait
PASSWORD_LEAST, PASSWORD_MOST = 8, 1_024  # characters

_hasher = PasswordHasher()  # argon2id with the library's current parameters
_USERNAME = re.compile(r"[\w.@+-]{1,100}")


def create_user(
    session: Session, principal: Principal, *, username: str, password: str, role: Role | str, display_name: str = ""
) -> User:
    """A new user. Conflict `username_taken`; Invalid for an unfit name, password or role."""
    require(principal, Permission.USER_MANAGE)
    name = _normalised(username)
    if not _USERNAME.fullmatch(name):
        raise Invalid(
            "username_invalid",
            "A username has 1 to 100 letters, digits or . _ - @ +.",
            "用户名只能包含文字、数字和 . _ - @ +。",
        )
    display = required(display_name or username, "display_name", "显示名", limit=100)
    _known_role(role)
    row = {
        "id": new_id("user"), "username": name, "display_name": display, "password_hash": _hashed(password),
        "role": str(role), "active": True, "created_at": datetime.now(UTC),
    }  # fmt: skip
    if not insert_new(session, User, [row], unique=["username"]):
        raise Conflict("username_taken", f"There is a user {name} already.", "该用户名已被使用。")
    record(session, principal, "user.created", "user", str(row["id"]), after={"username": name, "role": str(role)})
    session.flush()
    return session.get_one(User, row["id"])


def authenticate(session: Session, username: str, password: str, *, now: datetime | None = None) -> Principal | None:
    """Who this is, or None where name and password do not fit; the same work either way.

    A failure is noted in this session: commit it also when None comes back. TooManyAttempts after `ATTEMPTS`
    failures under one name within `ATTEMPT_WINDOW`.
    """
    now = now or datetime.now(UTC)
    name = _normalised(username)
    attempted = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    if users.failures_since(session, attempted, now - ATTEMPT_WINDOW) >= ATTEMPTS:
        raise TooManyAttempts(
            "too_many_attempts", "Too many failed sign-ins under this name; try again in a quarter of an hour.",
            "登录失败次数过多，请 15 分钟后再试。", retry_after_s=int(ATTEMPT_WINDOW.total_seconds()),
        )  # fmt: skip
    user = users.by_username(session, name) if _USERNAME.fullmatch(name) else None
    fits = _verified(user.password_hash if user else _nobody(), password)
    if user is None or not fits or not user.active:
        users.forget_failures(session, before=now - ATTEMPT_WINDOW)
        session.add(SignInFailure(username_hash=attempted, at=now))
        session.flush()
        return None
    users.forget_failures(session, username_hash=attempted)
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hashed(password)
    principal = principal_of(user)
    record(session, principal, "user.signed_in", "user", user.id)
    session.flush()
    return principal


def principal_of(user: User) -> Principal:
    """The user as one who acts."""
    return Principal(id=user.id, name=user.display_name, kind="user", role=Role(user.role))


def open_session(session: Session, user: User | Principal, *, now: datetime | None = None) -> str:
    """A session of `SESSION_HOURS`; returns its secret, for the cookie. Expired sessions are swept on the way."""
    now = now or datetime.now(UTC)
    users.forget_expired_sessions(session, now=now)
    secret = secrets.token_urlsafe(32)
    expires = now + timedelta(hours=SESSION_HOURS)
    session.add(UserSession(token_hash=_fingerprint(secret), user_id=user.id, created_at=now, expires_at=expires))
    session.flush()
    return secret


def principal_of_session(session: Session, secret: str, *, now: datetime | None = None) -> Principal | None:
    """Whose session this is; None where it is unknown, over, or its user may no longer sign in."""
    user = users.of_session(session, _fingerprint(secret), now=now or datetime.now(UTC))
    return principal_of(user) if user else None


def close_session(session: Session, secret: str) -> None:
    """Sign out; closing twice is no mistake."""
    users.end_session(session, _fingerprint(secret))


def change_password(
    session: Session,
    principal: Principal,
    *,
    user_id: str,
    new_password: str,
    current_password: str | None = None,
    keep_session: str | None = None,
) -> None:
    """Set a password and end the user's sessions, but the one whose secret is `keep_session`.

    One's own needs the current password; anybody else's needs user:manage.
    """
    user = users.get(session, user_id)
    if user_id == principal.id:
        if user is None or not _verified(user.password_hash, current_password or ""):
            raise Forbidden("password_wrong", "The current password is not right.", "当前密码不正确。")
    else:
        require(principal, Permission.USER_MANAGE)
    if user is None:
        raise NotFound("user_not_found", f"There is no user {user_id}.", "找不到该用户。", id=user_id)
    user.password_hash = _hashed(new_password)
    users.end_sessions_of(session, user_id, but=_fingerprint(keep_session) if keep_session else None)
    record(session, principal, "user.password_changed", "user", user_id)
    session.flush()


def deactivate_user(session: Session, principal: Principal, user_id: str) -> User:
    """The user may not sign in any more, and is signed out everywhere; what they did stays. An admin always remains."""
    user = _managed(session, principal, user_id)
    if user_id == principal.id:
        raise Conflict("not_yourself", "You cannot put your own account out of use.", "不能停用自己的账号。")
    _keep_an_admin(session, principal, user_id)
    before = {"active": user.active}
    user.active = False
    users.end_sessions_of(session, user_id)
    record(session, principal, "user.deactivated", "user", user_id, before=before, after={"active": False})
    session.flush()
    return user


def activate_user(session: Session, principal: Principal, user_id: str) -> User:
    """The user may sign in again, with the password they had."""
    user = _managed(session, principal, user_id)
    if not user.active:
        user.active = True
        record(session, principal, "user.activated", "user", user_id, before={"active": False}, after={"active": True})
        session.flush()
    return user


def change_role(session: Session, principal: Principal, user_id: str, role: Role | str) -> User:
    """What the user is there for, from their next request on. Nobody changes their own: an admin always remains."""
    user = _managed(session, principal, user_id)
    _known_role(role)
    if user_id == principal.id:
        raise Conflict("not_yourself", "You cannot change your own role.", "不能修改自己的角色。")
    if str(role) != Role.ADMIN:
        _keep_an_admin(session, principal, user_id)
    if user.role != str(role):
        before = {"role": user.role}
        user.role = str(role)
        record(session, principal, "user.role_changed", "user", user_id, before=before, after={"role": user.role})
        session.flush()
    return user


def generated_password() -> str:
    """A password that can be read over the phone: four groups without look-alikes, about 78 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def _managed(session: Session, principal: Principal, user_id: str) -> User:
    require(principal, Permission.USER_MANAGE)
    user = users.get(session, user_id)
    if user is None:
        raise NotFound("user_not_found", f"There is no user {user_id}.", "找不到该用户。", id=user_id)
    return user


def _keep_an_admin(session: Session, principal: Principal, leaving: str) -> None:
    """Hold the admins until the transaction ends: two who put each other out at once queue, and the second finds that
    they are none any more. Conflict `last_admin` where nobody would be left."""
    admins = users.admins_locked(session)
    if principal.kind == "user" and principal.id not in admins:
        raise Forbidden("no_admin_any_more", "You are no administrator any more.", "您已不是管理员。")
    if admins == {leaving}:
        raise Conflict("last_admin", "This is the last administrator.", "至少须保留一名管理员。")


def _known_role(role: Role | str) -> None:
    if str(role) not in set(Role):
        raise Invalid("role_unknown", f"role must be one of {', '.join(Role)}.", "未知的角色。", roles=list(Role))


def _normalised(username: str) -> str:
    return unicodedata.normalize("NFKC", username).strip().casefold()


def _fingerprint(secret: str) -> str:
    # The secret has 256 random bits: a fast hash is enough, and lets the row be found by it.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _hashed(password: str) -> str:
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        raise Invalid(
            "password_length", f"A password has {PASSWORD_LEAST} to {PASSWORD_MOST} characters.",
            f"密码长度须为 {PASSWORD_LEAST} 至 {PASSWORD_MOST} 个字符。",
        )  # fmt: skip
    return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def _verified(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[:PASSWORD_MOST].encode("utf-8", "surrogatepass"))
    except VerificationError:
        return False


@cache
def _nobody() -> str:
    """A hash that no password fits, so that an unknown name costs the same work as a known one."""
    return _hasher.hash(secrets.token_bytes(32))
