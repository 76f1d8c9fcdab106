"""Type-prefixed ids: the prefix tells a person what a thing is, the ULID sorts by time of birth."""

from __future__ import annotations

from ulid import ULID

PREFIXES = {
    "channel": "chn", "source": "src", "post": "pst", "mention": "men", "theme": "thm", "run": "run",
    "knowledge": "knw", "draft": "drf", "proposal": "prp", "vote": "vot", "event": "evt", "user": "usr",
    "token": "tok", "job": "job", "release": "rel", "contributor_key": "ctr",
    "webhook": "whk", "message": "msg", "delivery": "whd", "connector": "con", "connector_item": "cit",
    "saved_view": "viw", "theme_note": "nte", "move": "mov",
}  # fmt: skip


def new_id(kind: str) -> str:
    """A fresh id such as ``prp_01k0…`` (lower case). Raises KeyError for an unknown kind."""
    return f"{PREFIXES[kind]}_{str(ULID()).lower()}"
