"""The weekly digest: one file that explains itself in a mail client, with links into the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup
from sqlalchemy.orm import Session

from api.pages.language import Translator
from api.pages.views.counted import counted_of
from api.pages.views.drawings import drawing
from api.pages.views.excerpts import shortened
from api.pages.views.insight_charts import demand_chart, movers_chart
from api.pages.views.insights import MoverRow, Tile, mover_rows, period, posts_of, tiles
from review.highlights import Highlight, highlights
from review.insights import WEEK, Insights, Span, WeekFigures
from store.repositories import themes

WEEKS_DRAWN: Final = 12
_LEADING: Final = 5
_QUOTE: Final = 90  # characters


@dataclass(frozen=True, slots=True)
class Matter:
    """One of the things that matter."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Leader:
    """A leading theme, with people's own words."""

    rank: int
    name: str
    href: str
    score: str
    people: int
    quote: str


@dataclass(frozen=True, slots=True)
class DigestTop:
    """What the file is about; known before anything is counted."""

    period: str
    acts: str  # the span of answers and adoption, where it is another


@dataclass(frozen=True, slots=True)
class DigestView:
    """What the file tells. `home` is the address of the desk, put before every link."""

    home: str
    matters: tuple[Matter, ...]
    tiles: tuple[Tile, ...]
    volume: Markup
    volume_rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    volume_columns: tuple[str, ...]
    movers: Markup
    risers: tuple[MoverRow, ...]
    fallers: tuple[MoverRow, ...]
    leaders: tuple[Leader, ...]
    empty: bool


def digest_top(t: Translator, span: Span, acts: Span) -> DigestTop:
    """The head of the digest of a week, in which `acts` is the span of people's acts."""
    return DigestTop(period(t, span), period(t, acts) if acts != span else "")


def span_drawn(found: Insights) -> Span:
    """The weeks up to the one that `found` is about, whose figures the digest draws."""
    return Span(found.span.until - WEEKS_DRAWN * WEEK, found.span.until)


def digest_view(
    session: Session, t: Translator, found: Insights, weeks: Sequence[WeekFigures], *, home: str
) -> DigestView:
    """The digest of the week that `found` is about; `weeks` are those of `span_drawn`."""
    span = found.span
    while len(weeks) > 1 and not weeks[0].posts:  # weeks before the first post tell nothing
        weeks = weeks[1:]
    volume = demand_chart(t, Span(weeks[0].since, span.until), tuple(weeks))
    movers = movers_chart(t, found)
    return DigestView(
        home=home.rstrip("/"),
        matters=tuple(_matter(t, found, one) for one in highlights(session, found)),
        tiles=tiles(t, found),
        volume=Markup(drawing(volume)),  # noqa: S704 - made here, its texts escaped
        volume_rows=volume.rows(),
        volume_columns=volume.columns,
        movers=Markup(drawing(movers)) if movers.filled else Markup(),  # noqa: S704 - as above
        risers=mover_rows(t, span, found.risers),
        fallers=mover_rows(t, span, found.fallers),
        leaders=_leaders(session),
        empty=found.latest is None,
    )


def _matter(t: Translator, found: Insights, one: Highlight) -> Matter:
    number = t.percent(one.number) if one.kind == "pending" else t.number(int(one.number))
    other = t.number(round(one.other, 1) if one.kind in ("rose", "fell", "unheard", "leading") else int(one.other))
    return Matter(t(f"digest.{one.kind}", name=one.name, number=number, other=other), _href(t, found, one))


def _href(t: Translator, found: Insights, one: Highlight) -> str:
    match one.kind:
        case "overdue":
            return posts_of(t, found.acts, reply="missed")
        case "shipped":
            return counted_of(t, found.acts, "shipped" if one.number else "accepted")
        case "channel":
            return posts_of(t, found.span, channel=one.subject)
        case "pending":
            return "/posts?pending=1"
        case _:
            return f"/themes/{one.subject}"


def _leaders(session: Session) -> tuple[Leader, ...]:
    leading = themes.ranked(session, limit=_LEADING).items
    return tuple(
        Leader(rank, theme.name, f"/themes/{theme.id}", f"{theme.score:.1f}", theme.authors, _quote(theme.quotes))
        for rank, theme in enumerate(leading, start=1)
    )


def _quote(quotes: list[dict[str, str]]) -> str:
    return shortened(quotes[0]["text"], _QUOTE) if quotes else ""
