"""A chart as plain data: the browser's drawing, the table beside it, its CSV and the drawing in a mail come of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pipeline.cells import defused

Value = float | int | None
_BOM: Final = "\ufeff"  # spreadsheets take a CSV without it for another encoding than UTF-8


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers over the chart's labels."""

    name: str
    values: tuple[Value, ...]
    shape: Literal["bar", "line"] = "bar"
    axis: int = 0
    tone: str = "accent"  # a colour token
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers with a title, units and words. `units` are those of the axes, left (or bottom) first."""

    id: str
    title: str
    label_name: str  # what the labels are: a week, a channel
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    units: tuple[str, ...]
    words: str  # for who cannot see it
    hrefs: tuple[str, ...] = ()  # the posts behind each label
    lying: bool = False  # bars from left to right
    stacked: bool = False
    note: str = ""

    @property
    def filled(self) -> bool:
        """Whether there is anything to draw."""
        return any(value for series in self.series for value in series.values)

    def as_json(self) -> str:
        """For the script that draws it."""
        return json.dumps(
            {
                "id": self.id,
                "title": self.title,
                "labels": self.labels,
                "units": self.units,
                "hrefs": self.hrefs,
                "lying": self.lying,
                "stacked": self.stacked,
                "series": [_plain(series) for series in self.series],
            },
            ensure_ascii=False,
        )

    def rows(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """The table: label, address behind it, cells."""
        hrefs = self.hrefs or ("",) * len(self.labels)
        return tuple(
            (label, hrefs[number], tuple(shown(series.values[number], series.decimals) for series in self.series))
            for number, label in enumerate(self.labels)
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """What stands above the table: the kind of label, then each series with its unit."""
        return (self.label_name, *(self._column(series) for series in self.series))

    def as_csv(self) -> str:
        """The same numbers, safe to open in a spreadsheet; columns carry their unit."""
        rows = [list(self.columns)]
        for number, label in enumerate(self.labels):
            cells = [
                "" if (v := series.values[number]) is None else _exact(v, series.decimals) for series in self.series
            ]
            rows.append([label, *cells])
        return table_csv(rows)

    def _column(self, series: Series) -> str:
        unit = self.units[series.axis] if series.axis < len(self.units) else ""
        return f"{series.name} ({unit})" if unit and unit != series.name else series.name


def table_csv(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV with CRLF, as RFC 4180 and spreadsheets want it; formulas defused."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([[_cell(cell) for cell in row] for row in rows])
    return _BOM + out.getvalue()


def shown(value: Value, decimals: int) -> str:
    """A number as people read it; a dash where there is none."""
    return "—" if value is None else f"{value:,.{decimals}f}"


def _cell(text: str) -> str:
    try:
        float(text)
    except ValueError:
        return defused(text)
    return text  # a negative number is no formula


def _exact(value: float, decimals: int) -> str:
    return f"{value:.{max(decimals, 0)}f}"


def _plain(series: Series) -> dict[str, Any]:
    values = [None if value is None else round(value, 4) for value in series.values]
    return {
        "name": series.name,
        "values": values,
        "shape": series.shape,
        "axis": series.axis,
        "tone": series.tone,
        "decimals": series.decimals,
    }
