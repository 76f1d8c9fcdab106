"""Keeps in step with the mentions what is counted ahead for the board: facets, searchable words, standings in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from nlp.normalisation import fold
from store.repositories import theme_digests
from store.repositories.theme_digests import Standing, TextRow, ThemeNames
from store.tables import Theme


def refresh(session: Session, theme_ids: Collection[str] | None = None) -> None:
    """Count these themes anew (None: all of them)."""
    session.flush()
    theme_digests.count_facets(session, theme_ids)
    lines: dict[str, list[str]] = defaultdict(list)
    for theme_id, said in theme_digests.lines_of(session, theme_ids):
        lines[theme_id].append(fold(said))
    texts = [_text(theme, lines.get(theme.theme_id, ())) for theme in theme_digests.names_of(session, theme_ids)]
    theme_digests.replace_texts(session, texts, of=theme_ids)


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


def _text(theme: ThemeNames, said: Iterable[str]) -> TextRow:
    quotes = (fold(quote["text"]) for quote in theme.quotes)
    head = dict.fromkeys([fold(theme.name), *(fold(phrase) for phrase in theme.keyphrases)])
    return TextRow(theme.theme_id, "\n".join(head), "\n".join(dict.fromkeys([*quotes, *said])))
