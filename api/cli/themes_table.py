"""The ranked themes as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table

from pipeline.report import INTENTS, ReportTheme, growth_percent, growth_words, severity_words

_ARROWS = {"rising": "[red]↑[/red]", "fading": "[green]↓[/green]", "steady": "→"}


def themes_table(themes: Iterable[ReportTheme], *, most: int = 20) -> Table:
    """Name, kind, people, growth, severity and score of the leading themes."""
    table = Table(box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    table.add_column("#", justify="right", style="dim")
    table.add_column("Theme", overflow="fold", min_width=18)
    table.add_column("Kind", no_wrap=True)
    table.add_column("People", justify="right")
    table.add_column("Growth", justify="right", no_wrap=True)
    table.add_column("Severity", no_wrap=True)
    table.add_column("Score", justify="right", style="bold")
    for rank, theme in enumerate(themes, start=1):
        if rank > most:
            break
        grave = severity_words(theme.parts.get("severity", theme.severity))
        table.add_row(
            str(rank),
            theme.name.replace("[", r"\["),
            INTENTS[theme.intent].zh,
            str(theme.people),
            f"{_ARROWS[growth_words(theme.growth).en]} {growth_percent(theme.growth)}",
            f"{grave.zh} {theme.parts.get('severity', theme.severity):.2f}",
            f"{theme.score:.1f}",
        )
    return table
