"""Plots of reports as SVG, the same bytes for the same figures. Labels are Latin: no font need be at hand."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = ("#c2410c", "#475569", "#94a3b8", "#0f766e", "#7c3aed", "#a16207")


@dataclass(frozen=True, slots=True)
class Plot:
    """One drawing of a report."""

    name: str  # part of the file's name
    caption: str
    svg: bytes


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of one line."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def grouped_bars(
    name: str, caption: str, *, groups: Sequence[str], bars: Mapping[str, Sequence[float | None]], unit: str
) -> Plot:
    """A bar for each group under each name of `bars`; None leaves a gap. unit: what the axis counts."""
    figure, axes = _canvas()
    width = 0.8 / max(len(bars), 1)
    for at, (label, values) in enumerate(bars.items()):
        places = [place + (at - (len(bars) - 1) / 2) * width for place in range(len(groups))]
        heights = [0.0 if value is None else value for value in values]
        axes.bar(places, heights, width, label=label, color=_COLOURS[at % len(_COLOURS)])
    axes.set_xticks(
        range(len(groups)), [_latin(group, at) for at, group in enumerate(groups, 1)], rotation=20, ha="right"
    )
    axes.set_ylabel(unit)
    return _finished(figure, axes, name, caption)


def curves(
    name: str, caption: str, lines: Sequence[Curve], *, x_unit: str, y_unit: str, logarithmic: bool = False
) -> Plot:
    """Lines with a mark at each point; both axes logarithmic where asked."""
    figure, axes = _canvas()
    for at, line in enumerate(lines):
        axes.plot(line.x, line.y, marker="o", label=line.name, color=_COLOURS[at % len(_COLOURS)])
    if logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_xlabel(x_unit)
    axes.set_ylabel(y_unit)
    return _finished(figure, axes, name, caption)


def _latin(label: str, number: int) -> str:
    """The label, or its number where the plots' font may lack its characters."""
    return label if label.isascii() else f"no. {number}"


def _canvas() -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.2), layout="constrained")
    return figure, figure.subplots()


def _finished(figure: Figure, axes: Axes, name: str, caption: str) -> Plot:
    from matplotlib import rc_context

    axes.set_title(caption, loc="left", fontsize=11)
    axes.grid(visible=True, axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    stream = io.BytesIO()
    with rc_context({"svg.hashsalt": "zhongsheng"}):  # else ids inside the file are random
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return Plot(name, caption, stream.getvalue())
