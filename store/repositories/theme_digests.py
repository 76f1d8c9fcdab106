"""What is counted ahead of a theme, so that the board need not look through its mentions: facets, words, standings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from store.repositories.theme_filters import NEED_INTENTS
from store.tables import Mention, Post, Theme, ThemeFacet, ThemePoint, ThemeText

_SOME = 2_000  # ids in one statement: both databases limit the parameters


@dataclass(frozen=True, slots=True)
class Said:
    """A mention, and the post it was made in, as far as a digest needs them."""

    theme_id: str
    text: str
    intent: str
    products: list[str]
    channel_id: str
    product: str
    region: str
    posted_at: datetime | None


@dataclass(frozen=True, slots=True)
class FacetRow:
    """How much of a theme has a value."""

    theme_id: str
    kind: str
    value: str
    mentions: int
    first_at: datetime | None
    last_at: datetime | None


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


def said_in(session: Session, theme_ids: Collection[str] | None) -> Iterator[Said]:
    """The mentions of these themes (None: of all), theme by theme, the most typical first."""
    statement = (
        select(
            Mention.theme_id, Mention.text, Mention.intent, Mention.products,
            Post.channel_id, Post.product, Post.region, Post.posted_at,
        )
        .join(Post, Post.id == Mention.post_id)
        .where(Mention.theme_id.is_not(None))
        .order_by(Mention.theme_id, Mention.strength.desc(), Mention.id)
    )  # fmt: skip
    if theme_ids is not None:
        statement = statement.where(Mention.theme_id.in_(sorted(theme_ids)))
    for row in session.execute(statement.execution_options(yield_per=10_000)):
        yield Said(row[0] or "", *row[1:])


def named(session: Session, theme_ids: Collection[str] | None) -> tuple[Theme, ...]:
    """These themes (None: all), by id."""
    statement = select(Theme).order_by(Theme.id)
    if theme_ids is not None:
        statement = statement.where(Theme.id.in_(sorted(theme_ids)))
    return tuple(session.scalars(statement))


def replace(
    session: Session, facets: Iterable[FacetRow], texts: Iterable[TextRow], *, of: Collection[str] | None
) -> None:
    """Put these in the place of what was counted `of` these themes (None: of all)."""
    for table in (ThemeFacet, ThemeText):
        if of is None:
            session.execute(delete(table).execution_options(synchronize_session=False))
            continue
        wanted = sorted(of)
        for start in range(0, len(wanted), _SOME):
            gone = delete(table).where(table.theme_id.in_(wanted[start : start + _SOME]))
            session.execute(gone.execution_options(synchronize_session=False))
    facet_rows, text_rows = [asdict(row) for row in facets], [asdict(row) for row in texts]
    if facet_rows:
        session.execute(insert(ThemeFacet), facet_rows)
    if text_rows:
        session.execute(insert(ThemeText), text_rows)


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
