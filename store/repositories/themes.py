"""Themes: the ranked board, one theme's facets and lineage, and what the next mining run must know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from store.paging import Page, fetch_page
from store.repositories.theme_filters import ORDERS, Sort, ThemeFilter
from store.tables import Channel, DecidedMention, Event, LineageEdge, Mention, MentionMove, Run, Theme, ThemeFacet

ALL_NEEDS = ThemeFilter()


@dataclass(frozen=True, slots=True)
class Facet:
    """One value to filter by, and how many mentions or themes have it."""

    value: str  # what a filter takes: for a channel its id
    label: str  # what a person reads
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Most frequent first."""

    channels: tuple[Facet, ...]
    products: tuple[Facet, ...]
    regions: tuple[Facet, ...]
    intents: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class LineageRow:
    """One step of a theme's history, with the names of both ends."""

    edge: LineageEdge
    from_name: str | None
    to_name: str | None


@dataclass(frozen=True, slots=True)
class RememberedTheme:
    """A theme as the next run must know it: whom it holds, and held when a person decided about it."""

    id: str
    name: str
    named_by_person: bool
    status: str
    merged_into: str | None
    settled_size: int | None
    changed: int
    prototype: bytes | None  # float32, little-endian, of `encoder`
    threshold: float
    encoder: Mapping[str, Any] | None  # identity of the encoder of the run that last found it
    mention_keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class ThemeState:
    """Whether a theme lives, and where it went."""

    id: str
    status: str
    merged_into: str | None


@dataclass(frozen=True, slots=True)
class ThemeShape:
    """A theme in vector space."""

    id: str
    prototype: bytes  # float32, little-endian, of `encoder`
    threshold: float
    encoder: Mapping[str, Any]  # identity


def get(session: Session, theme_id: str) -> Theme | None:
    return session.get(Theme, theme_id)


def by_ids(session: Session, theme_ids: Iterable[str]) -> dict[str, Theme]:
    """Unknown ids are left out."""
    wanted = sorted(set(theme_ids))
    return {theme.id: theme for theme in session.scalars(select(Theme).where(Theme.id.in_(wanted)))} if wanted else {}


def locked(session: Session, theme_ids: Iterable[str]) -> dict[str, Theme]:
    """The themes, fresh, with their rows locked until the transaction ends; always in one order, so no deadlock."""
    statement = select(Theme).where(Theme.id.in_(sorted(set(theme_ids)))).order_by(Theme.id)
    found = session.scalars(statement.with_for_update().execution_options(populate_existing=True))
    return {theme.id: theme for theme in found}


def ranked(
    session: Session,
    wanted: ThemeFilter = ALL_NEEDS,
    *,
    sort: Sort = "demand",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Theme]:
    """The themes that pass, in an order; best demand first without one."""
    statement = wanted.applied(select(Theme))
    return fetch_page(session, statement, ORDERS[sort], cursor=cursor, limit=limit, build=lambda row: row[0])


def count(session: Session, wanted: ThemeFilter) -> int:
    """How many themes pass."""
    return session.scalar(wanted.applied(select(func.count()).select_from(Theme))) or 0


def passing(session: Session, wanted: ThemeFilter) -> frozenset[str]:
    """The ids of all themes that pass."""
    return frozenset(session.scalars(wanted.applied(select(Theme.id))))


def merged_into(session: Session, theme_id: str) -> tuple[Theme, ...]:
    """The themes a person merged into this one directly, latest first."""
    statement = select(Theme).where(Theme.merged_into == theme_id).order_by(Theme.updated_at.desc(), Theme.id)
    return tuple(session.scalars(statement))


def children(session: Session, theme_id: str) -> tuple[Theme, ...]:
    """The active themes below this one in the hierarchy, best demand first."""
    statement = select(Theme).where(Theme.parent_id == theme_id, Theme.status == "active")
    return tuple(session.scalars(statement.order_by(Theme.score.desc(), Theme.id)))


def count_by_status(session: Session) -> dict[str, int]:
    return dict(session.execute(select(Theme.status, func.count()).group_by(Theme.status)).all())


def facets(session: Session, theme_id: str) -> Facets:
    """Where and of what a theme's mentions speak, counted in mentions."""
    return _facets(session, ThemeFacet.theme_id == theme_id, func.sum(ThemeFacet.mentions))


def board_facets(session: Session) -> Facets:
    """What the board can be filtered by, counted in active themes."""
    active = ThemeFacet.theme_id.in_(select(Theme.id).where(Theme.status == "active"))
    return _facets(session, active, func.count())


def _facets(session: Session, condition: ColumnElement[bool], counted: ColumnElement[int]) -> Facets:
    statement = (
        select(ThemeFacet.kind, ThemeFacet.value, counted).where(condition).group_by(ThemeFacet.kind, ThemeFacet.value)
    )
    found: dict[str, list[Facet]] = defaultdict(list)
    names = dict(session.execute(select(Channel.id, Channel.name)).all())
    for kind, value, count_of in session.execute(statement):
        label = names.get(value, value) if kind == "channel" else value
        found[kind].append(Facet(value, label, int(count_of)))

    def ordered(kind: str) -> tuple[Facet, ...]:
        return tuple(sorted(found[kind], key=lambda facet: (-facet.count, facet.value)))

    return Facets(ordered("channel"), ordered("product"), ordered("region"), ordered("intent"))


def lineage(session: Session, theme_id: str) -> tuple[LineageRow, ...]:
    """Every step from or to this theme, latest first."""
    statement = (
        select(LineageEdge)
        .where(or_(LineageEdge.from_theme == theme_id, LineageEdge.to_theme == theme_id))
        .order_by(LineageEdge.id.desc())
    )
    edges = tuple(session.scalars(statement))
    ends = {end for edge in edges for end in (edge.from_theme, edge.to_theme) if end}
    names = {theme.id: theme.name for theme in by_ids(session, ends).values()}
    return tuple(LineageRow(edge, names.get(edge.from_theme or ""), names.get(edge.to_theme or "")) for edge in edges)


def split_from(session: Session, theme_id: str) -> str | None:
    """The theme that a person split this one off from; None where nobody did."""
    statement = select(Event.after).where(
        Event.subject_type == "theme", Event.subject_id == theme_id, Event.action == "theme.split_off"
    )
    born = session.scalars(statement.order_by(Event.id).limit(1)).first()
    origin = born.get("from") if born else None
    return origin if isinstance(origin, str) else None  # of mentions moved from several themes it is a list


def moves_that_hold(session: Session, move_ids: Iterable[str]) -> frozenset[str]:
    """Those of these moves of mentions that nobody has taken back."""
    wanted = sorted(set(move_ids))
    statement = select(MentionMove.id).where(MentionMove.id.in_(wanted), MentionMove.undone_at.is_(None))
    return frozenset(session.scalars(statement)) if wanted else frozenset()


def every(session: Session) -> tuple[ThemeState, ...]:
    """Where every theme stands."""
    return tuple(ThemeState(*row) for row in session.execute(select(Theme.id, Theme.status, Theme.merged_into)))


def shaped(session: Session) -> bool:
    """Whether a run has left themes that new mentions can be compared with."""
    return session.scalar(select(Theme.id).where(Theme.prototype.is_not(None)).limit(1)) is not None


def shapes(session: Session) -> tuple[ThemeShape, ...]:
    """Every theme that has a prototype, by id."""
    encoders: dict[str, dict[str, Any]] = dict(session.execute(select(Run.id, Run.encoder)).all())  # read once a run
    statement = (
        select(Theme.id, Theme.prototype, Theme.threshold, Theme.run_id)
        .where(Theme.prototype.is_not(None), Theme.run_id.is_not(None))
        .order_by(Theme.id)
    )
    return tuple(
        ThemeShape(theme_id, prototype or b"", threshold, encoders[run_id or ""])
        for theme_id, prototype, threshold, run_id in session.execute(statement)
    )


def remembered(session: Session) -> tuple[RememberedTheme, ...]:
    """All themes ever, with the mention keys that runs and people gave them, or did when a person decided about them.

    What assignment placed between runs is not among the keys: to the next run it is new.
    """
    keys: dict[str, set[str]] = defaultdict(set)
    held = select(Mention.theme_id, Mention.key).where(Mention.theme_id.is_not(None), Mention.placed_by == "run")
    for theme_id, key in session.execute(held):
        keys[theme_id or ""].add(key)
    for theme_id, key in session.execute(select(DecidedMention.theme_id, DecidedMention.key)):
        keys[theme_id].add(key)
    statement = (
        select(
            Theme.id, Theme.name, Theme.named_by_person, Theme.status, Theme.merged_into,
            Theme.settled_size, Theme.changed, Theme.prototype, Theme.threshold, Run.encoder,
        )
        .outerjoin(Run, Run.id == Theme.run_id)
        .order_by(Theme.id)
    )  # fmt: skip
    found = session.execute(statement)
    return tuple(RememberedTheme(mention_keys=frozenset(keys.get(row.id, ())), **row._asdict()) for row in found)
