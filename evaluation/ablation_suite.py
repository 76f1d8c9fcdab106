"""The ablation suite: what each part of mining brings, by taking it away and scoring again.

A part is taken away by settings, by another encoder, by changing the posts before they are mined, or by a stand-in for
one function; mining itself has no switch that exists for measuring only. A new row is one more `Change` in `CHANGES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any
from unittest.mock import patch

from evaluation.contenders import Score, score_us
from evaluation.datasets import DATA_VARIABLE, LabelledSet, absent_sets, known_sets, load
from evaluation.metrics import geometric_mean
from evaluation.plots import Plot, grouped_bars
from evaluation.remembering import EncoderFor, RememberingEncoders, always
from evaluation.report import REPORTS, Report, Skip, table, write_report
from evaluation.suites import Progress
from models.encoders.protocol import Encoder
from nlp.clustering import Clustering, cluster
from nlp.products import ProductLexicon
from nlp.settings import MiningSettings
from nlp.types import Document

WHOLE = "everything on"
_ENDS_AND_MARKS = re.compile(
    r"[。！？!?；;\n]+|(?:^|(?<=[\s，,：:]))(?:(?:\d{1,2}|[一二三四五六七八九十]{1,2})[、．.)）](?!\d)|[①-⑳])|第(?=[一二三四五六七八九十][点个、，])"
)
_TURNS = re.compile(r"另外|此外|还有|再有|再就是|其次|顺便|除此之外|对了|最后再")


@dataclass(frozen=True, slots=True)
class Change:
    """One part of mining taken away or set otherwise, and nothing else."""

    name: str
    about: str
    settings: Callable[[MiningSettings], MiningSettings] = lambda settings: settings
    document: Callable[[Document], Document] = lambda document: document
    encoder: str = ""  # "": the one that is measured
    stand_in: tuple[str, Any] | None = None  # dotted name of what mining looks up, and what it finds instead

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The stand-in in its place, in this process. AttributeError where nothing has that name."""
        with patch(*self.stand_in) if self.stand_in else nullcontext():
            yield


def clustering(**dials: Any) -> Callable[[MiningSettings], MiningSettings]:
    """Settings with other dials of clustering; an unknown dial raises TypeError."""
    return lambda settings: replace(settings, clustering=replace(settings.clustering, **dials))


def unsplit(document: Document) -> Document:
    """The post as one mention: its sentence ends, list marks and turns of topic give way to commas."""
    text = _ENDS_AND_MARKS.sub("，", document.text.strip())
    return replace(document, text=_TURNS.sub("", text).strip("，, "))


def _as_written(text: str, _lexicon: ProductLexicon) -> str:
    return text


def _copies_unweighed(vectors: Any, _weights: Any, **others: Any) -> Clustering:
    return cluster(vectors, None, **others)


CHANGES: tuple[Change, ...] = (
    Change(WHOLE, "the product's defaults"),
    Change("another seed", "of the layouts: how far chance alone moves the figures", clustering(seed=1)),
    Change("USE alone", "one encoder instead of two", encoder="use"),
    Change("e5 alone", "one encoder instead of two", encoder="e5"),
    Change("static encoder", "our own student instead of its teachers", encoder="static"),
    Change("no mention splitting", "a post is one mention", document=unsplit),
    Change(
        "products unmasked",
        "names and versions stay in the text",
        stand_in=("nlp.normalisation.mask_products", _as_written),
    ),
    Change(
        "templates kept", "form labels stay in the text", stand_in=("nlp.normalisation._TEMPLATE", re.compile(r"(?!)"))
    ),
    Change(
        "copies unweighed",
        "a text said often pulls as one said once",
        stand_in=("nlp.mining.cluster", _copies_unweighed),
    ),
    Change("one layout", "instead of several laid side by side", clustering(layouts=1)),
    Change("no refinement", "outliers go to the nearest theme once; nothing moves after", clustering(refinements=0)),
    Change("no neighbour vote", "refinement by prototypes alone", clustering(neighbour_share=0.0)),
    Change("no thresholds", "nothing is left out for fitting its theme too little", clustering(looseness=1_000.0)),
    Change("coarser", "a third of the themes at most", clustering(themes_at_most=50)),
    Change("finer", "twice the themes at most", clustering(themes_at_most=300)),
    Change("no chatter filter", "chatter may have themes", lambda settings: replace(settings, chatter_confidence=2.0)),
    Change("micro-clusters", "stand-ins for rows, as large inputs have them", clustering(exact_rows=1_000)),
)


@dataclass(frozen=True, slots=True)
class AblationRow:
    """One change scored on all sets."""

    name: str
    about: str
    geometric_mean: float  # of AMI
    relative: float  # to everything on
    coverage: float  # mean over sets
    ami: dict[str, float]  # by set


@dataclass(frozen=True, slots=True)
class AblationResult:
    """Everything the ablation found out."""

    rows: tuple[AblationRow, ...]


def run_ablation(
    *,
    encoder: str | Encoder = "default",
    encoder_for: EncoderFor | None = None,
    changes: Sequence[Change] = CHANGES,
    sets: Sequence[LabelledSet] | None = None,
    settings: MiningSettings | None = None,
    out: Path = REPORTS,
    progress: Progress | None = None,
) -> Path:
    """Score every change on every set and write a report; the first change is what the others are compared with."""
    loaded = list(sets) if sets is not None else [load(name) for name in known_sets()]
    usual = RememberingEncoders(encoder_for or always(encoder))
    settings = settings or MiningSettings()
    rows: list[AblationRow] = []
    for done, change in enumerate(changes):
        if progress:
            progress("changes", done, len(changes))
        chosen = RememberingEncoders(always(change.encoder)) if change.encoder else usual
        with change.at_work():
            scores = [
                score_us(_changed(one, change), chosen(len(one.documents)), change.settings(settings)) for one in loaded
            ]
        rows.append(_row(change, scores, rows[0].geometric_mean if rows else None))
    if progress:
        progress("changes", len(changes), len(changes))
    absent = absent_sets() if sets is None else ()
    report = Report(
        suite="ablation",
        title="What each part of mining brings",
        body=_body(rows),
        result=AblationResult(tuple(rows)),
        encoders=[usual(len(one.documents)).identity for one in loaded],
        data=[source for one in loaded for source in one.sources()],
        parameters=dict(asdict(settings.clustering)),
        skipped=[Skip(name, f"The corpus is not here; set {DATA_VARIABLE} to its folder.") for name in absent],
        plots=[_plot(rows)],
    )
    return write_report(report, out)


def _changed(dataset: LabelledSet, change: Change) -> LabelledSet:
    return replace(dataset, documents=tuple(map(change.document, dataset.documents)))


def _row(change: Change, scores: Sequence[Score], whole: float | None) -> AblationRow:
    mean = geometric_mean([score.ami for score in scores])
    return AblationRow(
        name=change.name,
        about=change.about,
        geometric_mean=mean,
        relative=mean / whole if whole else 1.0,
        coverage=fmean(score.mean(lambda run: run.coverage) for score in scores),
        ami={score.dataset: score.ami for score in scores},
    )


def _body(rows: Sequence[AblationRow]) -> list[str]:
    sets = list(rows[0].ami)
    header = ["change", "geometric mean of AMI", "relative", "coverage", *sets, "what it means"]
    cells = [
        [
            row.name,
            f"**{row.geometric_mean:.3f}**",
            f"{row.relative - 1:+.1%}",
            f"{row.coverage:.1%}",
            *(f"{row.ami[name]:.3f}" for name in sets),
            row.about,
        ]
        for row in rows
    ]
    return [
        *table(header, cells),
        "",
        "Each row changes one thing; everything else is as shipped. AMI is over all posts, posts without a theme as "
        "one cluster. A row within the distance of *another seed* says nothing.",
    ]


def _plot(rows: Sequence[AblationRow]) -> Plot:
    return grouped_bars(
        "ablation",
        "Geometric mean of AMI with one thing changed",
        groups=[row.name for row in rows],
        bars={"geometric mean": [row.geometric_mean for row in rows]},
        unit="AMI",
    )
