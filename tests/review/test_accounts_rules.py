"""Signing in: right and wrong passwords, sessions, tokens, and who may make them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from review import accounts
from review.accounts import ATTEMPT_WINDOW, ATTEMPTS, SESSION_HOURS
from review.errors import Conflict, Forbidden, Invalid, NotFound, TooManyAttempts
from review.permissions import Permission, permissions_of
from review.principals import SYSTEM, Role
from store.database import Database
from store.tables import Event, SignInFailure, Token, User, UserSession
from tests import builders

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    accounts._nobody.cache_clear()
    yield
    accounts._nobody.cache_clear()


def _user(database: Database, username: str = "anna", role: Role = Role.MODERATOR) -> User:
    with database.session() as session:
        return accounts.create_user(session, SYSTEM, username=username, password=PASSWORD, role=role)


def test_the_right_password_signs_in_and_the_wrong_one_does_not(database: Database) -> None:
    user = _user(database)
    with database.session() as session:
        found = accounts.authenticate(session, " Anna ", PASSWORD)
        assert found is not None
        assert (found.id, found.role, found.kind) == (user.id, Role.MODERATOR, "user")
        for username, password in (("anna", "wrong"), ("anna", ""), ("nobody", PASSWORD), ("", ""), ("a\x00", "b\x00")):
            assert accounts.authenticate(session, username, password) is None
        assert accounts.authenticate(session, "anna", "\ud800" * 9) is None


def test_passwords_are_stored_as_argon2_hashes_and_rehashed_when_the_parameters_grow(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = _user(database)
    assert user.password_hash.startswith("$argon2id$")
    assert PASSWORD not in user.password_hash
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    with database.session() as session:
        assert accounts.authenticate(session, "anna", PASSWORD)
        assert "m=16,t=2" in session.get_one(User, user.id).password_hash


def test_an_unknown_name_costs_the_same_work_as_a_known_one(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _user(sqlite_database)
    worked: list[str] = []
    hasher = accounts._hasher

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002
            worked.append("verified")
            return hasher.verify(hash, password)

    monkeypatch.setattr(accounts, "_hasher", Counting(time_cost=1, memory_cost=8, parallelism=1))
    with sqlite_database.session() as session:
        for username in ("anna", "nobody", "not a name!"):
            worked.clear()
            accounts.authenticate(session, username, "wrong password")
            assert worked == ["verified"]


def test_guessing_is_slowed_down_by_name_for_known_and_unknown_names_alike(database: Database) -> None:
    _user(database)
    for username in ("anna", "nobody"):
        with database.session() as session:
            for _ in range(ATTEMPTS):
                assert accounts.authenticate(session, username, "wrong", now=NOW) is None
            with pytest.raises(TooManyAttempts) as refused:
                accounts.authenticate(session, username, PASSWORD, now=NOW)
            assert refused.value.status == 429
    later = NOW + ATTEMPT_WINDOW + timedelta(seconds=1)
    with database.session() as session:
        assert accounts.authenticate(session, "anna", PASSWORD, now=later)
        assert accounts.authenticate(session, "nobody", PASSWORD, now=later) is None
        assert len(session.scalars(select(SignInFailure)).all()) == 1  # the old ones are swept away


def test_a_success_forgets_earlier_failures(database: Database) -> None:
    _user(database)
    with database.session() as session:
        for _ in range(ATTEMPTS - 1):
            accounts.authenticate(session, "anna", "wrong", now=NOW)
        assert accounts.authenticate(session, "anna", PASSWORD, now=NOW)
        assert session.scalars(select(SignInFailure)).all() == []


def test_failed_names_are_not_written_down(database: Database) -> None:
    with database.session() as session:
        accounts.authenticate(session, "my-secret-password", "")
        failure = session.scalars(select(SignInFailure)).one()
    assert failure.username_hash == hashlib.sha256(b"my-secret-password").hexdigest()


def test_a_session_holds_until_it_ends_and_only_its_hash_is_stored(database: Database) -> None:
    user = _user(database)
    with database.session() as session:
        secret = accounts.open_session(session, user, now=NOW)
        stored = session.scalars(select(UserSession)).one()
        assert secret not in (stored.token_hash, str(stored.__dict__))
        found = accounts.principal_of_session(session, secret, now=NOW)
        assert found is not None
        assert found.id == user.id
        assert accounts.principal_of_session(session, secret + "x", now=NOW) is None
        assert accounts.principal_of_session(session, secret, now=NOW + timedelta(hours=SESSION_HOURS)) is None
        accounts.close_session(session, secret)
        accounts.close_session(session, secret)
        assert accounts.principal_of_session(session, secret, now=NOW) is None


def test_expired_sessions_are_swept_when_the_next_one_opens(database: Database) -> None:
    user = _user(database)
    with database.session() as session:
        accounts.open_session(session, user, now=NOW)
        accounts.open_session(session, user, now=NOW + timedelta(hours=SESSION_HOURS + 1))
        assert len(session.scalars(select(UserSession)).all()) == 1


def test_a_deactivated_user_is_out_at_once(database: Database) -> None:
    user = _user(database)
    with database.session() as session:
        secret = accounts.open_session(session, user)
        admin = builders.person(session, Role.ADMIN)
        accounts.deactivate_user(session, admin, user.id)
        assert accounts.principal_of_session(session, secret) is None
        assert accounts.authenticate(session, "anna", PASSWORD) is None
        with pytest.raises(Conflict):
            accounts.deactivate_user(session, admin, admin.id)
        with pytest.raises(NotFound):
            accounts.deactivate_user(session, admin, "usr_none")


def test_a_changed_password_ends_other_sessions(database: Database) -> None:
    user = _user(database)
    with database.session() as session:
        mine = accounts.open_session(session, user)
        other = accounts.open_session(session, user)
        who = accounts.principal_of(user)
        with pytest.raises(Forbidden):
            accounts.change_password(session, who, user_id=user.id, new_password="new password", current_password="no")
        with pytest.raises(Invalid):
            accounts.change_password(session, who, user_id=user.id, new_password="short", current_password=PASSWORD)
        accounts.change_password(
            session, who, user_id=user.id, new_password="new password", current_password=PASSWORD, keep_session=mine
        )
        assert accounts.principal_of_session(session, mine)
        assert accounts.principal_of_session(session, other) is None
        assert accounts.authenticate(session, "anna", "new password")
        with pytest.raises(Forbidden):
            accounts.change_password(
                session, builders.person(session, Role.MODERATOR), user_id=user.id, new_password="x" * 9
            )
        accounts.change_password(session, builders.person(session, Role.ADMIN), user_id=user.id, new_password="x" * 9)
        assert accounts.principal_of_session(session, mine) is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"username": "a b"}, "username_invalid"),
        ({"username": ""}, "username_invalid"),
        ({"username": "<script>"}, "username_invalid"),
        ({"password": "short"}, "password_length"),
        ({"role": "king"}, "role_unknown"),
        ({"display_name": "名" * 101}, "display_name_too_long"),
    ],
)
def test_unfit_users_are_refused(sqlite_database: Database, fields: dict[str, str], code: str) -> None:
    given = {"username": "ben", "password": PASSWORD, "role": "moderator"} | fields
    with sqlite_database.session() as session, pytest.raises(Invalid) as refused:
        accounts.create_user(session, SYSTEM, **given)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_name_is_taken_whatever_its_case(database: Database) -> None:
    _user(database, "Anna")
    with database.session() as session, pytest.raises(Conflict) as refused:
        accounts.create_user(session, SYSTEM, username="ＡＮＮＡ", password=PASSWORD, role=Role.ADMIN)
    assert refused.value.code == "username_taken"


def test_only_an_admin_makes_users_and_tokens(database: Database) -> None:
    with database.session() as session:
        for role in (Role.MODERATOR, Role.PRODUCT_MANAGER):
            who = builders.person(session, role)
            with pytest.raises(Forbidden):
                accounts.create_user(session, who, username="x", password=PASSWORD, role=Role.ADMIN)
            with pytest.raises(Forbidden):
                accounts.create_token(session, who, name="x", scopes=["post:read"])
            with pytest.raises(Forbidden):
                accounts.revoke_token(session, who, "tok_1")
            with pytest.raises(Forbidden):
                accounts.deactivate_user(session, who, "usr_1")


def test_a_token_opens_what_its_scopes_name_until_it_is_revoked(database: Database) -> None:
    with database.session() as session:
        admin = builders.person(session, Role.ADMIN)
        token, secret = accounts.create_token(session, admin, name="论坛", scopes=["post:write", Permission.POST_READ])
        assert secret.startswith("zs_")
        assert secret not in str([getattr(token, column.name) for column in Token.__table__.columns])
        assert token.created_by == admin.id
        found = accounts.principal_of_token(session, secret, now=NOW)
        assert found is not None
        assert (found.id, found.kind) == (token.id, "token")
        assert permissions_of(found) == {Permission.POST_WRITE, Permission.POST_READ}
        assert accounts.principal_of_token(session, secret[:-1]) is None
        accounts.revoke_token(session, admin, token.id)
        accounts.revoke_token(session, admin, token.id)
        assert accounts.principal_of_token(session, secret) is None
        with pytest.raises(NotFound):
            accounts.revoke_token(session, admin, "tok_none")
        actions = [event.action for event in session.scalars(select(Event).order_by(Event.at))]
        assert actions == ["token.created", "token.revoked"]
        assert secret not in str([(event.before, event.after, event.note) for event in session.scalars(select(Event))])


def test_a_token_notes_when_it_was_used_but_not_at_every_request(database: Database) -> None:
    with database.session() as session:
        token, secret = accounts.create_token(session, SYSTEM, name="论坛", scopes=["post:read"])
    for after, noted in ((0, 0), (30, 0), (90, 90)):
        with database.session() as session:
            accounts.principal_of_token(session, secret, now=NOW + timedelta(seconds=after))
        with database.session(readonly=True) as session:
            assert session.get_one(Token, token.id).last_used_at == NOW + timedelta(seconds=noted)
            assert accounts.principal_of_token(session, secret, now=NOW + timedelta(days=1)) is not None


def test_an_expired_token_opens_nothing(database: Database) -> None:
    with database.session() as session:
        soon = datetime.now(UTC) + timedelta(hours=1)
        _, secret = accounts.create_token(session, SYSTEM, name="x", scopes=["post:read"], expires_at=soon)
        assert accounts.principal_of_token(session, secret)
        assert accounts.principal_of_token(session, secret, now=soon) is None
        with pytest.raises(Invalid):
            accounts.create_token(session, SYSTEM, name="x", scopes=["post:read"], expires_at=NOW.replace(year=2020))


@pytest.mark.parametrize("scopes", [[], ["nonsense"], ["draft:decide"], ["post:read", "user:manage"]])
def test_scopes_a_token_may_not_have_are_refused(sqlite_database: Database, scopes: list[str]) -> None:
    with sqlite_database.session() as session, pytest.raises(Invalid) as refused:
        accounts.create_token(session, SYSTEM, name="x", scopes=scopes)
    assert "post:read" in refused.value.details["allowed"]
