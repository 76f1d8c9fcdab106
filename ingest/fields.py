"""Cells and JSON values to the fields of a post: counts and tiers."""

from __future__ import annotations

import re

from ingest.posts import Tier

_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([万萬wWkK千亿]?)\+?")
_UNITS = {"": 1, "k": 1_000, "千": 1_000, "w": 10_000, "万": 10_000, "萬": 10_000, "亿": 100_000_000}
_COUNT_LIMIT = 10**12  # beyond it the cell holds an id, not a count
_TIERS = {
    "core": Tier.CORE,
    "核心": Tier.CORE,
    "核心用户": Tier.CORE,
    "fan": Tier.FAN,
    "铁粉": Tier.FAN,
    "鐵粉": Tier.FAN,
    "regular": Tier.REGULAR,
    "普通": Tier.REGULAR,
    "普通用户": Tier.REGULAR,
}


def parse_count(value: object) -> int | None:
    """'1,024', '1.2万', 3 to a whole number; None where it is none. An empty value counts as 0."""
    written = str(value if value is not None else "").strip().replace(",", "").replace("，", "")
    if not written:
        return 0
    match = _COUNT.fullmatch(written)
    if match is None or isinstance(value, bool):
        return None
    count = round(float(match.group(1)) * _UNITS[match.group(2).lower()])
    return count if count <= _COUNT_LIMIT else None


def parse_tier(value: object) -> Tier | None:
    """A contributor's tier by its English or Chinese name; None where it is neither. Empty is regular."""
    written = str(value if value is not None else "").strip().lower()
    return _TIERS.get(written) if written else Tier.REGULAR
