"""What a newcomer with few posts sees: random subsets of labelled sets, us beside BERTopic."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from evaluation.contenders import Score, score_bertopic, score_us
from evaluation.datasets import LabelledSet
from evaluation.metrics import Agreement
from evaluation.plots import Curve, Plot, curves
from evaluation.remembering import EncoderFor
from evaluation.report import table
from models.encoders.protocol import Encoder
from nlp.settings import MiningSettings

SIZES = (20, 50, 100, 300)
DRAWS = 5


@dataclass(frozen=True, slots=True)
class SmallScore:
    """One contender on all draws of one size from all sets, averaged; failed runs count as no theme."""

    contender: str
    posts: int
    runs: int
    failures: int
    themes: float
    coverage: float
    ami: float


def score_small(
    sets: Sequence[LabelledSet],
    encoder_for: EncoderFor,
    settings: MiningSettings,
    *,
    e5: Encoder | None = None,
    sizes: Sequence[int] = SIZES,
    draws: int = DRAWS,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[SmallScore, ...]:
    """Mine `draws` subsets of each size of each set that is larger; BERTopic beside us where `e5` is given."""
    found: list[SmallScore] = []
    for step, size in enumerate(sizes):
        if progress:
            progress(step, len(sizes))
        subsets = [draw(one, size, seed) for one in sets if len(one.documents) > size for seed in range(draws)]
        scores = [score_us(subset, encoder_for(size), settings) for subset in subsets]
        if e5 is not None:
            for seed, subset in enumerate(subsets):
                scores += score_bertopic(subset, e5, seeds=(seed % draws,))
        found += [
            _summary(name, size, [score for score in scores if score.contender == name])
            for name in dict.fromkeys(score.contender for score in scores)
        ]
    return tuple(found)


def draw(dataset: LabelledSet, posts: int, seed: int) -> LabelledSet:
    """A random subset, the same for the same seed."""
    chosen = sorted(random.Random(f"{dataset.name}:{posts}:{seed}").sample(range(len(dataset.documents)), posts))  # noqa: S311 - sampling, not security
    here = {dataset.documents[row].id for row in chosen}
    documents = (dataset.documents[row] for row in chosen)
    return LabelledSet(
        dataset.name,
        tuple(one if one.duplicate_of in here else replace(one, duplicate_of=None) for one in documents),
        tuple(dataset.labels[row] for row in chosen),
    )


def small_body(scores: Sequence[SmallScore]) -> list[str]:
    """The section of the report."""
    if not scores:
        return []
    header = ["posts", "contender", "runs", "failed", "themes", "coverage", "AMI"]
    rows = [
        [
            str(score.posts),
            score.contender,
            str(score.runs),
            str(score.failures),
            f"{score.themes:.1f}",
            f"{score.coverage:.1%}",
            f"{score.ami:.3f}",
        ]
        for score in scores
    ]
    return [
        "## Small inputs",
        "",
        f"Random subsets of the sets, {DRAWS} draws each; means over sets and draws. A run that raises has no theme.",
        "",
        *table(header, rows),
        "",
    ]


def small_plot(scores: Sequence[SmallScore]) -> Plot:
    """AMI against the number of posts."""
    lines = [
        Curve(
            name,
            [score.posts for score in scores if score.contender == name],
            [s.ami for s in scores if s.contender == name],
        )
        for name in dict.fromkeys(score.contender for score in scores)
    ]
    return curves("small", "Small inputs: mean AMI over sets and draws", lines, x_unit="posts", y_unit="AMI")


def _summary(contender: str, posts: int, scores: Sequence[Score]) -> SmallScore:
    return SmallScore(
        contender=contender,
        posts=posts,
        runs=len(scores),
        failures=sum(len(score.failures) for score in scores),
        themes=_mean(scores, lambda run: float(run.found)),
        coverage=_mean(scores, lambda run: run.coverage),
        ami=_mean(scores, lambda run: run.ami),
    )


def _mean(scores: Sequence[Score], of: Callable[[Agreement], float]) -> float:
    return fmean(score.mean(of) for score in scores) if scores else 0.0
