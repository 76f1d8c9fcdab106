"""What each role and scope may do. Every service asks here first."""

from __future__ import annotations

from enum import StrEnum

from review.errors import Forbidden
from review.principals import Principal, Role


class Permission(StrEnum):
    """One thing that may be allowed; also the name of a token's scope."""

    THEME_READ = "theme:read"
    THEME_NOTE = "theme:note"
    THEME_EDIT = "theme:edit"
    THEME_ROUTE = "theme:route"
    DRAFT_READ = "draft:read"
    DRAFT_DECIDE = "draft:decide"
    PROPOSAL_READ = "proposal:read"
    PROPOSAL_EDIT = "proposal:edit"
    VOTE_CAST = "vote:cast"
    RELEASE_EDIT = "release:edit"
    CREDIT_RECORD = "credit:record"
    CONTRIBUTOR_INVITE = "contributor:invite"
    POST_READ = "post:read"
    POST_WRITE = "post:write"
    POST_READ_RAW = "post:read_raw"
    AUTHOR_ERASE = "author:erase"
    KNOWLEDGE_READ = "knowledge:read"
    KNOWLEDGE_WRITE = "knowledge:write"
    JOB_READ = "job:read"
    JOB_RUN = "job:run"
    EVENT_READ = "event:read"
    USER_MANAGE = "user:manage"
    TOKEN_MANAGE = "token:manage"  # noqa: S105 - a permission's name
    INTEGRATION_READ = "integration:read"
    INTEGRATION_MANAGE = "integration:manage"


_READING = frozenset({
    Permission.THEME_READ, Permission.DRAFT_READ, Permission.PROPOSAL_READ, Permission.POST_READ,
    Permission.KNOWLEDGE_READ, Permission.JOB_READ,
})  # fmt: skip

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.PRODUCT_MANAGER: _READING
    | {
        Permission.THEME_NOTE, Permission.THEME_EDIT, Permission.THEME_ROUTE, Permission.PROPOSAL_EDIT,
        Permission.VOTE_CAST, Permission.RELEASE_EDIT, Permission.CREDIT_RECORD, Permission.POST_WRITE,
        Permission.KNOWLEDGE_WRITE, Permission.JOB_RUN, Permission.EVENT_READ,
        Permission.INTEGRATION_READ,
    },
    Role.MODERATOR: _READING
    | {
        Permission.THEME_NOTE, Permission.DRAFT_DECIDE, Permission.KNOWLEDGE_WRITE, Permission.VOTE_CAST,
        Permission.CREDIT_RECORD, Permission.EVENT_READ,
    },
}  # fmt: skip
CONTRIBUTOR_PERMISSIONS = frozenset({Permission.VOTE_CAST, Permission.CREDIT_RECORD})  # their own, nobody else's

# Decisions that need a person: a token may hold neither these nor the right to make users or tokens.
PERSON_ONLY = frozenset({Permission.DRAFT_DECIDE, Permission.USER_MANAGE, Permission.TOKEN_MANAGE})
TOKEN_SCOPES = frozenset(Permission) - PERSON_ONLY


def permissions_of(principal: Principal) -> frozenset[Permission]:
    """Everything this principal may do."""
    if principal.kind == "system":
        return frozenset(Permission)
    if principal.kind == "token":
        return frozenset(scope for scope in TOKEN_SCOPES if scope.value in principal.scopes)
    if principal.kind == "contributor":
        return CONTRIBUTOR_PERMISSIONS
    return ROLE_PERMISSIONS[principal.role] if principal.role else frozenset()


def may(principal: Principal, permission: Permission) -> bool:
    """Whether the principal may do this."""
    return permission in permissions_of(principal)


def require(principal: Principal, permission: Permission) -> None:
    """Raise Forbidden unless the principal may do this."""
    if not may(principal, permission):
        raise Forbidden(
            "forbidden",
            f"{principal.name} may not do this; it needs the permission {permission.value}.",
            "您没有进行此操作的权限。",
            permission=permission.value,
        )


def require_person(principal: Principal, permission: Permission) -> None:
    """As `require`, and only a signed-in person will do: no token and not the system."""
    require(principal, permission)
    if principal.kind != "user":
        raise Forbidden(
            "person_required", "Only a signed-in person may decide this.", "此操作须由登录的人员完成。",
            permission=permission.value,
        )  # fmt: skip
