"""Who may act: you, your session, users, tokens; and forgetting a person who wrote."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.dependencies import DbSession, GuardedRoute, Id, StrictRoute, allowed, anyone_signed_in
from api.envelopes import Many, One, everything
from api.errors import documented
from api.found import found
from api.idempotency import Writing
from api.schemas.people import (
    ErasureOut,
    MeOut,
    PasswordChange,
    PasswordReset,
    RoleChange,
    SignedOut,
    SignIn,
    TokenCreated,
    TokenIn,
    TokenOut,
    UserIn,
    UserOut,
)
from api.security import SESSION_COOKIE, clear_session_cookie, set_session_cookie
from api.sign_in import SESSION_SECONDS, close_session, open_session
from review import accounts, privacy
from review.permissions import Permission, permissions_of
from review.principals import Principal
from store.repositories import tokens, users

router = APIRouter(tags=["people"], route_class=GuardedRoute)
open_router = APIRouter(tags=["people"], route_class=StrictRoute)

_USERS = [Depends(allowed(Permission.USER_MANAGE))]
_TOKENS = [Depends(allowed(Permission.TOKEN_MANAGE))]
_ERASE = [Depends(allowed(Permission.AUTHOR_ERASE))]
_ANYONE = [Depends(anyone_signed_in)]


def _me(principal: Principal) -> One[MeOut]:
    return One(
        data=MeOut(
            id=principal.id,
            name=principal.name,
            kind=principal.kind,
            role=principal.role.value if principal.role else None,
            permissions=sorted(permission.value for permission in permissions_of(principal)),
        )
    )


@open_router.post("/session", summary="Sign in", responses=documented(401, 403, 405, 413, 422, 429, 500, 503))
def start_session(request: Request, response: Response, body: SignIn) -> One[MeOut]:
    """Sets the session cookie."""
    opened = open_session(request, body.username, body.password)
    set_session_cookie(request, response, opened.secret, max_age=SESSION_SECONDS)
    return _me(opened.principal)


@router.delete("/session", summary="Sign out", responses=documented(422))
def end_session(
    request: Request,
    response: Response,
    session: DbSession,
    principal: Annotated[Principal, Depends(anyone_signed_in)],
) -> One[SignedOut]:
    """Ends the session of this cookie and lets go of the drafts you hold; a token has no session to end."""
    close_session(request, session, principal)
    clear_session_cookie(request, response)
    return One(data=SignedOut())


@router.get("/me", summary="Who you are here", responses=documented(422))
def me(principal: Annotated[Principal, Depends(anyone_signed_in)]) -> One[MeOut]:
    """With everything you may do."""
    return _me(principal)


@router.post(
    "/me/password",
    summary="Change your password",
    response_model=One[MeOut],
    dependencies=_ANYONE,
    responses=documented(413, 422),
)
def change_own_password(request: Request, write: Writing, body: PasswordChange) -> Response:
    """Ends your other sessions."""

    def act() -> One[MeOut]:
        accounts.change_password(
            write.session,
            write.principal,
            user_id=write.principal.id,
            new_password=body.new_password,
            current_password=body.current_password,
            keep_session=request.cookies.get(SESSION_COOKIE),
        )
        return _me(write.principal)

    return write.once(act)


@router.get("/tokens", summary="All tokens", dependencies=_TOKENS, responses=documented(422))
def listed_tokens(session: DbSession) -> Many[TokenOut]:
    """Newest first, all in one page, revoked ones too."""
    return everything(tokens.everything(session), TokenOut.model_validate)


@router.post(
    "/tokens",
    summary="Make a token",
    status_code=201,
    response_model=One[TokenCreated],
    dependencies=_TOKENS,
    responses=documented(413, 422),
)
def create_token(write: Writing, body: TokenIn) -> Response:
    """The answer holds the secret, this once. No answer is kept under an Idempotency-Key: it would keep the secret."""
    token, secret = accounts.create_token(
        write.session, write.principal, name=body.name, scopes=body.scopes, expires_at=body.expires_at
    )
    shown = TokenOut.model_validate(token).model_dump()
    return write.unkept().once(lambda: One(data=TokenCreated(**shown, secret=secret)), status=201)


@router.delete(
    "/tokens/{token_id}",
    summary="Revoke a token",
    response_model=One[TokenOut],
    dependencies=_TOKENS,
    responses=documented(404, 422),
)
def revoke_token(write: Writing, token_id: Id) -> Response:
    """It opens nothing from now on."""

    def act() -> One[TokenOut]:
        return One(data=TokenOut.model_validate(accounts.revoke_token(write.session, write.principal, token_id)))

    return write.once(act)


@router.get("/users", summary="All users", dependencies=_USERS, responses=documented(422))
def listed_users(session: DbSession) -> Many[UserOut]:
    """By name, all in one page."""
    return everything(users.everyone(session), UserOut.model_validate)


@router.get("/users/{user_id}", summary="One user", dependencies=_USERS, responses=documented(404, 422))
def one_user(session: DbSession, user_id: Id) -> One[UserOut]:
    """Without anything secret."""
    return One(data=UserOut.model_validate(found(users.get(session, user_id), "user", user_id)))


@router.post(
    "/users",
    summary="Add a user",
    status_code=201,
    response_model=One[UserOut],
    dependencies=_USERS,
    responses=documented(409, 413, 422),
)
def create_user(write: Writing, body: UserIn) -> Response:
    """A name that is taken is a 409."""

    def act() -> One[UserOut]:
        user = accounts.create_user(
            write.session,
            write.principal,
            username=body.username,
            password=body.password,
            role=body.role,
            display_name=body.display_name,
        )
        return One(data=UserOut.model_validate(user))

    return write.once(act, status=201)


@router.post(
    "/users/{user_id}/deactivate",
    summary="Take a user out of use",
    response_model=One[UserOut],
    dependencies=_USERS,
    responses=documented(404, 409, 422),
)
def deactivate_user(write: Writing, user_id: Id) -> Response:
    """Signs them out everywhere; what they did stays."""

    def act() -> One[UserOut]:
        return One(data=UserOut.model_validate(accounts.deactivate_user(write.session, write.principal, user_id)))

    return write.once(act)


@router.post(
    "/users/{user_id}/activate",
    summary="Put a user in use again",
    response_model=One[UserOut],
    dependencies=_USERS,
    responses=documented(404, 422),
)
def activate_user(write: Writing, user_id: Id) -> Response:
    """They sign in with the password they had."""

    def act() -> One[UserOut]:
        return One(data=UserOut.model_validate(accounts.activate_user(write.session, write.principal, user_id)))

    return write.once(act)


@router.post(
    "/users/{user_id}/role",
    summary="Change what a user is there for",
    response_model=One[UserOut],
    dependencies=_USERS,
    responses=documented(404, 409, 413, 422),
)
def change_role(write: Writing, user_id: Id, body: RoleChange) -> Response:
    """From their next request on. Nobody changes their own."""

    def act() -> One[UserOut]:
        changed = accounts.change_role(write.session, write.principal, user_id, body.role)
        return One(data=UserOut.model_validate(changed))

    return write.once(act)


@router.post(
    "/users/{user_id}/password",
    summary="Give a user a new password",
    response_model=One[UserOut],
    dependencies=_USERS,
    responses=documented(404, 413, 422),
)
def reset_password(write: Writing, user_id: Id, body: PasswordReset) -> Response:
    """Ends their sessions. Your own is changed under /me/password."""

    def act() -> One[UserOut]:
        accounts.change_password(write.session, write.principal, user_id=user_id, new_password=body.password)
        return One(data=UserOut.model_validate(found(users.get(write.session, user_id), "user", user_id)))

    return write.once(act)


@router.post(
    "/authors/{author_id}/erase",
    summary="Forget a person who wrote",
    response_model=One[ErasureOut],
    dependencies=_ERASE,
    responses=documented(404, 422),
)
def erase_author(write: Writing, author_id: Id) -> Response:
    """Raw text and the link to the person go for good; anonymous counts stay."""

    def act() -> One[ErasureOut]:
        return One(data=ErasureOut.model_validate(privacy.erase_author(write.session, write.principal, author_id)))

    return write.once(act)
