"""What a preview rested on, as a short string that comes back with the decision: if it holds no more, the decision is
refused with what has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from review.errors import Conflict
from store.tables import Proposal, Theme

_SLACK: Final = 0.1  # share by which a theme may have grown meanwhile: posts come all the time …
_FEW: Final = 3  # … and at least so many mentions
_LONGEST: Final = 4_000

What = Literal["edited", "grown", "joined_ballot", "left_ballot", "moved_on"]


@dataclass(frozen=True, slots=True)
class Ground:
    """One thing a preview looked at: a theme with its mentions, or a proposal (mentions 0)."""

    id: str
    version: int
    mentions: int


@dataclass(frozen=True, slots=True)
class Shift:
    """What has changed in one of them since."""

    id: str
    name: str
    what: What


def ground_of(thing: Theme | Proposal) -> Ground:
    """A theme or a proposal as it is now."""
    return Ground(thing.id, thing.version, thing.size if isinstance(thing, Theme) else 0)


def written(grounds: Iterable[Ground]) -> str:
    """As a string for forms and requests, ``thm_…:3:46;prp_…:2:0``."""
    return ";".join(f"{one.id}:{one.version}:{one.mentions}" for one in sorted(grounds, key=lambda one: one.id))


def require_unchanged(basis: str, themes: Iterable[Theme], proposals: Iterable[Proposal]) -> None:
    """Raise Conflict `preview_outdated`, with what has changed, unless the preview that gave `basis` still holds."""
    seen = _read(basis)
    now: dict[str, tuple[Ground, str]] = {theme.id: (ground_of(theme), theme.name) for theme in themes}
    now |= {proposal.id: (ground_of(proposal), proposal.title) for proposal in proposals}
    shifts = [
        shift
        for thing_id, (ground, name) in now.items()
        if (shift := _shift(seen.get(thing_id), ground, name)) is not None
    ]
    shifts += [Shift(thing_id, thing_id, "left_ballot") for thing_id in sorted(set(seen) - set(now))]
    if shifts:
        named = "、".join(f"「{shift.name}」" for shift in shifts[:3])
        raise Conflict(
            "preview_outdated",
            "What the preview showed is no longer so: " + ", ".join(f"{shift.name} ({shift.what})" for shift in shifts),
            f"预览之后情况有变：{named}。请重新查看后再决定。",
            changed=[_detail(shift) for shift in shifts],
        )


def _detail(shift: Shift) -> dict[str, Any]:
    return {"id": shift.id, "name": shift.name, "what": shift.what}


def _shift(seen: Ground | None, now: Ground, name: str) -> Shift | None:
    proposal = now.id.startswith("prp_")
    if seen is None:
        return Shift(now.id, name, "joined_ballot" if proposal else "edited")
    if seen.version != now.version:
        return Shift(now.id, name, "moved_on" if proposal else "edited")
    if abs(now.mentions - seen.mentions) > max(_FEW, _SLACK * seen.mentions):
        return Shift(now.id, name, "grown")
    return None


def _read(basis: str) -> dict[str, Ground]:
    """Nothing for a string that is none of ours: then everything counts as changed."""
    found: dict[str, Ground] = {}
    for part in basis[:_LONGEST].split(";"):
        thing_id, _, numbers = part.partition(":")
        version, _, mentions = numbers.partition(":")
        if thing_id and all(number.isascii() and number.isdigit() for number in (version, mentions)):
            found[thing_id] = Ground(thing_id, int(version), int(mentions))
    return found
