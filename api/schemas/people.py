"""People and programs that may act: users, tokens, sessions; and the audit log of what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.fields import ONE_LINE, Input, InputTime, Name, Output
from review.permissions import TOKEN_SCOPES

ScopeName = Annotated[str, Field(json_schema_extra={"enum": sorted(scope.value for scope in TOKEN_SCOPES)})]
RoleName = Literal["admin", "product_manager", "moderator"]
Username = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,100}$")]
Password = Annotated[str, Field(min_length=1, max_length=1_024)]
NewPassword = Annotated[str, Field(min_length=8, max_length=1_024)]


class MeOut(Output):
    """Who you are here, and what you may do."""

    id: str
    name: str
    kind: Literal["user", "token", "system"]
    role: RoleName | None
    permissions: list[str]


class SignIn(Input):
    """A name and its password."""

    username: Annotated[str, Field(min_length=1, max_length=100)]
    password: Password


class SignedOut(Output):
    """The session has ended."""

    signed_out: Literal[True] = True


class UserOut(Output):
    """A person of the brand who signs in."""

    id: str
    username: str
    display_name: str
    role: RoleName
    active: bool
    created_at: datetime


class TokenOut(Output):
    """A bearer token, without its secret: that is shown once."""

    id: str
    name: str
    scopes: list[str]
    created_by: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class TokenCreated(TokenOut):
    """A fresh token with its secret, which nobody can show again."""

    secret: str


class TokenIn(Input):
    """A token for another system."""

    name: Annotated[Name, Field(max_length=100)]
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=30)]
    expires_at: InputTime | None = None


class UserIn(Input):
    """A new person."""

    username: Username
    password: NewPassword
    role: RoleName
    display_name: Annotated[str, Field(min_length=1, max_length=100, pattern=ONE_LINE)]


class RoleChange(Input):
    """What a person is there for."""

    role: RoleName


class PasswordReset(Input):
    """A password for somebody else."""

    password: NewPassword


class PasswordChange(Input):
    """Your own."""

    current_password: Password
    new_password: NewPassword


class ErasureOut(Output):
    """What was erased."""

    posts: int = Field(description="Posts that lost their raw text and their link to the person")
    votes: int = Field(description="Votes that count on as somebody's")


class EventOut(Output):
    """One line of the audit log."""

    id: str
    at: datetime
    actor: str
    action: str
    subject_type: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    note: str
