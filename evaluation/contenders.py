"""Us and our peers on one labelled set: the same cleaned posts, the same scores, each timed by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np
import numpy.typing as npt

from evaluation.datasets import LabelledSet
from evaluation.errors import EvaluationError
from evaluation.metrics import Agreement, agreement, theme_of_posts
from evaluation.peers import BertopicOutcome, BertopicPeer, PeerFailure, kmeans_themes
from models.encoders.protocol import Encoder
from nlp.mining import mine
from nlp.settings import MiningSettings

US = "Zhongsheng"
BERTOPIC = "BERTopic"
BERTOPIC_REDUCED = "BERTopic + reduce_outliers"
KMEANS_E5 = "k-means, true k, e5"
KMEANS_OURS = "k-means, true k, our encoder"
CONTENDERS = (US, BERTOPIC, BERTOPIC_REDUCED, KMEANS_E5, KMEANS_OURS)
SEEDS = (0, 1, 2)  # what depends on chance is run with each

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Score:
    """One contender on one set: an agreement for each seed it was run with, seconds by step averaged over them."""

    dataset: str
    contender: str
    runs: tuple[Agreement, ...]
    encoder: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    mentions: int = 0
    failures: tuple[str, ...] = ()  # what the contender said when it gave up

    def mean(self, of: Callable[[Agreement], float]) -> float:
        """A figure averaged over the runs; 0 where every run failed."""
        return fmean([of(run) for run in self.runs] + [0.0] * len(self.failures)) if self.runs else 0.0

    @property
    def ami(self) -> float:
        """Mean adjusted mutual information; a failed run counts as 0."""
        return self.mean(lambda run: run.ami)

    @property
    def spread(self) -> float:
        """Largest less smallest AMI of the runs."""
        found = [run.ami for run in self.runs] or [0.0]
        return max(found) - min(found)


def score_us(dataset: LabelledSet, encoder: Encoder, settings: MiningSettings) -> Score:
    """Mine the set as the product does. Deterministic: one run."""
    if not dataset.documents:
        raise EvaluationError(f"{dataset.name} holds no labelled posts")
    start = time.perf_counter()
    result = mine(dataset.documents, encoder=encoder, settings=settings)
    seconds = time.perf_counter() - start
    themes = theme_of_posts(result.mentions, [document.id for document in dataset.documents])
    return Score(
        dataset=dataset.name,
        contender=US,
        runs=(agreement(dataset.labels, themes),),
        encoder=encoder.identity.name,
        seconds={**result.timings, "total": seconds},
        mentions=len(result.mentions),
    )


def score_bertopic(dataset: LabelledSet, e5: Encoder, seeds: Sequence[int] = SEEDS) -> tuple[Score, Score]:
    """BERTopic as it comes, and the same runs after `reduce_outliers`."""
    texts = [document.text for document in dataset.documents]
    vectors, encoding = _timed(lambda: e5.encode(texts))
    outcomes: list[BertopicOutcome] = []
    failures: list[str] = []
    for seed in seeds:
        try:
            outcomes.append(BertopicPeer(seed).run(texts, vectors))
        except PeerFailure as failure:
            failures.append(str(failure))
    steps = {
        "encode": encoding,
        "cluster": _mean(outcome.cluster_seconds for outcome in outcomes),
        "represent": _mean(outcome.represent_seconds for outcome in outcomes),
    }
    reduce_seconds = _mean(outcome.reduce_seconds for outcome in outcomes)
    return (
        Score(
            dataset=dataset.name,
            contender=BERTOPIC,
            runs=tuple(agreement(dataset.labels, outcome.themes) for outcome in outcomes),
            encoder=e5.identity.name,
            seconds={**steps, "total": sum(steps.values())},
            failures=tuple(failures),
        ),
        Score(
            dataset=dataset.name,
            contender=BERTOPIC_REDUCED,
            runs=tuple(agreement(dataset.labels, outcome.reduced) for outcome in outcomes),
            encoder=e5.identity.name,
            seconds={**steps, "reduce": reduce_seconds, "total": sum(steps.values()) + reduce_seconds},
            failures=tuple(failures),
        ),
    )


def score_kmeans(dataset: LabelledSet, encoder: Encoder, contender: str, seeds: Sequence[int] = SEEDS) -> Score:
    """k-means on the vectors of whole posts, told how many classes there are."""
    texts = [document.text for document in dataset.documents]
    vectors, encoding = _timed(lambda: encoder.encode(texts))
    classes = len(set(dataset.labels))
    start = time.perf_counter()
    runs = tuple(agreement(dataset.labels, kmeans_themes(vectors, classes, seed=seed)) for seed in seeds)
    clustering = (time.perf_counter() - start) / len(seeds)
    return Score(
        dataset=dataset.name,
        contender=contender,
        runs=runs,
        encoder=encoder.identity.name,
        seconds={"encode": encoding, "cluster": clustering, "total": encoding + clustering},
    )


def _timed(call: Callable[[], Vectors]) -> tuple[Vectors, float]:
    start = time.perf_counter()
    return call(), time.perf_counter() - start


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else 0.0
