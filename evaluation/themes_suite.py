"""The themes suite: mine labelled sets the way the product does, and compare themes with labels."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from evaluation.datasets import DATA_VARIABLE, LabelledSet, absent_sets, known_sets, load, load_file
from evaluation.errors import EvaluationError
from evaluation.metrics import Agreement, agreement, theme_of_posts
from evaluation.report import REPORTS, Report, Skip, table, write_report
from evaluation.suites import Progress
from models.encoders.catalogue import load_encoder
from models.encoders.protocol import Encoder
from nlp.mining import mine
from nlp.settings import MiningSettings


@dataclass(frozen=True, slots=True)
class Score:
    """One set's result."""

    dataset: str
    agreement: Agreement
    mentions: int
    seconds: float
    timings: dict[str, float]


@dataclass(frozen=True, slots=True)
class ThemesResult:
    """Everything the themes suite found out."""

    scores: tuple[Score, ...]


def run_themes(
    files: Sequence[Path] = (),
    *,
    labels: Path | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    sets: Sequence[str] | None = None,
    encoder: str | Encoder = "default",
    settings: MiningSettings | None = None,
    out: Path = REPORTS,
    progress: Progress | None = None,
) -> Path:
    """Score mining and write a report; returns its Markdown file (the JSON lies beside it).

    files: labelled files of the user's; `labels` (id,label) goes with exactly one file. sets: names of known sets;
    by default all that are on this machine where no files are given, else none. encoder: an encoder or its name.
    Raises EvaluationError or ingest.IngestError with what to do.
    """
    if labels is not None and len(files) != 1:
        raise EvaluationError("a labels file goes with exactly one input file")
    chosen = sets if sets is not None else (() if files else known_sets())
    loaded = [load(name) for name in chosen]
    loaded += [load_file(path, labels, text=text_column, label=label_column) for path in files]
    if not loaded:
        raise EvaluationError("nothing to evaluate; name a set or a labelled file")
    model = load_encoder(encoder) if isinstance(encoder, str) else encoder
    settings = settings or MiningSettings()
    scores = []
    for done, dataset in enumerate(loaded):
        if progress:
            progress(dataset.name, done, len(loaded))
        scores.append(score_themes(dataset, model, settings))
    if progress:
        progress(loaded[-1].name, len(loaded), len(loaded))
    absent = absent_sets() if sets is None and not files else ()
    report = Report(
        suite="themes",
        title="Theme recovery",
        body=_body(scores),
        result=ThemesResult(tuple(scores)),
        encoder=model.identity,
        data=[source for dataset in loaded for source in dataset.sources()],
        parameters=dict(asdict(settings.clustering)),
        skipped=[Skip(name, f"The corpus is not here; set {DATA_VARIABLE} to its folder.") for name in absent],
    )
    return write_report(report, out)


def score_themes(dataset: LabelledSet, encoder: Encoder, settings: MiningSettings) -> Score:
    """Mine one set and compare."""
    if not dataset.documents:
        raise EvaluationError(f"{dataset.name} holds no labelled posts")
    start = time.perf_counter()
    result = mine(dataset.documents, encoder=encoder, settings=settings)
    seconds = time.perf_counter() - start
    themes = theme_of_posts(result.mentions, [document.id for document in dataset.documents])
    return Score(
        dataset=dataset.name,
        agreement=agreement(dataset.labels, themes),
        mentions=len(result.mentions),
        seconds=seconds,
        timings=dict(result.timings),
    )


def _body(scores: Sequence[Score]) -> list[str]:
    header = [
        "set",
        "posts",
        "mentions",
        "labels",
        "themes found",
        "coverage",
        "AMI",
        "ARI",
        "AMI, labelled",
        "seconds",
    ]
    rows = [
        [
            score.dataset,
            str(a.posts),
            str(score.mentions),
            str(a.labels),
            str(a.found),
            f"{a.coverage:.1%}",
            f"**{a.ami:.3f}**",
            f"{a.ari:.3f}",
            f"{a.labelled_ami:.3f}",
            f"{score.seconds:.1f}",
        ]
        for score in scores
        for a in (score.agreement,)
    ]
    return [
        "One configuration for all sets.",
        "",
        *table(header, rows),
        "",
        "AMI and ARI are over all posts; posts without a theme, or without a label, count as one cluster. "
        "A post's theme is that of most of its mentions by summed strength. *AMI, labelled* leaves posts without a "
        "label out. Coverage is the share of posts in a theme.",
    ]
