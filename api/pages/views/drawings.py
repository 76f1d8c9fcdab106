"""A chart as an SVG that stands by itself, for files that travel: no script, no style sheet, colours written out."""

from __future__ import annotations

import math
from html import escape
from typing import Final

from api.pages.views.charts import Chart, Series, shown

_WIDTH: Final = 600
_BARS_HEIGHT: Final = 220
_ROW: Final = 30
_TONES: Final = {
    "accent": "#0a6a5f", "hot": "#b8470c", "bad": "#ab2320", "info": "#29558f", "warn": "#80520a", "good": "#17663f",
    "line-strong": "#b9b4a8", "part-severity": "#a3223f", "part-reach": "#1f4e79", "part-votes": "#d3a421",
    "part-recency": "#86a33b",
}  # fmt: skip
_INK: Final = "#4c545c"
_LINE: Final = "#e3e0d8"
_FONT: Final = (
    "font-family=\"system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif\" font-size=\"12\""
)


def drawing(chart: Chart) -> str:
    """The chart as SVG markup: upright bars and lines over one axis with its unit, or lying bars with their names.

    Raises ValueError for a chart with two axes: one would be left out, and its numbers with it.
    """
    if any(series.axis for series in chart.series):
        raise ValueError(f"the chart {chart.id} has two axes; a drawing has one")
    body, height = _lying(chart) if chart.lying else _upright(chart)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        f'role="img" aria-label="{escape(chart.words)}" {_FONT} fill="{_INK}" style="max-width:100%;height:auto">'
        f"<title>{escape(chart.title)}</title>{_legend(chart)}{body}</svg>"
    )


def nice_top(value: float) -> float:
    """The least round number that is no less than the value: where an axis ends."""
    if value <= 0:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return float(next(step * power for step in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10) if step * power >= value - 1e-9))


def _legend(chart: Chart) -> str:
    parts = []
    x = 0
    for series in chart.series:
        parts.append(f'<rect x="{x}" y="4" width="12" height="10" rx="2" fill="{_tone(series)}"/>')
        parts.append(f'<text x="{x + 17}" y="13">{escape(series.name)}</text>')
        x += 34 + sum(13 if ord(letter) > 255 else 7 for letter in series.name)
    return "".join(parts)


def _upright(chart: Chart) -> tuple[str, int]:
    """Bars side by side and lines."""
    left, top, bottom = 44, 46, _BARS_HEIGHT - 24
    most = nice_top(max((value or 0 for series in chart.series for value in series.values), default=0))
    step = (_WIDTH - left - 8) / max(len(chart.labels), 1)

    def y_of(value: float) -> float:
        return round(bottom - (bottom - top) * value / most, 1)

    parts = [_unit(chart, 0, top - 12, "start")]
    parts += [_scale(most * part, y_of(most * part), left) for part in (0, 0.5, 1)]
    bars = [series for series in chart.series if series.shape == "bar"]
    width = min(step * 0.7 / max(len(bars), 1), 26)
    for number, series in enumerate(bars):
        for place, value in enumerate(series.values):
            x = left + step * (place + 0.5) + width * (number - len(bars) / 2)
            y = y_of(value or 0)
            parts.append(_bar(x, y, width * 0.92, bottom - y, series))
    parts += [_line(series, [(left + step * (n + 0.5), v) for n, v in enumerate(series.values)], y_of)
              for series in chart.series if series.shape == "line"]  # fmt: skip
    every = math.ceil(len(chart.labels) / 9)
    parts += [
        f'<text x="{left + step * (n + 0.5):.1f}" y="{_BARS_HEIGHT - 6}" text-anchor="middle">{escape(label)}</text>'
        for n, label in enumerate(chart.labels)
        if n % every == 0
    ]
    return "".join(parts), _BARS_HEIGHT


def _lying(chart: Chart) -> tuple[str, int]:
    left, top = 200, 30
    most = nice_top(max((value or 0 for series in chart.series for value in series.values), default=0))
    parts = [_unit(chart, _WIDTH, top - 6, "end")]
    thick = (_ROW - 10) / len(chart.series)
    for place, label in enumerate(chart.labels):
        y = top + place * _ROW
        parts.append(f'<text x="{left - 8}" y="{y + 16}" text-anchor="end">{escape(_short(label))}</text>')
        for number, series in enumerate(chart.series):
            value = series.values[place] or 0
            width = (_WIDTH - left - 60) * value / most
            at = y + 3 + number * thick
            parts.append(_bar(left, at, max(width, 1), thick * 0.9, series))
            words = shown(value, series.decimals)
            parts.append(f'<text x="{left + width + 6:.1f}" y="{at + thick * 0.8:.1f}" font-size="11">{words}</text>')
    return "".join(parts), top + len(chart.labels) * _ROW + 6


def _unit(chart: Chart, x: int, y: int, anchor: str) -> str:
    """What is counted, at the end of the axis."""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(chart.units[0])}</text>' if chart.units else ""


def _scale(value: float, y: float, left: int) -> str:
    words = shown(value, 0 if value == int(value) else 1)
    return (
        f'<line x1="{left}" x2="{_WIDTH}" y1="{y}" y2="{y}" stroke="{_LINE}"/>'
        f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{words}</text>'
    )


def _bar(x: float, y: float, width: float, height: float, series: Series) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="1" fill="{_tone(series)}"/>'


def _line(series: Series, points: list[tuple[float, float | int | None]], y_of: object) -> str:
    assert callable(y_of)
    known = [(x, y_of(value)) for x, value in points if value is not None]
    path = " ".join(f"{x:.1f},{y}" for x, y in known)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y}" r="3" fill="{_tone(series)}"/>' for x, y in known)
    return f'<polyline points="{path}" fill="none" stroke="{_tone(series)}" stroke-width="2.5"/>{dots}'


def _tone(series: Series) -> str:
    return _TONES.get(series.tone, _TONES["accent"])


def _short(label: str) -> str:
    return label if len(label) <= 14 else label[:13] + "…"
