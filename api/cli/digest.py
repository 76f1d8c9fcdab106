"""`zhongsheng digest`: the week as one HTML file to read, keep or mail."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from api.cli.console import out
from api.cli.failures import plainly


@plainly
def digest(
    *,
    file: Annotated[Path, typer.Option("--out", help="File to write.", dir_okay=False, show_default=False)],
    week: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day of the week to tell of; without: the last one.")
    ] = None,
    english: Annotated[bool, typer.Option("--english", help="In English instead of Chinese.")] = False,
    link_to: Annotated[str, typer.Option(help="Address of the desk, for links [default: host and port set].")] = "",
) -> None:
    """Write the weekly digest: five things that matter, key numbers, what rose and fell, leading themes."""
    from datetime import UTC

    from api.cli.state import opened
    from api.insights_memory import InsightsMemory
    from api.pages.digest import asked_week, digest_parts
    from api.pages.language import Translator
    from api.pages.views.digest import digest_top, digest_view, span_drawn
    from pipeline.settings import zone

    with opened() as (settings, database), database.session(readonly=True) as session:
        t = Translator("en" if english else "zh", zone(settings.timezone), datetime.now(UTC))
        asked = asked_week(week.date() if week else None, t)
        memory = InsightsMemory(settings.answer_promise)
        found = memory.of(session, asked, now=t.now, zone=t.zone)
        home = link_to or f"http://{settings.host}:{settings.port}"
        view = digest_view(session, t, found, memory.weeks(session, span_drawn(found)), home=home)
        html = "".join(digest_parts(t, digest_top(t, found.span, found.acts), lambda: view))
    file.write_text(html, encoding="utf-8")
    out.print(f"Wrote {escape(str(file))} ({len(html.encode()) / 1024:.0f} KiB).")
