"""What is counted ahead of a theme, so that the board need not look through its mentions: facets, words, standings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import column, delete, func, insert, literal, select, true, union
from sqlalchemy.orm import Session
from sqlalchemy.types import String

from store.expressions import Column, json_elements
from store.paging import AnySelect
from store.repositories.theme_filters import NEED_INTENTS
from store.tables import Mention, Post, Theme, ThemeFacet, ThemePoint, ThemeText

_SOME: Final = 2_000  # ids in one statement: both databases limit the parameters
_LONGEST_VALUE: Final = 200  # characters of ThemeFacet.value


@dataclass(frozen=True, slots=True)
class ThemeNames:
    """What a theme is called, and the words it is quoted with."""

    theme_id: str
    name: str
    keyphrases: list[str]
    quotes: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class TextRow:
    """What a theme is found by."""

    theme_id: str
    head: str
    said: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a theme stands now."""

    theme_id: str
    score: float
    authors: int
    size: int


def count_facets(session: Session, theme_ids: Collection[str] | None) -> None:
    """Count the facets of these themes (None: of all) anew, within the database: no mention travels."""
    for some in _portions(theme_ids):
        gone = delete(ThemeFacet)
        gone = gone if some is None else gone.where(ThemeFacet.theme_id.in_(some))
        session.execute(gone.execution_options(synchronize_session=False))
        for kind, value in (("channel", Post.channel_id), ("region", Post.region), ("intent", Mention.intent)):
            _count(session, kind, _spoken(some, value))
        # products that a mention names, and the one its post is filed under: each counts once for the mention
        named = json_elements(Mention.products).table_valued(column("value", String))
        in_words = _spoken(some, func.substr(named.c.value, 1, _LONGEST_VALUE)).join(named, true())
        _count(session, "product", union(in_words, _spoken(some, func.substr(Post.product, 1, _LONGEST_VALUE))))


def _spoken(theme_ids: list[str] | None, value: Column) -> AnySelect:
    """Every mention that stands in one of the themes, with a value of it or of its post that is not empty."""
    statement = (
        select(Mention.id, Mention.theme_id, value.label("value"), Post.posted_at)
        .select_from(Mention)
        .join(Post, Post.id == Mention.post_id)
        .where(Mention.theme_id.is_not(None), value != "")
    )
    return statement if theme_ids is None else statement.where(Mention.theme_id.in_(theme_ids))


def _count(session: Session, kind: str, spoken: Any) -> None:
    rows = spoken.subquery()
    first, last = func.min(rows.c.posted_at), func.max(rows.c.posted_at)
    counted = select(rows.c.theme_id, literal(kind), rows.c.value, func.count(), first, last)
    into = ["theme_id", "kind", "value", "mentions", "first_at", "last_at"]
    session.execute(insert(ThemeFacet).from_select(into, counted.group_by(rows.c.theme_id, rows.c.value)))


def _portions(theme_ids: Collection[str] | None) -> Iterator[list[str] | None]:
    """As many at a time as one statement takes; None for all themes."""
    if theme_ids is None:
        yield None
        return
    wanted = sorted(theme_ids)
    for start in range(0, len(wanted), _SOME):
        yield wanted[start : start + _SOME]


def lines_of(session: Session, theme_ids: Collection[str] | None) -> Iterator[tuple[str, str]]:
    """(theme, what was said) of the mentions of these themes (None: of all), the most typical of each first."""
    for some in _portions(theme_ids):
        statement = (
            select(Mention.theme_id, Mention.text)
            .where(Mention.theme_id.is_not(None))
            .order_by(Mention.theme_id, Mention.strength.desc(), Mention.id)
        )
        if some is not None:
            statement = statement.where(Mention.theme_id.in_(some))
        for theme_id, text in session.execute(statement.execution_options(yield_per=10_000)):
            yield theme_id or "", text


def names_of(session: Session, theme_ids: Collection[str] | None) -> Iterator[ThemeNames]:
    """These themes (None: all), by id."""
    for some in _portions(theme_ids):
        statement = select(Theme.id, Theme.name, Theme.keyphrases, Theme.quotes).order_by(Theme.id)
        if some is not None:
            statement = statement.where(Theme.id.in_(some))
        for row in session.execute(statement):
            yield ThemeNames(*row)


def replace_texts(session: Session, texts: Iterable[TextRow], *, of: Collection[str] | None) -> None:
    """Put these in the place of what `of` these themes (None: of all) were found by."""
    for some in _portions(of):
        gone = delete(ThemeText)
        gone = gone if some is None else gone.where(ThemeText.theme_id.in_(some))
        session.execute(gone.execution_options(synchronize_session=False))
    rows = [{"theme_id": row.theme_id, "head": row.head, "said": row.said} for row in texts]
    if rows:
        session.execute(insert(ThemeText), rows)


def add_points(session: Session, *, run_id: str, at: datetime) -> int:
    """Note how every active theme stands after a run. How many there are.

    Points between runs are dated ahead; what the run has counted since takes their place.
    """
    session.execute(
        delete(ThemePoint)
        .where(ThemePoint.run_id.is_(None), ThemePoint.at > at)
        .execution_options(synchronize_session=False)
    )
    needs = Theme.intent.in_(NEED_INTENTS)
    place = func.rank().over(partition_by=needs, order_by=Theme.score.desc())
    statement = select(Theme.id, needs, place, Theme.score, Theme.authors, Theme.size).where(Theme.status == "active")
    rows = [
        {
            "theme_id": theme_id, "at": at, "run_id": run_id, "rank": rank if need else None,
            "score": score, "authors": authors, "size": size,
        }
        for theme_id, need, rank, score, authors, size in session.execute(statement)
    ]  # fmt: skip
    if rows:
        session.execute(insert(ThemePoint), rows)
    return len(rows)


def set_point(session: Session, standing: Standing, *, at: datetime) -> None:
    """Note how a theme stands between two runs; a later word about the same moment replaces the earlier."""
    session.execute(
        delete(ThemePoint)
        .where(ThemePoint.theme_id == standing.theme_id, ThemePoint.at == at, ThemePoint.run_id.is_(None))
        .execution_options(synchronize_session=False)
    )
    taken = session.get(ThemePoint, (standing.theme_id, at))
    if taken is None:
        session.execute(insert(ThemePoint), [asdict(standing) | {"at": at, "run_id": None, "rank": None}])


def points(session: Session, theme_id: str) -> tuple[ThemePoint, ...]:
    """How a theme stood over time, oldest first."""
    return tuple(session.scalars(select(ThemePoint).where(ThemePoint.theme_id == theme_id).order_by(ThemePoint.at)))
