"""What every reader yields: a `Post` as received, or a `Rejected` row with the reason it could not be one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Tier(StrEnum):
    """How far a contributor's voice has carried before; weighs reach, openly."""

    CORE = "core"  # 核心
    FAN = "fan"  # 铁粉
    REGULAR = "regular"  # 普通


@dataclass(frozen=True, slots=True)
class Post:
    """One message by one author at one time, as received. Nothing here is cleaned or masked yet."""

    id: str  # the platform's message id, else a content hash that keeps two people's identical messages apart
    platform: str  # "wechat", "qq", "discuz", "forum", "native"…; part of the author's pseudonym
    author: str  # the platform's own id of the author (never stored as it is); "" where unknown
    time: datetime | None  # always aware; None where the source has none
    text: str
    line: int = 0  # 1-based line or record number in the source
    author_name: str = ""  # display name, used only to recognise mentions of people in text
    channel: str = ""
    thread: str = ""
    reply_to: str = ""
    likes: int = 0
    replies: int = 0
    views: int = 0
    product: str = ""
    region: str = ""
    tier: Tier = Tier.REGULAR
    recalls: str = ""  # id of a message this record withdraws; such a record is an instruction, not a post


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not become a post. Stored and shown, never dropped."""

    line: int
    reason: str  # English, says what to do
    raw: str  # at most `RAW_LIMIT` characters


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no post by its nature (a system line, a sticker, a hidden post). Counted, not an error."""

    line: int
    reason: str  # English, short: the kind of row


Record = Post | Rejected | Skipped  # what a reader yields

RAW_LIMIT = 2_000


class MaskKind(StrEnum):
    """Personal data that is replaced in text before anything else sees it."""

    MOBILE = "mobile"
    ID_CARD = "id_card"
    BANK_CARD = "bank_card"
    EMAIL = "email"
    IMEI = "imei"
    PLATE = "plate"
    ACCOUNT = "account"  # WeChat or QQ number given in text
    PROFILE_LINK = "profile_link"


@dataclass(frozen=True, slots=True)
class PreparedPost:
    """A post ready to be stored and mined: cleaned, masked, pseudonymous, with its duplicate group."""

    post: Post
    key: str  # idempotency key: platform message id where the source gives one, else a content hash
    author: str  # pseudonym, "aut_" + 26 characters; HMAC-SHA256 of platform and platform id; "" where unknown
    text: str  # cleaned and masked; may be empty (a sticker, a bare image)
    duplicate_of: str | None = None  # key of the first post of its exact or near-duplicate group
    masks: dict[MaskKind, int] = field(default_factory=dict)
