"""Who is acting: a signed-in person, another system's token, or the system itself."""

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
    """One who acts. A user has a role; a token has scopes (names of permissions); the system may do everything."""

    id: str  # user id, token id, or "system"
    name: str
    kind: Literal["user", "token", "system"]
    role: Role | None = None
    scopes: frozenset[str] = frozenset()


SYSTEM = Principal(id="system", name="众声", kind="system")
