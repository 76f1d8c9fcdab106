"""People who sign in, tokens of other systems, and one's own account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.dependencies import DbSession, Id, SignedIn, allowed, anyone_signed_in
from api.found import found
from api.pages.flash import Flash
from api.pages.rendering import go, is_partial, render, translator
from api.pages.shown_once import ShownOnce, shown_once
from api.pages.views.accounts import EXPIRIES, account_view, expiry, people_view, scopes
from api.security import SESSION_COOKIE
from review import accounts
from review.errors import Invalid
from review.permissions import Permission
from review.principals import Principal, Role
from store.repositories import users
from store.tables import User

router = APIRouter(include_in_schema=False)

_USERS = [Depends(allowed(Permission.USER_MANAGE))]
_TOKENS = [Depends(allowed(Permission.TOKEN_MANAGE))]
_BOTH = [*_USERS, *_TOKENS]
_ANYONE = [Depends(anyone_signed_in)]
Line = Annotated[str, Form(max_length=200)]
Secret = Annotated[str, Form(max_length=2_000)]


@router.get("/people", dependencies=_BOTH)
def listed(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """Everybody and every token; for HTMX the two lists."""
    view = people_view(session, translator(request), principal)
    template = "parts/people.html" if is_partial(request) else "people.html"
    return render(request, template, principal=principal, view=view)


@router.get("/people/new", dependencies=_USERS)
def new_user(request: Request, principal: SignedIn) -> Response:
    """The form for somebody new."""
    return render(request, "sheets/user.html", principal=principal, roles=[role.value for role in Role])


@router.post("/people/new", dependencies=_USERS)
def add_user(
    request: Request, session: DbSession, principal: SignedIn, username: Line, role: Line, display_name: Line = ""
) -> Response:
    """Add somebody; their password is made here and shown this once."""
    password = accounts.generated_password()
    user = accounts.create_user(
        session, principal, username=username, password=password, role=role, display_name=display_name
    )
    return _shown(request, principal, ShownOnce("password", user.username, password, "/people"))


def _shown(request: Request, principal: Principal, once: ShownOnce) -> Response:
    """The secret; the lists behind the sheet come anew."""
    response = shown_once(request, principal, once)
    response.headers["HX-Trigger-After-Swap"] = "people-changed"
    return response


def _user(session: Session, user_id: str) -> User:
    return found(users.get(session, user_id), "user", user_id)


@router.get("/people/{user_id}/deactivate", dependencies=_USERS)
def deactivate_sheet(request: Request, session: DbSession, principal: SignedIn, user_id: Id) -> Response:
    """What taking somebody out of use means."""
    return render(request, "sheets/deactivate_user.html", principal=principal, user=_user(session, user_id))


@router.post("/people/{user_id}/deactivate", dependencies=_USERS)
def deactivate(request: Request, session: DbSession, principal: SignedIn, user_id: Id) -> Response:
    """They sign in no more, and are signed out."""
    user = accounts.deactivate_user(session, principal, user_id)
    return go(request, "/people", Flash("done.user_deactivated", {"name": user.display_name}))


@router.post("/people/{user_id}/activate", dependencies=_USERS)
def activate(request: Request, session: DbSession, principal: SignedIn, user_id: Id) -> Response:
    """They sign in again."""
    user = accounts.activate_user(session, principal, user_id)
    return go(request, "/people", Flash("done.user_activated", {"name": user.display_name}))


@router.post("/people/{user_id}/role", dependencies=_USERS)
def change_role(request: Request, session: DbSession, principal: SignedIn, user_id: Id, role: Line) -> Response:
    """What they are there for."""
    t = translator(request)
    user = accounts.change_role(session, principal, user_id, role)
    words = {"name": user.display_name, "role": t(f"role.{user.role}")}
    return go(request, "/people", Flash("done.user_role", dict(words)))


@router.post("/people/{user_id}/password", dependencies=_USERS)
def reset_password(request: Request, session: DbSession, principal: SignedIn, user_id: Id) -> Response:
    """A new password, shown this once; their sessions end."""
    user = _user(session, user_id)
    if user.id == principal.id:
        raise Invalid(
            "own_password", "Change your own password on your account page.", "请在「我的账号」修改自己的密码。"
        )
    password = accounts.generated_password()
    accounts.change_password(session, principal, user_id=user_id, new_password=password)
    return _shown(request, principal, ShownOnce("password", user.username, password, "/people"))


@router.get("/people/tokens/new", dependencies=_TOKENS)
def new_token(request: Request, principal: SignedIn) -> Response:
    """The form for a token, a sheet of the page of people."""
    if not is_partial(request):
        return go(request, "/people")
    offered = scopes(translator(request))
    return render(request, "sheets/token.html", principal=principal, scopes=offered, expiries=EXPIRIES)


@router.post("/people/tokens/new", dependencies=_TOKENS)
def mint(
    request: Request,
    session: DbSession,
    principal: SignedIn,
    name: Line,
    days: Annotated[int, Form(ge=0, le=3650)],
    scope: Annotated[list[str] | None, Form(max_length=100)] = None,
) -> Response:
    """A token; its secret is shown this once and kept only as a hash."""
    until = expiry(translator(request), days)
    token, secret = accounts.create_token(session, principal, name=name, scopes=scope or [], expires_at=until)
    return _shown(request, principal, ShownOnce("token", token.name, secret, "/people"))


@router.post("/people/tokens/{token_id}/revoke", dependencies=_TOKENS)
def revoke(request: Request, session: DbSession, principal: SignedIn, token_id: Id) -> Response:
    """It opens nothing from now on."""
    token = accounts.revoke_token(session, principal, token_id)
    return go(request, "/people", Flash("done.token_revoked", {"name": token.name}))


@router.get("/account", dependencies=_ANYONE)
def account(request: Request, session: DbSession, principal: SignedIn) -> Response:
    """Who one is here, and a new password."""
    view = account_view(session, translator(request), principal)
    return render(request, "account.html", principal=principal, view=view)


@router.post("/account/password", dependencies=_ANYONE)
def change_password(
    request: Request, session: DbSession, principal: SignedIn, current: Secret, password: Secret, again: Secret
) -> Response:
    """Change one's own password; other sessions end."""
    if password != again:
        raise Invalid("passwords_differ", "The two new passwords differ.", "两次输入的新密码不一致。")
    accounts.change_password(
        session,
        principal,
        user_id=principal.id,
        new_password=password,
        current_password=current,
        keep_session=request.cookies.get(SESSION_COOKIE),
    )
    return go(request, "/account", Flash("done.password_changed"))
