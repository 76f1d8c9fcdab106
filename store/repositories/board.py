"""What the theme board shows beside each theme: channels, products, owner, what has changed; and where "now" is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from store.repositories.theme_filters import latest_point
from store.tables import Channel, Event, LineageEdge, Run, Theme, ThemeFacet, ThemeOwner, ThemePoint, User

_SYSTEM = "system"  # the actor of what runs do by themselves


@dataclass(frozen=True, slots=True)
class Places:
    """Where and of what a theme's people speak, by name, most mentions first."""

    channels: tuple[str, ...]
    products: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a theme since a moment. `people` and `score` are differences."""

    new: bool
    people: int
    score: float


@dataclass(frozen=True, slots=True)
class Owner:
    """Who sees to a theme."""

    id: str
    name: str


def facets_of(session: Session, theme_ids: Iterable[str]) -> dict[str, Places]:
    """Theme id -> its channels and products, most mentions first."""
    wanted = sorted(set(theme_ids))
    if not wanted:
        return {}
    statement = (
        select(ThemeFacet.theme_id, ThemeFacet.kind, ThemeFacet.value, Channel.name)
        .outerjoin(Channel, (ThemeFacet.kind == "channel") & (Channel.id == ThemeFacet.value))
        .where(ThemeFacet.theme_id.in_(wanted), ThemeFacet.kind.in_(("channel", "product")))
        .order_by(ThemeFacet.theme_id, ThemeFacet.kind, ThemeFacet.mentions.desc(), ThemeFacet.value)
    )
    channels: dict[str, list[str]] = defaultdict(list)
    products: dict[str, list[str]] = defaultdict(list)
    for theme_id, kind, value, name in session.execute(statement):
        (channels if kind == "channel" else products)[theme_id].append(name or value)
    return {theme_id: Places(tuple(channels[theme_id]), tuple(products[theme_id])) for theme_id in wanted}


def changes_of(session: Session, theme_ids: Iterable[str], *, since: datetime) -> dict[str, Change]:
    """Theme id -> how it has changed since then; as it stood after the last run or recount before that moment."""
    wanted = sorted(set(theme_ids))
    if not wanted:
        return {}
    statement = (
        select(Theme, ThemePoint)
        .outerjoin(ThemePoint, (ThemePoint.theme_id == Theme.id) & (ThemePoint.at == latest_point(since)))
        .where(Theme.id.in_(wanted))
    )
    found = {}
    for theme, joined in session.execute(statement):
        point: ThemePoint | None = joined  # an outer join
        if point is None:
            found[theme.id] = Change(new=theme.created_at > since, people=0, score=0.0)
        else:
            found[theme.id] = Change(False, theme.authors - point.authors, round(theme.score - point.score, 1))
    return found


def edited_since(session: Session, theme_ids: Iterable[str], *, since: datetime, but_by: str) -> frozenset[str]:
    """Those of the themes that a colleague (nobody's run) has edited since then."""
    wanted = sorted(set(theme_ids))
    if not wanted:
        return frozenset()
    statement = select(Event.subject_id).where(
        Event.subject_type == "theme",
        Event.subject_id.in_(wanted),
        Event.at > since,
        Event.actor.not_in((but_by, _SYSTEM)),
    )
    return frozenset(session.scalars(statement))


def owners_of(session: Session, theme_ids: Iterable[str]) -> dict[str, Owner]:
    """Theme id -> who sees to it; themes that nobody does are left out."""
    wanted = sorted(set(theme_ids))
    if not wanted:
        return {}
    statement = (
        select(ThemeOwner.theme_id, User.id, User.display_name)
        .join(User, User.id == ThemeOwner.user_id)
        .where(ThemeOwner.theme_id.in_(wanted))
    )
    return {theme_id: Owner(user_id, name) for theme_id, user_id, name in session.execute(statement)}


def owners(session: Session) -> tuple[Owner, ...]:
    """Everybody who sees to a theme, by name."""
    statement = select(User.id, User.display_name).join(ThemeOwner, ThemeOwner.user_id == User.id).distinct()
    return tuple(Owner(*row) for row in session.execute(statement.order_by(User.display_name, User.id)))


def recent_changes(session: Session, theme_ids: Iterable[str], *, since: datetime) -> dict[str, frozenset[str]]:
    """Theme id -> kinds of lineage since then: "mint", "split", "merge".

    Nothing counts as minted in the very first run, when everything is new and so nothing stands out.
    """
    wanted = sorted(set(theme_ids))
    if not wanted:
        return {}
    first_run = session.scalar(select(Run.id).order_by(Run.created_at, Run.id).limit(1))
    statement = select(LineageEdge).where(
        LineageEdge.created_at >= since,
        LineageEdge.kind.in_(("mint", "split", "merge")),
        or_(LineageEdge.to_theme.in_(wanted), LineageEdge.from_theme.in_(wanted)),
    )
    found: dict[str, set[str]] = defaultdict(set)
    for edge in session.scalars(statement):
        if edge.kind == "mint" and edge.run_id == first_run:
            continue
        for theme_id in (edge.to_theme, edge.from_theme):
            if theme_id is not None:
                found[theme_id].add(edge.kind)
    return {theme_id: frozenset(kinds) for theme_id, kinds in found.items() if theme_id in wanted}
