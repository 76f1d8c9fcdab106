"""The theme map: where mentions and themes lie, read whole and written by what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from store.expressions import any_element, insert_new, substring
from store.repositories.mentions import MentionRow
from store.repositories.theme_filters import ThemeFilter
from store.tables import Channel, MapIsland, MapPoint, Mention, Post, Run, Theme
from store.tables.map import SCALE

_SOME = 5_000  # values in one statement: both databases limit the parameters


@dataclass(frozen=True, slots=True)
class Place:
    """Where a theme lies, within -1..1."""

    x: float
    y: float
    radius: float
    colour: int


@dataclass(frozen=True, slots=True)
class MapRows:
    """Every mention on the map, by number; the i-th of each belongs together."""

    numbers: Sequence[int]
    xs: Sequence[int]  # -SCALE..SCALE
    ys: Sequence[int]
    themes: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class MapTheme:
    """A theme as the map shows it."""

    id: str
    name: str
    intent: str
    version: int
    people: int
    mentions: int
    place: Place | None  # None: made since the last run


@dataclass(frozen=True, slots=True)
class NumberedMention:
    """A mention by its number on the map, and where it belongs now."""

    number: int
    id: str
    key: str
    theme_id: str | None


def state(session: Session) -> str:
    """A word that changes whenever the map would look different: by run, by people's edits and by arrivals."""
    run = session.scalar(select(Run.id).order_by(Run.created_at.desc(), Run.id.desc()).limit(1))
    points, last = session.execute(select(func.count(), func.max(MapPoint.number)).select_from(MapPoint)).one()
    edited, versions, held = session.execute(
        select(func.max(Theme.updated_at), func.sum(Theme.version), func.sum(Theme.size))
    ).one()
    return f"{run or '-'}.{points}.{last or 0}.{edited.isoformat() if edited else '-'}.{versions or 0}.{held or 0}"


def count(session: Session, *, most: int) -> int:
    """How many points there are, counted up to `most`."""
    return session.scalar(select(func.count()).select_from(select(MapPoint.number).limit(most).subquery())) or 0


def rows(session: Session) -> MapRows:
    """Everything there is to draw, by number."""
    statement = (
        select(MapPoint.number, MapPoint.x, MapPoint.y, Mention.theme_id)
        .join(Mention, Mention.key == MapPoint.key)
        .order_by(MapPoint.number)
    )
    # Whole numbers and ids need no conversion, and a hundred thousand row objects would take longer than the query.
    connection = session.connection()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(str(statement.compile(dialect=connection.dialect)))
        found = cursor.fetchall()
    finally:
        cursor.close()
    if not found:
        return MapRows((), (), (), ())
    numbers, xs, ys, themes = zip(*found, strict=True)
    return MapRows(numbers, xs, ys, themes)


def fitting(session: Session, wanted: ThemeFilter) -> tuple[tuple[int, str | None], ...]:
    """(number, theme) of the points whose mention satisfies channel, product, region, time and intent, by number.

    `intent` is what the mention itself says, whatever its theme's.
    """
    statement = (
        select(MapPoint.number, Mention.theme_id)
        .join(Mention, Mention.key == MapPoint.key)
        .join(Post, Post.id == Mention.post_id)
        .where(*wanted.of_mention())
    )
    if wanted.intent:
        statement = statement.where(Mention.intent == wanted.intent)
    return tuple((number, theme) for number, theme in session.execute(statement.order_by(MapPoint.number)))


def themes(session: Session) -> tuple[MapTheme, ...]:
    """The active themes that hold mentions, largest first."""
    statement = (
        select(
            Theme.id, Theme.name, Theme.intent, Theme.version, Theme.authors, Theme.size,
            MapIsland.x, MapIsland.y, MapIsland.radius, MapIsland.colour,
        )
        .outerjoin(MapIsland, MapIsland.theme_id == Theme.id)
        .where(Theme.status == "active", Theme.size > 0)
        .order_by(Theme.size.desc(), Theme.id)
    )  # fmt: skip
    return tuple(
        MapTheme(*row[:6], place=Place(row[6], row[7], row[8], row[9]) if row[6] is not None else None)
        for row in session.execute(statement)
    )


def points(session: Session) -> dict[str, tuple[float, float]]:
    """Every point by mention key, within -1..1."""
    found = session.execute(select(MapPoint.key, MapPoint.x, MapPoint.y))
    return {key: (x / SCALE, y / SCALE) for key, x, y in found}


def of_assignment(session: Session) -> dict[str, tuple[float, float]]:
    """The points of what assignment placed since the last run, by mention key."""
    statement = (
        select(MapPoint.key, MapPoint.x, MapPoint.y)
        .join(Mention, Mention.key == MapPoint.key)
        .where(Mention.placed_by == "assignment")
    )
    return {key: (x / SCALE, y / SCALE) for key, x, y in session.execute(statement)}


def islands(session: Session) -> dict[str, Place]:
    """Every theme that the last run placed, by id."""
    found = session.execute(select(MapIsland.theme_id, MapIsland.x, MapIsland.y, MapIsland.radius, MapIsland.colour))
    return {row[0]: Place(*row[1:]) for row in found}


def keep(session: Session, points: Mapping[str, tuple[float, float]], islands: Mapping[str, Place]) -> None:
    """Make the map this one. A mention that was on it keeps its number; one that is gone leaves."""
    wanted = {key: (round(x * SCALE), round(y * SCALE)) for key, (x, y) in points.items()}
    gone, moved = [], []
    for number, key, x, y in session.execute(select(MapPoint.number, MapPoint.key, MapPoint.x, MapPoint.y)):
        place = wanted.pop(key, None)
        if place is None:
            gone.append(number)
        elif place != (x, y):
            moved.append({"number": number, "x": place[0], "y": place[1]})
    for start in range(0, len(gone), _SOME):
        session.execute(delete(MapPoint).where(MapPoint.number.in_(gone[start : start + _SOME])))
    if moved:
        session.execute(update(MapPoint), moved)
    if wanted:
        session.execute(insert(MapPoint), [{"key": key, "x": x, "y": y} for key, (x, y) in sorted(wanted.items())])
    session.execute(delete(MapIsland))
    if islands:
        values = [
            {"theme_id": theme, "x": at.x, "y": at.y, "radius": at.radius, "colour": at.colour}
            for theme, at in sorted(islands.items())
        ]
        session.execute(insert(MapIsland), values)


def add(session: Session, points: Iterable[tuple[str, float, float]]) -> int:
    """Put mentions on the map that came between runs (key, x, y). How many were new to it."""
    values = [{"key": key, "x": round(x * SCALE), "y": round(y * SCALE)} for key, x, y in points]
    return insert_new(session, MapPoint, values, unique=["key"])


def targets(session: Session, q: str, *, without: Collection[str], limit: int) -> tuple[Theme, ...]:
    """Active themes that mentions could go to, whose name or keyphrases have q in them, best demand first."""
    statement = select(Theme).where(Theme.status == "active", Theme.id.not_in(sorted(without)))
    if q:
        statement = statement.where(or_(substring(q, Theme.name), any_element(Theme.keyphrases, containing=q)))
    return tuple(session.scalars(statement.order_by(Theme.score.desc(), Theme.id).limit(limit)))


def mention(session: Session, number: int) -> MentionRow | None:
    """The mention of a point, with its post."""
    statement = (
        select(Mention, Post, Channel.name)
        .join(MapPoint, MapPoint.key == Mention.key)
        .join(Post, Post.id == Mention.post_id)
        .join(Channel, Channel.id == Post.channel_id)
        .where(MapPoint.number == number)
        .order_by(Mention.id)
        .limit(1)
    )
    found = session.execute(statement).first()
    return MentionRow(*found) if found else None


def numbered(session: Session, numbers: Collection[int]) -> tuple[NumberedMention, ...]:
    """The mentions of these points, by number; unknown numbers are left out."""
    wanted = sorted(set(numbers))
    found: list[NumberedMention] = []
    for start in range(0, len(wanted), _SOME):
        some = wanted[start : start + _SOME]
        statement = (
            select(MapPoint.number, Mention.id, Mention.key, Mention.theme_id)
            .join(Mention, Mention.key == MapPoint.key)
            .where(MapPoint.number.in_(some))
            .order_by(MapPoint.number)
        )
        found.extend(NumberedMention(*row) for row in session.execute(statement))
    return tuple(found)
