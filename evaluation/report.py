"""An evaluation as files: Markdown for people, JSON for comparing runs, plots beside them. One shape for all suites."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import UTC, datetime
from pathlib import Path

from evaluation.plots import Plot
from evaluation.provenance import DataSource, Environment, environment
from models.encoders.protocol import EncoderIdentity

REPORTS = Path("evaluation/reports")

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was to be measured and was not; shown, never silent."""

    what: str
    why: str  # and what to do about it


@dataclass(frozen=True, slots=True)
class Report:
    """What a suite found out. `body` is the suite's own Markdown; everything around it is the same for all."""

    suite: str  # names the files
    title: str
    body: Sequence[str]  # lines of Markdown; headings begin at ##
    result: object  # a dataclass: the same findings for the JSON file
    encoder: EncoderIdentity | None = None
    encoders: Sequence[EncoderIdentity] = ()  # where it was not one for all
    data: Sequence[DataSource] = ()
    parameters: dict[str, Value] = field(default_factory=dict)
    skipped: Sequence[Skip] = ()
    plots: Sequence[Plot] = ()
    made: datetime = field(default_factory=lambda: datetime.now(UTC))
    environment: Environment = field(default_factory=environment)


def write_report(report: Report, folder: Path = REPORTS) -> Path:
    """Write <suite>-<time>.md, .json and one .svg a plot into `folder`; returns the Markdown file."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{report.suite}-{report.made.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for plot in report.plots:
        (folder / _plot_file(name, plot)).write_bytes(plot.svg)
    (folder / f"{name}.json").write_text(
        json.dumps(to_json(report, name), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    target = folder / f"{name}.md"
    target.write_text(to_markdown(report, name), encoding="utf-8")
    return target


def to_json(report: Report, name: str) -> dict[str, object]:
    """Everything the Markdown says, to be read by programs."""
    if not is_dataclass(report.result) or isinstance(report.result, type):
        raise TypeError(f"the result of {report.suite} is no dataclass")
    return {
        "suite": report.suite,
        "title": report.title,
        "made": report.made.isoformat(),
        "encoders": [asdict(known) for known in encoders_of(report)],
        "environment": asdict(report.environment),
        "data": [asdict(source) for source in report.data],
        "parameters": report.parameters,
        "skipped": [asdict(skip) for skip in report.skipped],
        "plots": [_plot_file(name, plot) for plot in report.plots],
        "result": asdict(report.result),
    }


def encoders_of(report: Report) -> list[EncoderIdentity]:
    """The distinct encoders that were used."""
    return list(dict.fromkeys([*([report.encoder] if report.encoder else []), *report.encoders]))


def to_markdown(report: Report, name: str) -> str:
    """The report for people to read."""
    return "\n".join(
        [
            f"# {report.title}",
            "",
            *_provenance(report),
            *(f"- **Skipped: {skip.what}.** {skip.why}" for skip in report.skipped),
            *([""] if report.skipped else []),
            *report.body,
            "",
            *(line for plot in report.plots for line in (f"![{plot.caption}]({_plot_file(name, plot)})", "")),
            *_data(report.data),
            *_parameters(report.parameters),
        ]
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table: the first column to the left, the others to the right."""
    lines = [
        header,
        ["---", *["---:"] * (len(header) - 1)],
        *([cell.replace("|", " ") for cell in row] for row in rows),
    ]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _provenance(report: Report) -> list[str]:
    where = report.environment
    on = where.machine
    libraries = ", ".join(f"{library} {version}" for library, version in where.libraries.items())
    lines = [
        f"Made {report.made.isoformat(timespec='seconds')} by zhongsheng {where.version} with Python {where.python} "
        f"on {on.system}, {on.cpu}, {on.cores} cores, {on.memory_gib:g} GiB. {libraries}.",
        "",
    ]
    for known in encoders_of(report):
        lines += [f"Encoder: {known.name}, revision {known.revision}, {known.dimension} dimensions.", ""]
    return lines


def _data(sources: Sequence[DataSource]) -> list[str]:
    if not sources:
        return []
    rows = [[source.name, source.file, f"{source.rows:,}", f"`{source.sha256[:16]}`"] for source in sources]
    return ["## Data", "", *table(["set", "file", "posts of the set", "SHA-256 begins"], rows), ""]


def _parameters(parameters: dict[str, Value]) -> list[str]:
    if not parameters:
        return []
    return ["## Parameters", "", *(f"- `{name}`: {value}" for name, value in sorted(parameters.items())), ""]


def _plot_file(name: str, plot: Plot) -> str:
    return f"{name}-{plot.name}.svg"
