"""Keeps in step with the mentions what is counted ahead for the board: facets, searchable words, standings in time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy.orm import Session

from nlp.normalisation import fold
from store.repositories import theme_digests
from store.repositories.theme_digests import FacetRow, Said, Standing, TextRow
from store.tables import Theme


@dataclass(slots=True)
class _Tally:
    """One value of a facet while it is counted."""

    mentions: int = 0
    times: list[datetime] = field(default_factory=list)


def refresh(session: Session, theme_ids: Collection[str] | None = None) -> None:
    """Count these themes anew (None: all of them)."""
    session.flush()
    themes = {theme.id: theme for theme in theme_digests.named(session, theme_ids)}
    facets: list[FacetRow] = []
    lines: dict[str, list[str]] = {}
    for theme_id, spoken in groupby(theme_digests.said_in(session, theme_ids), key=attrgetter("theme_id")):
        said = list(spoken)
        facets.extend(_facets(theme_id, said))
        lines[theme_id] = [fold(one.text) for one in said]
    texts = [_text(theme, lines.get(theme.id, ())) for theme in themes.values()]
    theme_digests.replace(session, facets, texts, of=theme_ids)


def after_run(session: Session, run_id: str, *, now: datetime) -> None:
    """A run has written its findings: count everything anew and note how every theme stands."""
    refresh(session)
    theme_digests.add_points(session, run_id=run_id, at=now)


def after_recount(session: Session, theme: Theme) -> None:
    """Mentions of a theme came or went between two runs."""
    refresh(session, [theme.id])
    standing = Standing(theme.id, theme.score, theme.authors, theme.size)
    theme_digests.set_point(session, standing, at=_end_of_hour(datetime.now(UTC)))


def _end_of_hour(moment: datetime) -> datetime:
    """Later than the moment: who looked before it must still be told what has changed since."""
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _facets(theme_id: str, said: Iterable[Said]) -> Iterator[FacetRow]:
    found: dict[tuple[str, str], _Tally] = {}
    for one in said:
        values = {("channel", one.channel_id), ("region", one.region), ("intent", one.intent)}
        values |= {("product", product[:200]) for product in (one.product, *one.products)}
        for key in values:
            if not key[1]:
                continue
            tally = found.setdefault(key, _Tally())
            tally.mentions += 1
            if one.posted_at:
                tally.times.append(one.posted_at)
    for (kind, value), tally in found.items():
        first, last = min(tally.times, default=None), max(tally.times, default=None)
        yield FacetRow(theme_id, kind, value, tally.mentions, first, last)


def _text(theme: Theme, said: Iterable[str]) -> TextRow:
    quotes = (fold(quote["text"]) for quote in theme.quotes)
    head = dict.fromkeys([fold(theme.name), *(fold(phrase) for phrase in theme.keyphrases)])
    return TextRow(theme.id, "\n".join(head), "\n".join(dict.fromkeys([*quotes, *said])))
