"""An evaluation as files: Markdown for people, JSON for comparing runs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from evaluation.metrics import Agreement
from models.encoders.protocol import EncoderIdentity

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "hdbscan", "torch", "sentence-transformers", "sentencepiece")


@dataclass(frozen=True, slots=True)
class Score:
    """One set's result."""

    dataset: str
    agreement: Agreement
    mentions: int
    seconds: float
    timings: dict[str, float]


@dataclass(frozen=True, slots=True)
class Environment:
    """What ran where: results without it cannot be compared."""

    version: str
    python: str
    machine: str
    cores: int
    libraries: dict[str, str]


@dataclass(frozen=True, slots=True)
class ThemesReport:
    """Everything the themes suite found out."""

    made: datetime
    encoder: EncoderIdentity
    environment: Environment
    parameters: dict[str, float | int | str]
    scores: tuple[Score, ...]


def environment() -> Environment:
    """This machine and the versions in use."""
    return Environment(
        version=_version("zhongsheng"),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count() or 1,
        libraries={name: _version(name) for name in _LIBRARIES},
    )


def write_report(report: ThemesReport, folder: Path) -> Path:
    """Write themes-<time>.json and .md into `folder`; returns the Markdown file."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"themes-{report.made.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    content = asdict(report) | {"made": report.made.isoformat()}
    stem.with_suffix(".json").write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    target = stem.with_suffix(".md")
    target.write_text(to_markdown(report), encoding="utf-8")
    return target


def to_markdown(report: ThemesReport) -> str:
    """The report for people to read."""
    where = report.environment
    libraries = ", ".join(f"{name} {version}" for name, version in where.libraries.items())
    lines = [
        "# Theme recovery",
        "",
        f"Made {report.made.isoformat(timespec='seconds')} by zhongsheng {where.version} "
        f"(Python {where.python}, {where.machine}, {where.cores} cores; {libraries}).",
        "",
        f"Encoder: {report.encoder.name}, revision {report.encoder.revision}, {report.encoder.dimension} dimensions. "
        "One configuration for all sets.",
        "",
        *_table(report.scores),
        "",
        "AMI and ARI are over all posts; posts without a theme, or without a label, count as one cluster. "
        "A post's theme is that of most of its mentions by summed strength. *AMI, labelled* leaves posts without a "
        "label out. Coverage is the share of posts in a theme.",
        "",
        "## Parameters",
        "",
        *(f"- `{name}`: {value}" for name, value in sorted(report.parameters.items())),
        "",
    ]
    return "\n".join(lines)


def _table(scores: Sequence[Score]) -> list[str]:
    header = "| set | posts | mentions | labels | themes found | coverage | AMI | ARI | AMI, labelled | seconds |"
    rows = [
        f"| {score.dataset.replace('|', ' ')} | {a.posts} | {score.mentions} | {a.labels} | {a.found} "
        f"| {a.coverage:.1%} | **{a.ami:.3f}** | {a.ari:.3f} | {a.labelled_ami:.3f} | {score.seconds:.1f} |"
        for score in scores
        for a in (score.agreement,)
    ]
    return [header, "|---" + "|---:" * 9 + "|", *rows]


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
