"""Who is acting: a signed-in person, a contributor, another system's token, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Role(StrEnum):
    """What a person of the brand is there for."""

    ADMIN = "admin"
    PRODUCT_MANAGER = "product_manager"
    MODERATOR = "moderator"


@dataclass(frozen=True, slots=True)
class Principal:
    """One who acts. A user has a role; a token has scopes (names of permissions); the system may do everything;
    a contributor votes and follows as the author they are.
    """

    id: str  # user id, token id, key of a contributor, or "system"
    name: str
    kind: Literal["user", "token", "system", "contributor"]
    role: Role | None = None
    scopes: frozenset[str] = frozenset()
    author: str | None = None  # of a contributor; never in the audit log, which cannot be erased


SYSTEM = Principal(id="system", name="众声", kind="system")
