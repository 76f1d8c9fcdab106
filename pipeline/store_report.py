"""The report of what the store holds: the same page as `zhongsheng mine` writes, from the last run."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from nlp.types import Intent
from pipeline.report import Headline, ReportTheme, render
from store.repositories import dashboard, mining_results, runs, themes
from store.repositories.theme_filters import ThemeFilter
from store.tables import Theme

_PAGE = 200


def report_themes(session: Session, *, needs_only: bool = True) -> list[ReportTheme]:
    """The active themes, best demand first."""
    found: list[ReportTheme] = []
    cursor: str | None = None
    while True:
        page = themes.ranked(session, ThemeFilter(needs_only=needs_only), cursor=cursor, limit=_PAGE)
        found.extend(_of(theme) for theme in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return found


def store_page(session: Session) -> str:
    """The whole report as HTML."""
    counts = dashboard.counts(session)
    span = mining_results.span(session)
    run = runs.latest(session)
    headline = Headline(
        sources=span.channels,
        posts=counts.posts,
        people=span.people,
        nameless=span.nameless,
        mentions=counts.mentions,
        needs=span.needs,
        rejected=counts.rejected_rows,
        duplicates=span.duplicates,
        since=span.since,
        until=span.until,
        made_at=datetime.now(UTC).astimezone(),
        encoder=str(run.encoder.get("name", "")) if run is not None else "",
    )
    return render(headline, report_themes(session, needs_only=False))


def _of(theme: Theme) -> ReportTheme:
    return ReportTheme(
        name=theme.name,
        intent=Intent(theme.intent),
        score=theme.score,
        parts=theme.parts,
        people=theme.authors,
        posts=theme.posts,
        mentions=theme.size,
        severity=theme.severity,
        growth=theme.growth,
        weekly=tuple((str(week), int(people)) for week, people in theme.weekly),
        keyphrases=tuple(theme.keyphrases),
        quotes=tuple(quote["text"] for quote in theme.quotes),
        first_seen=theme.first_seen,
        last_seen=theme.last_seen,
    )
